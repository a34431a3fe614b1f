import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { recipes } from "../../../src/cli/commands/recipes.ts";
import { command } from "../../../src/cli/commands/rotate.ts";
import { sinksHelp } from "../../../src/cli/commands/sinks.ts";
import { clientId, type Ended, end, oldSecret, Place, program } from "../../support/command.ts";
import type { Call } from "./stand-in.ts";

const standIn = fileURLToPath(new URL("stand-in.ts", import.meta.url));
const stoodIn = ["wrangler", "gh", "aws", "gcloud", "kubectl", "vault", "az", "doppler", "vercel", "curl"];

/** The recipes whose programs are stand-ins here, by their sinks; the trial of the stores runs the others as well, for real. */
const runnable = recipes
  .filter(
    ({ programs, deliver }) => programs.every((program) => stoodIn.includes(program)) && !deliver.startsWith("curl"),
  )
  .map(({ sink, deliver, readBack }) => [sink, { deliver, readBack }] as const);
const aws = recipes.find(({ sink }) => sink === "aws");
/** How the help shows to confirm a deployment where nothing can be read back. */
const [, check = ""] = /--check '([^']*)'/.exec(command.examples ?? "") ?? [];

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
    for (const name of stoodIn) write(name, `${node} "${standIn}" ${name}`);
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

  /** Rotates into a recipe, with no confirmation but those given. */
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

test("the help has each recipe as it is pasted, in single quotes and on one line, and says how to check where nothing can be read back", () => {
  expect(runnable.length).toBeGreaterThanOrEqual(12);
  for (const { sink, deliver, readBack = "" } of recipes) {
    expect(deliver + readBack).not.toMatch(/['\n]/);
    expect(sinksHelp).toContain(`\n  --to '${sink}=exec:${deliver}'\n`);
    if (readBack) expect(sinksHelp).toContain(`\n  --read-back '${sink}=${readBack}'\n`);
  }
  expect(new Set(recipes.map(({ sink }) => sink)).size).toBe(recipes.length);
  expect(check).toContain("CF_OAUTH_SECRET_SHA256");
});

describe.concurrent("the recipe for", () => {
  test.for(runnable)(
    "%s is given the secret on stdin alone, confirmed, and finished",
    async ([, { deliver, readBack }]) => {
      await using shelf = await Shelf.open();
      const proof = readBack === undefined ? ["--check", check] : ["--read-back", `store=${readBack}`];
      const { code, stdout, stderr } = await shelf.rotate(deliver, [...proof, "--finish", "--yes", "--json"]);

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
    },
  );

  // Kubernetes's is two programs, of which the second succeeds.
  const failing = runnable.filter(([name]) => ["aws", "kubernetes"].includes(name));
  test.for(failing)("%s fails where its program does, which may print the secret", async ([, { deliver: recipe }]) => {
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
    shelf.rotate(aws?.deliver ?? "", ["--read-back", `store=${aws?.readBack}`, "--finish", "--json"], environment);

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
    const proof = ["--read-back", `store=${aws?.readBack}`, "--finish", "--yes"];
    expect(await shelf.rotate(`{ cat; echo; } | ${aws?.deliver}`, proof)).toMatchObject({ code: 7 });
    expect(shelf.place.deletes).toBe(0);
  });
});

describe.concurrent("the example", () => {
  const commandLines = (command.examples ?? "")
    .split(/^\$ /m)
    .map((example) => example.replace(/\n#[\s\S]*/, ""))
    .filter((example) => example.includes("$ID"));

  test.for(commandLines.map((line) => line.trim()))("%s does as it stands, typed into a shell", async (line) => {
    await using shelf = await Shelf.open();
    const { place } = shelf;
    const typed = line.replace("$ID", clientId).replace("/srv/app", place.folder);
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
