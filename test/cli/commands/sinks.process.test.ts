import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { command } from "../../../src/cli/commands/rotate.ts";
import { recipes } from "../../../src/cli/commands/sinks.ts";
import { clientId, type Ended, end, oldSecret, Place, program } from "../../support/command.ts";
import type { Call } from "./stand-in.ts";

const standIn = fileURLToPath(new URL("stand-in.ts", import.meta.url));
const programs = ["wrangler", "gh", "aws", "gcloud", "kubectl", "vault", "az", "doppler", "vercel", "curl"];

/** The recipes below a heading of the help, by the name of what keeps the secret. */
function below(heading: string): Map<string, string> {
  const [, part = ""] = recipes.split(new RegExp(`^${heading}.*$`, "m"));
  const found = new Map<string, string>();
  let last = "";
  for (const line of part.split("\n").slice(1)) {
    const [, name, more = line] = /^ {2}(\S.*?) {2,}(\S.*)$/.exec(line) ?? [];
    if (name === undefined && !/^ {3,}\S/.test(line)) {
      if (line.startsWith("  ")) throw new Error(`no recipe: ${line}`);
      if (found.size > 0) break;
      continue;
    }
    last = name ?? last;
    const command = more.trim().replace(/ {2,}\(.*\)$/, "");
    found.set(last, name === undefined ? `${found.get(last)} ${command}` : command);
  }
  return found;
}

const sinks = below("Sinks:");
const readBacks = below("Read-backs");
/** Told in words only. */
const inWords = [...sinks].filter(([, command]) => command.includes("…")).map(([name]) => name);
const runnable = [...sinks].filter(([name]) => !inWords.includes(name));
/** How the help shows to prove a deployment where nothing can be read back. */
const [, check = ""] = /--check '(.*)'/.exec(command.help ?? "") ?? [];

const base64 = (text: string) => Buffer.from(text).toString("base64");
const lines = (text: string) => text.split("\n").filter((line) => line !== "");

/** A place where the programs of the recipes are stand-ins. */
class Shelf {
  readonly place: Place;

  private constructor(place: Place) {
    this.place = place;
    mkdirSync(place.path("bin"));
    const node = `"${process.execPath}" --disable-warning=ExperimentalWarning`;
    const write = (name: string, command: string) => {
      writeFileSync(join(place.path("bin"), name), `#!/bin/sh\nexec ${command} "$@"\n`);
      chmodSync(join(place.path("bin"), name), 0o755);
    };
    for (const name of programs) write(name, `${node} "${standIn}" ${name}`);
    write("cf-oauth", `${node} "${program}"`);
  }

  static async open(): Promise<Shelf> {
    return new Shelf(await Place.open());
  }

  get environment(): Record<string, string> {
    return { PATH: `${this.place.path("bin")}:${process.env.PATH}`, STAND_IN_FOLDER: this.place.folder };
  }

  /** How the stand-ins were called, in order. */
  get calls(): Call[] {
    return lines(readFileSync(this.place.path("calls"), "utf8")).map((line) => JSON.parse(line));
  }

  /** The secret that the rotation made. */
  get secret(): string {
    const [made = ""] = this.place.sandbox.secretsOf(clientId).filter((secret) => secret !== oldSecret);
    return made;
  }

  /** Rotates into a recipe, with no proof but those given. */
  rotate(recipe: string, words: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
    const sink = `store=exec:${recipe}`;
    return this.place.run(["rotate", clientId, "--to", sink, "--no-verify", ...words], {
      environment: { ...this.environment, ...environment },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.place[Symbol.asyncDispose]();
  }
}

/** The secret came on stdin alone, once and whole. */
function expectOnStdinAlone({ calls, secret }: Shelf): void {
  expect(secret).toMatch(/^sandbox-secret-/);
  const [first, ...others] = calls.filter(({ stdin }) => stdin !== "");
  expect(first?.stdin).toBe(base64(secret));
  // What kubectl hands on to itself is another text.
  expect(others.map(({ argv }) => argv[0])).toEqual(first?.program === "kubectl" ? ["apply"] : []);
  for (const { program, argv, env, above } of calls) {
    const elsewhere = JSON.stringify([argv, env, above]);
    for (const form of [secret, base64(secret).replace(/=+$/, "")]) expect(elsewhere).not.toContain(form);
    const ours = Object.keys(env).filter((name) => /^cf_oauth/i.test(name));
    expect(ours).toEqual(program === "curl" ? ["CF_OAUTH_SECRET_SHA256"] : []);
  }
}

test("the help has recipes, of which only that of 1Password is told in words, and a read-back only where there is a sink", () => {
  expect(runnable.length).toBeGreaterThanOrEqual(10);
  expect(inWords).toEqual(["1Password"]);
  expect(readBacks.size).toBeGreaterThanOrEqual(6);
  expect(runnable.map(([name]) => name)).toEqual(expect.arrayContaining([...readBacks.keys()]));
  expect(check).toContain("CF_OAUTH_SECRET_SHA256");
});

describe.concurrent("the recipe for", () => {
  test.for(runnable)("%s is given the secret on stdin alone, proved, and finished", async ([name, recipe]) => {
    await using shelf = await Shelf.open();
    const readBack = readBacks.get(name);
    const proof = readBack === undefined ? ["--check", check] : ["--read-back", `store=${readBack}`];
    const { code, stdout, stderr } = await shelf.rotate(recipe, [...proof, "--finish", "--yes", "--json"]);

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({
      phase: "done",
      sha256: createHash("sha256").update(shelf.secret).digest("hex"),
      sinks: [{ delivered: true, provedBy: readBack === undefined ? "check" : "read-back" }],
    });
    expectOnStdinAlone(shelf);
    // Nor is it printed, so that nothing had to be cut out.
    expect(stdout + stderr).not.toMatch(/sandbox-secret|\[secret\]/);
    expect([shelf.place.posts, shelf.place.deletes]).toEqual([1, 1]);
    expect(shelf.place.sandbox.secretsOf(clientId)).toEqual([shelf.secret]);
  });

  // Kubernetes's is two programs, of which the second succeeds.
  const failing = runnable.filter(([name]) => ["AWS", "Kubernetes"].includes(name));
  test.for(failing)("%s fails where its program does, which may print the secret", async ([, recipe]) => {
    await using shelf = await Shelf.open();
    const fails = { STAND_IN_FAILS: recipe.slice(0, recipe.indexOf(" ", recipe.indexOf(" ") + 1)) };
    const { code, stdout, stderr } = await shelf.rotate(recipe, ["--no-check", "--finish", "--yes"], fails);

    expect({ code, stderr }).toMatchObject({ code: 6 });
    expect(stderr).toContain("the command ended with status 1");
    expect(stderr).toContain("cannot store [secret] ([secret])");
    for (const form of [shelf.secret, base64(shelf.secret)]) expect(stdout + stderr).not.toContain(form);
    expect([shelf.place.posts, shelf.place.deletes]).toEqual([1, 0]);
    expect(shelf.place.sandbox.accepts(clientId, oldSecret)).toBe(true);
    expect(await shelf.place.report("status")).toMatchObject({ phase: "issued", nextStep: "resume" });
  });
});

describe.concurrent("the read-back for", () => {
  const rotate = (shelf: Shelf, environment: Record<string, string>) =>
    shelf.rotate(
      sinks.get("AWS") ?? "",
      ["--read-back", `store=${readBacks.get("AWS")}`, "--finish", "--json"],
      environment,
    );

  test("AWS keeps the old secret where another one is stored", async () => {
    await using shelf = await Shelf.open();
    const ended = await rotate(shelf, { STAND_IN_SHOWS: oldSecret });

    expect(JSON.parse(ended.stdout)).toMatchObject({ exitCode: 7, code: "check-failed", phase: "delivered" });
    expect(ended.stdout + ended.stderr).not.toContain(oldSecret);
    expect([shelf.place.posts, shelf.place.deletes]).toEqual([1, 0]);
  });

  test.for([
    ["no line end", "", 0],
    ["a line end of Windows", "\r\n", 0],
    ["an empty line", "\n\n", 7],
  ] as const)("AWS takes off one line end and nothing else: %s", async ([, lineEnd, code]) => {
    await using shelf = await Shelf.open();
    expect(await rotate(shelf, { STAND_IN_LINE_END: lineEnd })).toMatchObject({ code });
  });

  test("AWS notices a line end that was stored as a part of the secret", async () => {
    await using shelf = await Shelf.open();
    const proof = ["--read-back", `store=${readBacks.get("AWS")}`, "--finish", "--yes"];
    expect(await shelf.rotate(`{ cat; echo; } | ${sinks.get("AWS")}`, proof)).toMatchObject({ code: 7 });
    expect(shelf.place.deletes).toBe(0);
  });
});

describe.concurrent("the example", () => {
  const commandLines = (command.help ?? "")
    .replaceAll("\\\n", "")
    .split("\n")
    .filter((line) => line.includes("cf-oauth") && line.includes("<client-id>"));

  test.for(commandLines.map((line) => line.trim()))("%s does as it stands, typed into a shell", async (line) => {
    await using shelf = await Shelf.open();
    const { place } = shelf;
    const typed = line.replace("<client-id>", clientId).replace("/srv/app", place.folder);
    const ended = await end(
      spawn("bash", ["-c", `${typed} --no-verify`], {
        env: { ...place.environment, ...shelf.environment },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(await place.report("status")).toMatchObject({ phase: line.includes("--finish") ? "done" : "verified" });
    const kept = readFileSync(place.path(line.includes(".env") ? ".env" : "kept"), "utf8");
    expect(kept).toContain(shelf.secret);
  });
});
