import { expect, test } from "vitest";
import { journalByCommand } from "./journal-by-command.ts";
import { clientId, gated, rotate, S0, S1, S2, second, World } from "./world.ts";

const verified = { exit: 0, code: null, nextStep: "finish" };
const done = { exit: 0, code: null, nextStep: null };
/** So short that 0.1.0 took the POST for settled before the 60 s were over that a journal's command may take. */
const brief = ["--timeout", "3s"];
const unverified = [...rotate, "--no-verify", ...brief];

/** The next read shows the client as it was then. */
function answerNextReadAsOf(server: World["server"], then: number): void {
  server.next("read", {
    arrives: () => {
      server.behaviour.readsAsOf = then;
    },
    done: () => {
      server.behaviour.readsAsOf = undefined;
    },
  });
}

test.concurrent("a journal whose reads lag by 0.4 s is no other run", async () => {
  await using world = await World.open(1);
  const journal = journalByCommand(world, { lag: 400 });
  const rotated = await world.run([...rotate, "--no-verify"], journal);
  expect(world.seen(rotated)).toEqual({ ...verified, posts: 1, deletes: 0, accepted: [S0, S1], sink: S1 });
  const finished = await world.run(["finish", clientId], journal);
  expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 1, accepted: [S1], sink: S1 });
});

test.concurrent("D14a: a run that was frozen after its announcement sends nothing once another run has continued", async () => {
  await using world = await World.open(6);
  const { server } = world;
  const before = world.now();
  const journal = journalByCommand(world, { hooks: { "shown-1": 'kill -STOP "$(cat "$folder/frozen")"' } });
  const a = world.start([...unverified, "--json"], journal);
  world.write("journal/frozen", String(a.pid));
  await a.frozen();
  // B settles, and goes on if A has not by then. What A reads on waking is older than that.
  const b = world.start(["resume", clientId, ...brief, "--json"], journal);
  await Promise.race([world.until(() => server.count("rotate") === 1), world.wait(50 * second)]);
  answerNextReadAsOf(server, before);
  a.wake();
  const results = await Promise.all([a.ended, b.ended]);
  const codes = results.map(({ report }) => report.code).sort();
  expect({ codes, posts: server.count("rotate") }).toEqual({ codes: ["locked", null], posts: 1 });
  const finished = await world.run(["finish", clientId], journal);
  expect(world.seen(finished)).toEqual({ ...done, posts: 1, deletes: 1, accepted: [S1], sink: S1 });
});

test.concurrent("D14b: a run whose journal took its time sends nothing once another run has continued", async () => {
  await using world = await World.open(6);
  const { server } = world;
  const before = world.now();
  // The read after the announcement shows how it was 50 s ago.
  const journal = journalByCommand(world, { hooks: { "showing-1": `: >"$folder/is-slow"; sleep ${50 / 6}` } });
  const a = world.start([...unverified, "--json"], journal);
  await world.until(() => world.has("journal/is-slow"));
  const b = world.start(["resume", clientId, ...brief, "--json"], journal);
  await world.wait(45 * second);
  const reads = server.count("read");
  server.behaviour.readsAsOf = before;
  await Promise.race([a.ended, b.ended, world.until(() => server.count("rotate") > 1 || server.count("read") > reads)]);
  server.behaviour.readsAsOf = undefined;
  const results = await Promise.all([a.ended, b.ended]);
  const codes = results.map(({ report }) => report.code).sort();
  expect({ codes, posts: server.count("rotate") }).toEqual({ codes: ["locked", null], posts: 1 });
  expect([server.secrets, world.read()]).toEqual([[S0, S1], S1]);
});

test.concurrent("D14c: a POST that was sent late has its time to settle, and is not sent again before that", async () => {
  await using world = await World.open(10);
  const { server } = world;
  // Announced, and frozen for longer than it takes to settle. The response is lost, and reads do not show yet what became of it.
  server.next("rotate", { lost: "not done" });
  const how = { environment: { STOP_AFTER: "requesting" } };
  const first = world.start([...rotate, "--json"], how);
  await first.frozen();
  await world.wait(95 * second);
  first.wake();
  const lost = await first.ended;
  expect(world.seen(lost)).toMatchObject({ exit: 5, code: "outcome-unknown", nextStep: "resume", posts: 1 });
  const reads = server.count("read");
  const resuming = world.follow(lost.report.nextCommand);
  await world.until(() => server.count("read") > reads);
  await world.wait(5 * second);
  server.rotateElsewhere();
  const resumed = await resuming;
  const missing = { exit: 5, code: "secret-missing", nextStep: null };
  expect(world.seen(resumed)).toEqual({ ...missing, posts: 1, deletes: 0, accepted: [S0, S1], sink: S0 });
});

test.concurrent("a run that was frozen before its DELETE sends nothing once another run has continued", async () => {
  await using world = await World.open(6);
  const { server } = world;
  const journal = journalByCommand(world);
  expect(await world.run(unverified, journal)).toMatchObject({ code: 0 });
  const before = world.now();
  const announced = journal.latest() + 1;
  journal.hook(`shown-${announced}`, 'kill -STOP "$(cat "$folder/frozen")"');
  const a = world.start(["finish", clientId, ...brief, "--json"], journal);
  world.write("journal/frozen", String(a.pid));
  await a.frozen();
  // B finishes, and begins another rotation, which nothing has the secret of yet.
  const goesOn = async () => {
    const results = [await world.run(["finish", clientId, ...brief], journal)];
    if (results[0]?.code === 0) results.push(await world.run(["rotate", clientId, ...gated, ...brief], journal));
    return results;
  };
  const b = goesOn();
  await Promise.race([b, world.until(() => server.count("delete") === 1), world.wait(50 * second)]);
  answerNextReadAsOf(server, before);
  a.wake();
  const [ended] = await Promise.all([a.ended, b]);
  // On a slow machine its reads may be too old to delete on, again and again.
  expect([null, "locked", "api-failed"]).toContain(ended.report.code);
  expect(server.count("delete")).toBeLessThan(2);
  expect(server.secrets).toContain(world.read());
});

test.concurrent("an entry that was written, though its append failed, is not taken for missing", async () => {
  await using world = await World.open(5);
  const { server } = world;
  // The store keeps `issued`, says that it failed, and cannot be read for a moment.
  const journal = journalByCommand(world, { hooks: { "appended-2": ': >"$folder/is-down"; exit 1' } });
  const rotated = await world.run([...rotate, "--no-verify"], journal);
  const { code, report } = rotated;
  expect([0, 1]).toContain(code);
  expect(report.nextStep).toBe(code === 0 ? "finish" : "resume");
  expect(report.message ?? "").not.toMatch(/recover/);
  const status = await world.run(["status", clientId], journal);
  expect(status.report.sha256).toBeTypeOf("string");
  if (code === 1) expect(await world.follow(report.nextCommand, journal)).toMatchObject({ code: 0 });
  expect([server.secrets, world.read(), server.count("rotate")]).toEqual([[S0, S1], S1, 1]);
  expect(world.read()).not.toBe(S2);
});
