import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clientId, end, oldSecret, Place, program } from "../../support/command.ts";

const unproved = ["--no-verify", "--no-check"];
const runner = { GITHUB_ACTIONS: "true" };

/** The job's summary, in the place's folder. */
const summaryOf = (place: Place) => readFileSync(place.path("summary.md"), "utf8");
const withSummary = (place: Place) => ({ ...runner, GITHUB_STEP_SUMMARY: place.path("summary.md") });

/** Every secret that a rotation has made, or found. */
function secretsOf({ sandbox }: Place): string[] {
  const secrets = [oldSecret, ...sandbox.secretsOf(clientId)];
  return [sandbox.apiToken, ...secrets, ...secrets.map((secret) => Buffer.from(secret).toString("base64"))];
}

describe.concurrent("the job's summary", () => {
  test("tells of a rotation that failed, continued and ended, below what is there, with no secret", async () => {
    await using place = await Place.open();
    const environment = withSummary(place);
    writeFileSync(place.path("summary.md"), "of an earlier command\n");
    const secrets = new Set<string>();
    const run = async (...words: string[]) => {
      const { code } = await place.run(words, { environment });
      for (const secret of secretsOf(place)) secrets.add(secret);
      return code;
    };
    expect(await run("rotate", clientId, "--to", "app=exec:cat >&2; exit 3", ...unproved)).toBe(6);
    expect(await run("resume", clientId, "--replace-sink", "app=file:secret", "--no-verify", "--check", "true")).toBe(
      0,
    );
    expect(await run("finish", clientId)).toBe(0);

    const parts = summaryOf(place).split(/^(?=### )/m);
    expect(parts[0]).toBe("of an earlier command\n");
    expect(parts.slice(1).map((part) => part.split("\n")[0])).toEqual([
      "### ❌ cf-oauth rotate",
      "### ✅ cf-oauth resume",
      "### ✅ cf-oauth finish",
    ]);
    const [, failed = "", resumed, finished] = parts;
    expect(failed).toContain("| phase | issued |\n| stopped by | delivery-failed |\n");
    expect(failed).toContain("| sink app | not delivered yet |\n");
    expect(failed).toContain(`| next | cf-oauth resume ${clientId} |\n`);
    expect(failed).toContain("\nDelivery to app failed: the command ended with status 3.");
    expect(resumed).toMatch(
      /\| SHA-256 of the new secret \| [0-9a-f]{64} \|\n\| sink app \| confirmed by read-back and check \|\n/,
    );
    expect(finished).toContain("| phase | done |\n");
    expect(secrets.size).toBeGreaterThan(3);
    for (const secret of secrets) expect(summaryOf(place)).not.toContain(secret);
  });

  test("is not broken by what stands in a command line", async () => {
    await using place = await Place.open();
    const environment = { ...withSummary(place), CF_OAUTH_API_TOKEN: "0123456789abcdefghijklmnopqrstuvwxyzABCD" };
    const words = ["rotate", clientId, "--to", "exec:cat | store 'a|b'", ...unproved];
    expect(await place.run(words, { environment })).toMatchObject({ code: 3 });
    const [next = ""] = summaryOf(place).match(/^\| next .*$/m) ?? [];
    // Three bars that are not escaped: the row has its two cells.
    expect(next.match(/(?<!\\)\|/g)).toHaveLength(3);
  });

  test("shows what a message has in angle brackets", async () => {
    await using place = await Place.open();
    const words = ["rotate", clientId, "--to", "exec:exit 3", ...unproved];
    expect(await place.run(words, { environment: withSummary(place) })).toMatchObject({ code: 6 });
    const outsideCode = summaryOf(place).replace(/(`+)[^`]*\1/g, "");
    expect(outsideCode).not.toMatch(/(?<!\\)<[a-z]/);
  });

  test("fails nothing where it cannot be written", async () => {
    await using place = await Place.open();
    mkdirSync(place.path("summary.md"));
    const words = ["rotate", clientId, "--to", "file:secret", ...unproved, "--finish"];
    const { code, stderr } = await place.run(words, { environment: withSummary(place) });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect([place.posts, place.deletes]).toEqual([1, 1]);
  });

  test("is written nowhere but on a runner", async () => {
    await using place = await Place.open();
    const environment = { ...withSummary(place), GITHUB_ACTIONS: "" };
    await place.run(["rotate", clientId, "--to", "file:secret", ...unproved], { environment });
    expect(place.posts).toBe(1);
    expect(() => summaryOf(place)).toThrow("ENOENT");
  });
});

describe.concurrent("--add-mask", () => {
  test("has the runner mask the secret before any sink gets it", async () => {
    await using place = await Place.open();
    const log = openSync(place.path("log"), "w");
    const sinks = ["a", "b"].flatMap((name) => ["--to", `${name}=exec:cat >/dev/null; cp log seen-by-${name}`]);
    const child = spawn(process.execPath, [program, "rotate", clientId, ...sinks, ...unproved, "--add-mask"], {
      cwd: place.folder,
      env: { ...place.environment, ...runner },
      stdio: ["ignore", log, "pipe"],
    });
    expect(await end(child)).toMatchObject({ code: 0 });
    closeSync(log);

    const [, secret] = place.sandbox.secretsOf(clientId);
    const [mask, ...others] = readFileSync(place.path("log"), "utf8").split("\n");
    expect(mask).toBe(`::add-mask::${secret}`);
    for (const name of ["a", "b"]) expect(readFileSync(place.path(`seen-by-${name}`), "utf8")).toContain(`${mask}\n`);
    // Nowhere else does it stand, but in another such request.
    expect(others.filter((line) => line !== mask).join("\n")).not.toContain(secret);
  });

  test.each([
    ["off a runner", { GITHUB_ACTIONS: "" }, ["--to", "file:secret"]],
    ["on what only says so", { GITHUB_ACTIONS: "1" }, ["--to", "file:secret"]],
    ["with --json", runner, ["--to", "file:secret", "--json"]],
    ["with --to stdout", runner, ["--to", "stdout"]],
    ["with a named sink to stdout among others", runner, ["--to", "file:secret", "--to", "log=stdout"]],
  ])("is refused %s, before anything is changed", async (_, environment, words) => {
    await using place = await Place.open();
    const { code, stdout, stderr } = await place.run(["rotate", clientId, ...words, ...unproved, "--add-mask"], {
      environment,
    });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("error: --add-mask ") });
    expect(stdout).not.toContain("::add-mask::");
    expect(place.posts).toBe(0);
  });

  test("is never assumed", async () => {
    await using place = await Place.open();
    const words = ["rotate", clientId, "--to", "exec:cat", ...unproved];
    const { code, stdout, stderr } = await place.run(words, { environment: runner });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain("::");
  });
});

describe.concurrent("a CI runner", () => {
  const warning = "The journal is on this CI runner";
  const nowhere = { CI: "true", CF_OAUTH_STATE_DIR: "" };
  const words = ["rotate", clientId, "--to", "file:secret", ...unproved];

  test("is warned that its journal may not last, and where that is", async () => {
    await using place = await Place.open();
    const { code, stderr } = await place.run(words, { environment: nowhere });
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: ${warning} (${place.folder}`);
    const report = await place.run(["finish", clientId, "--json"], { environment: nowhere });
    expect(JSON.parse(report.stdout).warnings).toEqual([expect.stringContaining(warning)]);
  });

  test.each([
    ["with --state-dir", { ...nowhere }, ["--state-dir", "state"]],
    ["with CF_OAUTH_STATE_DIR", { CI: "true" }, []],
    ["on no runner", { CF_OAUTH_STATE_DIR: "", CI: "" }, []],
    ["with --sandbox", { ...nowhere, CLOUDFLARE_BASE_URL: "", CLOUDFLARE_OAUTH_ISSUER: "" }, ["--sandbox"]],
  ])("is not warned %s", async (_, environment, more) => {
    await using place = await Place.open();
    const { code, stderr } = await place.run([...words, ...more], { environment });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining(warning) });
  });
});
