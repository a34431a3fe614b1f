import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clientId, oldSecret, Place } from "../../support/command.ts";

const rotate = ["rotate", clientId, "--to", "file:secret", "--no-verify"];

test.concurrent("--activate runs after the delivery with the digest, and resuming runs it until it succeeds", async () => {
  await using place = await Place.open();
  writeFileSync(place.path("secret"), oldSecret);
  const command = 'echo "$CF_OAUTH_SECRET_SHA256 $(cat secret | sha256sum | cut -c1-64)" >> calls; test -e allowed';
  const refused = await place.run([...rotate, "--activate", command]);
  expect(refused.code).toBe(6);
  expect(refused.stderr.replace(/\s+/g, " ")).toContain("Every sink took the new secret, but the activation failed:");
  expect(refused.stderr).toContain("--activate <command>");
  expect(refused.stderr).not.toContain("--replace-sink");
  writeFileSync(place.path("allowed"), "");
  const resumed = await place.run(["resume", clientId]);
  expect(resumed).toMatchObject({ code: 0 });
  expect(resumed.stdout).toContain("verified:");
  expect(resumed.stdout).not.toContain("restart what uses the secret");
  expect(await place.report("finish")).toMatchObject({ code: null, phase: "done" });
  const calls = readFileSync(place.path("calls"), "utf8").trim().split("\n");
  expect(calls).toHaveLength(2);
  for (const call of calls) expect(call).toMatch(/^([0-9a-f]{64}) \1$/);
});

test.concurrent("--activate with a program that is not there keeps the rotation from beginning", async () => {
  await using place = await Place.open();
  const { code, stderr } = await place.run([...rotate, "--activate", "no-such-program restart"]);
  expect(code).toBe(6);
  expect(stderr).toContain("The activation could not run:");
  expect(place.posts).toBe(0);
  const dry = await place.run([...rotate, "--activate", "touch restarted", "--dry-run"]);
  expect(dry.stdout).toContain("run your command that activates it");
  expect(existsSync(place.path("restarted"))).toBe(false);
});
