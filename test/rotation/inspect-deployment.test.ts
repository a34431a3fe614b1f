import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { inspectDeployment, runningCheck, type Sink } from "../../src/rotation/index.ts";
import { Fleet } from "../support/fleet.ts";

const sha256 = createHash("sha256").update("newest").digest("hex");
const deliver = async () => {};

const sink = (name: string, readBack?: () => Promise<string>): Sink => ({
  name,
  deliver,
  ...(readBack && { readBack }),
});
const holding = (name: string, text: string) => sink(name, async () => text);

test("reports for each sink that can be read back whether it has the newest secret", async () => {
  const sinks = [
    holding("app", "newest"),
    holding("old", "older"),
    holding("line", "newest\n"),
    holding("blank", " newest"),
    sink("blind"),
    sink("away", () => Promise.reject(new Error("no route"))),
  ];
  expect(await inspectDeployment(sha256, { sinks })).toEqual([
    { where: "app", has: "newest", reason: undefined },
    { where: "old", has: "another", reason: undefined },
    { where: "line", has: "another", reason: "the newest one, with a line end around it" },
    { where: "blank", has: "another", reason: "the newest one, with white space around it" },
    { where: "away", has: "unknown", reason: "no route" },
  ]);
});

test("reads back a sink that is an object of a class", async () => {
  class Vault {
    readonly name = "vault";
    readonly stored = "newest";
    readonly deliver = deliver;
    async readBack(): Promise<string> {
      return this.stored;
    }
  }
  expect(await inspectDeployment(sha256, { sinks: [new Vault()] })).toEqual([
    { where: "vault", has: "newest", reason: undefined },
  ]);
});

test.each([
  [async () => true, { has: "newest", reason: undefined }],
  [async () => false, { has: "another", reason: undefined }],
  [() => Promise.reject(new Error("no route")), { has: "unknown", reason: "no route" }],
])("calls the check once: %o", async (check, found) => {
  expect(await inspectDeployment(sha256, { check })).toEqual([{ where: "check", ...found }]);
});

test("tells a replica with another secret from one that does not answer", async () => {
  const ask = (fleet: Fleet) => {
    const check = runningCheck({ clientId: "a", urls: ["https://a.example.com/s"], replicas: 2, fetch: fleet.fetch });
    return inspectDeployment(sha256, { check });
  };
  expect(await ask(Fleet.of(2, () => "newest"))).toMatchObject([{ has: "newest" }]);
  expect(await ask(Fleet.of(2, (index) => (index ? "older" : "newest")))).toMatchObject([
    { has: "another", reason: expect.stringContaining("1 of 2 replicas uses the new one; 1 uses another") },
  ]);
  expect(await ask(Fleet.of(2, (index) => (index ? undefined : "newest")))).toMatchObject([{ has: "unknown" }]);
});

test("ends when its signal is aborted", async () => {
  const signal = AbortSignal.abort(new Error("stop"));
  const away = sink("away", () => Promise.reject(new Error("no route")));
  await expect(inspectDeployment(sha256, { sinks: [away], signal })).rejects.toThrow("stop");
});
