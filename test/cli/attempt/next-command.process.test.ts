import { spawn } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import Cloudflare from "../../../src/client/index.ts";
import { clientId, type Ended, end, oldSecret, Place, program } from "../../support/command.ts";

const unverified = ["--no-verify"];
const rotate = ["rotate", clientId, "--to", "file:secret", ...unverified];

/** The command lines within the sentences of a message. */
function named(message: string): string[] {
  return [...message.matchAll(/`([^`]+)`/g)].map(([, line = ""]) => line);
}

/** Runs a printed command line, as a person would who copies it. */
function follow(place: Place, line: string): Promise<Ended> {
  const words = line.replace("cf-oauth", `'${process.execPath}' '${program}'`);
  return end(spawn("sh", ["-c", words], { cwd: place.folder, env: place.environment }));
}

test.concurrent.each([
  ["by npx", "cf-oauth.js", { npm_command: "exec" }, "npx cloudflare-oauth-clients"],
  ["by the package's name", "cloudflare-oauth-clients", {}, "cloudflare-oauth-clients"],
  ["by its own name", "cf-oauth", { npm_command: "run-script" }, "cf-oauth"],
] as const)("a command that is started %s names itself so", async (_, name, environment, expected) => {
  await using place = await Place.open();
  symlinkSync(program, place.path(name));
  const env = { ...place.environment, ...environment };
  const child = spawn(process.execPath, [place.path(name), ...rotate, "--json"], { cwd: place.folder, env });
  const { stdout } = await end(child);
  expect(JSON.parse(stdout).nextCommand).toBe(`${expected} finish ${clientId}`);
});

test.concurrent("an old secret of no known rotation: the journal that was searched is named, then adopt, last recover", async () => {
  await using place = await Place.open();
  const { apiToken, baseURL, fetch, accountId: account_id } = place.sandbox;
  await new Cloudflare({ apiToken, baseURL, fetch }).iam.oauthClients.rotateSecret(clientId, { account_id });
  const { stdout } = await place.run([...rotate, "--json"]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ code: "rotation-in-progress", nextStep: null, nextCommand: null });
  expect(report.message).toContain(place.stateDirectory);
  // Without the consent that was given: what it allows is decided anew.
  const given = "--to file:secret";
  expect(named(report.message)).toEqual([
    `cf-oauth adopt ${clientId} --secret-from <source> --digest <sha256> ${given}`,
    `cf-oauth recover ${clientId} ${given} --accept-downtime`,
  ]);
});

test.concurrent("a finish before its time says from when on its command works", async () => {
  await using place = await Place.open();
  await place.run([...rotate, "--overlap", "1h"]);
  const { stderr } = await place.run(["finish", clientId]);
  const [, until] = /The overlap lasts until (\S+Z):/.exec(stderr) ?? [];
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(`next, from ${until}: cf-oauth finish ${clientId}`);
});

test.concurrent("a rotation that nothing confirms has no next command, and says what there is to decide", async () => {
  await using place = await Place.open();
  const words = ["rotate", clientId, "--to", "vault=exec:cat >/dev/null", ...unverified];
  const { code, stdout } = await place.run(words);
  expect(code).toBe(0);
  expect(stdout).not.toMatch(/^next/m);
  const decide = named(/^decide +(.*)$/m.exec(stdout)?.[1] ?? "");
  expect(decide).toEqual([
    `cf-oauth finish ${clientId} --read-back vault=<command>`,
    `cf-oauth finish ${clientId} --check <command>`,
    `cf-oauth finish ${clientId} --no-check`,
  ]);
  expect(await place.report("status")).toMatchObject({ phase: "verified", nextStep: null, nextCommand: null });
  // With its hint followed, it ends.
  expect(await follow(place, decide.at(-1) ?? "")).toMatchObject({ code: 0 });
  expect(place.deletes).toBe(1);
});

test.concurrent("an adopted rotation is finished once the change that the message shows is accepted", async () => {
  await using place = await Place.open();
  await place.run([...rotate, "--state-dir", place.path("gone")]);
  const adopt = ["adopt", clientId, "--secret-from", "file:secret", "--without-digest", "--to", "file:secret"];
  const adopted = await place.run([...adopt, ...unverified]);
  expect(adopted.code).toBe(0);
  expect(adopted.stdout).toMatch(/^decide .*--accept-change/m);
  expect(adopted.stdout).not.toMatch(/^next/m);

  const finished = await place.report("finish");
  expect(finished).toMatchObject({ code: "client-changed", nextStep: null, nextCommand: null });
  const [accept = ""] = named(finished.message ?? "");
  expect(accept).toMatch(new RegExp(`^cf-oauth finish ${clientId} --accept-change \\d{4}-\\S+Z$`));
  expect(place.deletes).toBe(0);
  expect(await follow(place, accept)).toMatchObject({ code: 0 });
  expect(place.deletes).toBe(1);
});

test.concurrent("where the journal has no rotation, its place is named, and no command that lacks its sinks", async () => {
  await using place = await Place.open();
  const report = await place.report("finish");
  expect(report).toMatchObject({ code: "no-rotation", nextCommand: null });
  expect(report.message).toContain(place.stateDirectory);
  expect(named(report.message ?? "")).toEqual([
    `cf-oauth adopt ${clientId} --secret-from <source> --digest <sha256> --to <sink>`,
    `cf-oauth rotate ${clientId} --to <sink>`,
  ]);
});

test.concurrent("a secret that only a file has is adopted by the next command, which is whole", async () => {
  await using place = await Place.open();
  writeFileSync(place.path("secret"), oldSecret);
  const bringBack = place.loseJournalAtPost();
  const { stdout } = await place.run([...rotate, "--json"]);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ code: "journal-failed", nextStep: "adopt" });
  expect(report.nextCommand).toBe(
    `cf-oauth adopt ${clientId} --secret-from file:${place.path("secret")} --digest ${report.sha256} --to file:secret`,
  );
  bringBack();
  expect(await follow(place, report.nextCommand)).toMatchObject({ code: 0 });
  expect(await place.report("status")).toMatchObject({ phase: "verified", sha256: report.sha256 });
  expect(place.posts).toBe(1);
});

test.concurrent("a rotation that did not begin is begun by the next command, without consents and what needs one", async () => {
  await using place = await Place.open();
  place.sandbox.faults.push({ operation: "oauth-clients-get", kind: "error", times: 9 });
  const words = ["--to", "file:secret", "--to", "vault=exec:cat > kept", "--no-check", "--no-verify", "--finish"];
  const { stdout } = await place.run(["rotate", clientId, ...words, "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    nextStep: "rotate",
    nextCommand: `cf-oauth rotate ${clientId} --to file:secret --to 'vault=exec:cat > kept'`,
  });
});
