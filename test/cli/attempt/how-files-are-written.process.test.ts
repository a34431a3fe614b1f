import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { deployment } from "../../../src/cli/attempt/deployment.ts";
import { PlanError, parsePlan } from "../../../src/cli/plan/plan-file.ts";
import { optionsOf } from "../../../src/cli/plan/planned-options.ts";
import type { RotationState } from "../../../src/rotation/index.ts";
import { clientId, Place } from "../../support/command.ts";

const declined = ["--no-verify", "--no-check", "--yes"];

describe.concurrent("how files are written, and who reads them", () => {
  test("is remembered by the rotation, and holds when it is resumed", async () => {
    await using place = await Place.open();
    writeFileSync(place.path(".env"), "KEY='old'\n", { mode: 0o600 });
    writeFileSync(place.path("plain"), "old", { mode: 0o600 });
    const inodes = () => [".env", "plain"].map((name) => statSync(place.path(name)).ino);
    const before = inodes();
    const sinks = ["--to", "app=dotenv:.env#KEY", "--to", "file:plain", "--to", "late=exec:cat > folder/secret"];
    const options = ["--in-place", "--read-by", "app=docker", ...declined];
    expect(await place.run(["rotate", clientId, ...sinks, ...options])).toMatchObject({ code: 6 });
    writeFileSync(place.path(".env"), "KEY='old'\n");
    writeFileSync(place.path("plain"), "old");
    mkdirSync(place.path("folder"));
    const again = ["--replace-sink", "app=dotenv:.env#KEY", "--replace-sink", `file:${place.path("plain")}=file:plain`];
    expect(await place.run(["resume", clientId, ...again, ...declined.slice(0, 2)])).toMatchObject({ code: 0 });
    const secret = readFileSync(place.path("folder/secret"), "utf8");
    expect(readFileSync(place.path("plain"), "utf8")).toBe(secret);
    expect(readFileSync(place.path(".env"), "utf8")).toBe(`KEY=${secret}\n`);
    expect(inodes()).toEqual(before);
  });

  test.each([
    [["--read-by", "app=emacs"], "unknown reader of dotenv files"],
    [["--read-by", "other=node"], "--read-by names other, but the sinks are: app"],
    [["--read-by", "app"], "--read-by takes a sink's name and a reader"],
  ])("is a usage error, if it cannot be meant: %s", async (words, message) => {
    await using place = await Place.open();
    const { code, stderr } = await place.run([
      "rotate",
      clientId,
      "--to",
      "app=dotenv:.env#KEY",
      ...words,
      ...declined,
    ]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test("is refused before anything is sent, where a program has encrypted the file", async () => {
    await using place = await Place.open();
    writeFileSync(place.path(".env"), "KEY=ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops_version=3.9.0\n");
    const { code, stderr } = await place.run(["rotate", clientId, "--to", "app=dotenv:.env#KEY", ...declined]);
    expect(code).toBe(6);
    expect(stderr).toContain("is encrypted by SOPS");
    expect(place.sandbox.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });
});

describe("a plan", () => {
  const context = { clientId: "a", fetch: undefined, onOutput: () => {} };
  const plan = (sink: string) =>
    parsePlan(`clients: [{ id: a, name: A, every: 90d, check: false, sinks: [${sink}] }]`, "/plans/plan.yaml");

  test("may have a sink of any name that alone is written in place, also when the rotation is resumed", async () => {
    await using place = await Place.open();
    const { clients } = await plan(
      `{ name: "yes", to: "file:${place.path("one")}", inPlace: true }, { name: b, to: "file:${place.path("two")}" }`,
    );
    const [client] = clients;
    if (!client) throw new Error("The plan has no client.");
    for (const name of ["one", "two"]) writeFileSync(place.path(name), "old");
    const inodes = () => ["one", "two"].map((name) => statSync(place.path(name)).ino);
    const before = inodes();
    const { memo } = deployment(optionsOf(client, undefined), undefined, context);
    const begun: Partial<RotationState> = {
      memo: memo ?? {},
      sinks: client.sinks.map(({ name, spec }) => ({ name, spec })),
    };
    const resumed = begun as RotationState;
    for (const sink of deployment({}, resumed, context).sinks ?? [])
      await sink.deliver("new", { signal: new AbortController().signal });
    const after = inodes();
    expect([after[0] === before[0], after[1] === before[1]]).toEqual([true, false]);
  });

  test("says it for each sink", async () => {
    const { clients } = await plan(
      '{ name: app, to: "dotenv:.env#KEY", readBy: compose, inPlace: true }, { name: b, to: file:b }',
    );
    expect(clients.map((client) => optionsOf(client, undefined))).toMatchObject([
      { readBy: ["app=compose"], inPlace: ["app"] },
    ]);
  });

  test.each([
    ['{ name: app, to: "dotenv:.env#KEY", readBy: emacs }', "must be one of node, dotenv"],
    ["{ name: app, to: file:b, readBy: node }", "only a dotenv file takes readBy"],
    ["{ name: app, to: exec:cat, inPlace: true }", "only a file takes inPlace"],
  ])("is refused that cannot be meant: %s", async (sink, message) => {
    const error = await plan(sink).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PlanError);
    expect(JSON.stringify((error as PlanError).faults)).toContain(message);
  });
});
