import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { clientId, minute, rotate, S0, S1, S2, S3, second, sha256, World } from "./world.ts";

const done = { exit: 0, code: null, nextStep: null };
const adopt = ["adopt", clientId, "--secret-from", "file:secret", "--digest", sha256(S1), "--to", "file:secret"];

test.concurrent("a finish verifies by the authentication method that the client has now", async () => {
  await using world = await World.open();
  const { server } = world;
  await world.run(rotate);
  world.passes(minute);
  server.patchElsewhere({ token_endpoint_auth_method: "client_secret_post" });
  world.passes(minute);
  const { updatedAt } = server;
  const since = world.now();
  const finished = await world.run(["finish", clientId, "--accept-change", updatedAt]);
  expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 1, accepted: [S1], sink: S1 });
  // And it was not refused before.
  const refused = server.requests.filter(({ at, secret, status }) => at >= since && secret === S1 && status === 401);
  expect(refused).toEqual([]);
});

test.concurrent("a changed authentication method is shown, with the option that accepts the change", async () => {
  await using world = await World.open(25);
  const { server } = world;
  await world.run(rotate);
  world.passes(minute);
  server.patchElsewhere({ token_endpoint_auth_method: "client_secret_post" });
  world.passes(minute);
  const result = await world.run(["finish", clientId]);
  const changed = { exit: 4, code: "client-changed", nextStep: null };
  expect(world.seen(result)).toEqual({ ...changed, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
  expect(result.report.message).toContain("token_endpoint_auth_method");
  expect(result.report.message).toContain(`--accept-change ${server.updatedAt}`);
});

test.concurrent("a POST that is refused because of an old secret is told as a rotation of another person", async () => {
  await using world = await World.open();
  const { server } = world;
  // Somebody has just rotated, which reads do not show yet when ours is sent.
  Object.assign(server.behaviour, { second: "refuse", readsAsOf: world.now() - second });
  server.rotateElsewhere();
  const arrives = () => {
    server.behaviour.readsAsOf = undefined;
  };
  server.next("rotate", { arrives });
  const result = await world.run(rotate);
  const refused = { exit: 4, code: "rotation-in-progress", nextStep: null };
  expect(world.seen(result)).toEqual({ ...refused, posts: 1, deletes: 0, accepted: [S0, S1], sink: S0 });
  expect(result.report.message).toMatch(/finish.*adopt.*recover/is);
  expect(world.latest()).toMatchObject({ phase: "done", abandoned: expect.any(String) });
});

test.concurrent("a recovery does not wait again for a refusal that the journal has just recorded", async () => {
  await using world = await World.open(25);
  const { server } = world;
  await world.run(rotate);
  world.passes(minute);
  server.rotateElsewhere();
  server.deleteElsewhere();
  world.passes(minute);
  const result = await world.run(["finish", clientId]);
  const changed = { exit: 4, code: "client-changed" };
  expect(world.seen(result)).toMatchObject({ ...changed, posts: 1, deletes: 0, accepted: [S2], sink: S1 });
  expect(result.report.message).toContain("recover");

  const since = world.now();
  const recovered = await world.run(["recover", clientId, "--accept-downtime", "--to", "file:secret"]);
  expect(world.seen(recovered)).toMatchObject({ exit: 0, posts: 2, accepted: [S2, S3], sink: S3 });
  // The refusal took twelve of them, and two minutes.
  expect(server.requests.filter(({ at, secret }) => at >= since && secret === S1).length).toBeLessThan(2);
});

for (const [what, isIt, expected] of [
  ["the wrong secret", () => true, { posts: 0, accepted: [S0], sink: S0 }],
  [
    "the new secret",
    ({ secret }: { secret: string | undefined }) => secret === S1,
    { posts: 1, accepted: [S0, S1], sink: S1 },
  ],
] as const)
  test.concurrent(`an issuer that asks to wait for two minutes after ${what} is left alone, and the time is told`, async () => {
    await using world = await World.open();
    const { server } = world;
    let answeredAt = 0;
    const arrives = () => {
      answeredAt = world.now();
    };
    server.next("probe", { arrives, instead: { status: 429, headers: { "Retry-After": "120" } } }, isIt);
    const result = await world.run(rotate);
    expect(world.seen(result)).toMatchObject({ exit: 7, code: "verification-inconclusive", deletes: 0, ...expected });
    const tooSoon = server.requests.filter(({ at, kind }) => kind === "probe" && at > answeredAt);
    expect(tooSoon).toEqual([]);
    const [time = ""] = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/.exec(result.report.message ?? "") ?? [];
    expect(Math.abs(Date.parse(time) - (answeredAt + 120 * second))).toBeLessThan(minute);
  });

test.concurrent("an issuer that asks to wait for half a minute is asked again after that", async () => {
  await using world = await World.open();
  const { server } = world;
  let answeredAt = 0;
  const arrives = () => {
    answeredAt = world.now();
  };
  const isOurs = ({ secret }: { readonly secret: string | undefined }) => secret === S1;
  server.next("probe", { arrives, instead: { status: 429, headers: { "Retry-After": "30" } } }, isOurs);
  expect(world.seen(await world.run(rotate))).toMatchObject({ exit: 0, nextStep: "finish", sink: S1 });
  const tooSoon = server.requests.filter(
    ({ at, kind }) => kind === "probe" && at > answeredAt && at < answeredAt + 29 * second,
  );
  expect(tooSoon).toEqual([]);
});

test.concurrent("a rotation that finds the flag set, and no journal, says where it looked and how to adopt", async () => {
  await using world = await World.open();
  await world.run(rotate);
  const mistyped = await world.run([...rotate, "--state-dir", world.path("stat")]);
  const refused = { exit: 4, code: "rotation-in-progress", nextStep: null };
  expect(world.seen(mistyped)).toEqual({ ...refused, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
  const { message } = mistyped.report;
  expect(message).toContain(world.path("stat"));
  // The way that costs downtime comes last.
  expect(message).toMatch(/finish.*adopt.*recover/is);

  // The same where the journal is gone.
  rmSync(world.path("state"), { recursive: true });
  const gone = await world.run(rotate);
  expect(world.seen(gone)).toMatchObject(refused);
  expect(gone.report.message).toMatch(/\badopt\b/);
  expect(world.read()).not.toBe(S3);
});

test.concurrent("a secret that a sink holds, and the journal does not, is adopted without downtime", async () => {
  await using world = await World.open(25);
  const { server } = world;
  const full = await world.run(rotate, { environment: { DISK_FULL_AT: "issued" } });
  expect(world.seen(full)).toMatchObject({ exit: 1, code: "journal-failed", posts: 1, accepted: [S0, S1], sink: S1 });
  expect(world.latest().phase).toBe("requesting");
  const { nextStep, nextCommand, message } = full.report;
  expect([null, "adopt"]).toContain(nextStep);
  expect(`${message} ${nextCommand}`).toMatch(/\badopt\b/);

  // Whoever only resumes learns of it as well, once it is settled.
  const resumed = await world.run(["resume", clientId]);
  const missing = { exit: 5, code: "secret-missing", nextStep: null };
  expect(world.seen(resumed)).toMatchObject({ ...missing, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
  expect(resumed.report.message).toMatch(/\badopt\b/);
  expect(resumed.report.message).not.toMatch(/nobody holds/i);

  const adopted = await world.run(adopt);
  expect(world.seen(adopted)).toMatchObject({
    exit: 0,
    code: null,
    posts: 1,
    deletes: 0,
    accepted: [S0, S1],
    sink: S1,
  });
  expect(adopted.report.phase).toBe("verified");
  const finished = await world.run(["finish", clientId, "--accept-change", server.updatedAt]);
  expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 1, accepted: [S1], sink: S1 });
});

test.concurrent("an adopted rotation names the option that its finish needs, and promises nothing without it", async () => {
  await using world = await World.open();
  const { server } = world;
  await world.run(rotate);
  world.passes(minute);
  rmSync(world.path("state"), { recursive: true });
  const adopted = await world.start(adopt).ended;
  expect(adopted.code).toBe(0);
  expect(adopted.told).toContain("--accept-change");
  const status = await world.run(["status", clientId]);
  expect(status.report).toMatchObject({ phase: "verified", nextStep: null, nextCommand: null });

  const refused = await world.run(["finish", clientId]);
  const changed = { exit: 4, code: "client-changed", nextStep: null };
  expect(world.seen(refused)).toEqual({ ...changed, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
  const { updatedAt } = server;
  expect(refused.report.message).toContain(`--accept-change ${updatedAt}`);
  const finished = await world.run(["finish", clientId, "--accept-change", updatedAt]);
  expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 1, accepted: [S1], sink: S1 });
});

test.concurrent("a dead secret without a baseline is not resumed for ever", async () => {
  await using world = await World.open(25);
  const { server } = world;
  server.behaviour.updatedAt = "still";
  // The issuer cannot tell, so that the rotation stops. Then ours is replaced.
  const isOurs = ({ secret }: { readonly secret: string | undefined }) => secret === S1;
  for (let count = 0; count < 12; count++) server.next("probe", { instead: { status: 503 } }, isOurs);
  expect(await world.run(rotate)).toMatchObject({ code: 7, report: { nextStep: "resume" } });
  world.passes(minute);
  server.forget();
  server.becomes(S2, S3);

  let result = await world.run(["resume", clientId]);
  if (result.report.nextStep === "resume") result = await world.follow(result.report.nextCommand);
  expect(world.seen(result)).toMatchObject({ nextStep: null, posts: 1, deletes: 0, accepted: [S2, S3] });
  expect([4, 7]).toContain(result.code);
  expect(result.report.message).toMatch(/\b(recover|adopt)\b/);
});
