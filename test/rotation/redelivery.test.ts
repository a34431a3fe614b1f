import { beforeEach, expect, test, vi } from "vitest";
import { inspectRotation, type Sink } from "../../src/rotation/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  sleep,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const old = "cf-oauth-secret-example";

test("a sink into which a roll-back has put the old secret gets the new one again, when that is asked for by name", async () => {
  const world = await verified();
  world.deployed = old;

  const refused = await failure(new Process(world).run("finish"));
  expect(refused).toMatchObject({ code: "check-failed", phase: "verified", nextStep: undefined });
  expect(refused.message).toContain("deliver the new one again");

  const start = Date.now();
  expect(await settle(new Process(world).run("resume", { redeliver: ["service"] }))).toMatchObject({
    phase: "verified",
  });
  // No more than the verification takes.
  expect(Date.now() - start).toBeLessThan(5000);
  expect(world.deployed).not.toBe(old);
  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect([world.posts, world.deletes]).toEqual([1, 1]);
  expect(world.outages).toEqual([]);
});

test("the overlap begins anew after it", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { overlap: 60_000 }));
  vi.setSystemTime(Date.now() + 60_000);
  await settle(new Process(world).run("resume", { redeliver: ["service"] }));

  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
});

test.each([
  ["was applied", "error-applied", 1],
  ["was not applied", "lost", 2],
] as const)("it helps, too, where the response to a deletion was lost that %s", async (_, kind, deletes) => {
  const world = await verified();
  world.sandbox.faults.push({ operation: "oauth-clients-delete-rotated-secret", kind });
  expect(await failure(new Process(world).run("finish"))).toMatchObject({
    code: "outcome-unknown",
    phase: "finishing",
  });
  world.deployed = old;

  await settle(new Process(world).run("resume", { redeliver: ["service"] }));
  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  expect(world.deletes).toBe(deletes);
});

test("no overlap is waited for after it where the old secret is gone already", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { overlap: 60_000 }));
  vi.setSystemTime(Date.now() + 60_000);
  world.sandbox.faults.push({ operation: "oauth-clients-delete-rotated-secret", kind: "error-applied" });
  await failure(new Process(world).run("finish"));
  await settle(new Process(world).run("resume", { redeliver: ["service"] }));
  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.deletes).toBe(1);
});

test("a sink that was a mistake is replaced by another of its name", async () => {
  const world = new World();
  const mistaken: Sink = {
    name: "service",
    spec: "exec:put serivce",
    deliver: async () => {
      throw new Error("no such service");
    },
    readBack: async () => "",
  };
  const failed = await failure(new Process(world).run("rotate", { sinks: [mistaken] }));
  expect(failed).toMatchObject({ code: "delivery-failed", nextStep: "resume" });

  const right: Sink = {
    name: "service",
    spec: "exec:put service",
    deliver: async (secret) => {
      world.deployed = secret;
    },
    readBack: async () => world.deployed,
  };
  const done = await settle(new Process(world).run("resume", { sinks: [right], redeliver: ["service"] }));
  expect(done).toMatchObject({ phase: "verified", sinks: [{ name: "service", spec: "exec:put service" }] });
  expect(world.posts).toBe(1);
});

test.each([
  ["", false],
  [", though an old secret waits again", true],
])("a secret that somebody has deleted meanwhile is not put instead of one that works%s", async (_, again) => {
  const world = await verified({ onSecondRotation: "keep" });
  world.deployed = await world.elsewhere.rotate();
  await world.elsewhere.deleteOld();
  if (again) world.deployed = await world.elsewhere.rotate();
  const deployed = world.deployed;

  const error = await failure(new Process(world).run("resume", { redeliver: ["service"] }));
  expect(error).toMatchObject({ code: "client-changed", phase: "issued", nextStep: undefined });
  expect(world.deployed).toBe(deployed);
  // Accepting the change does not deliver a dead secret either.
  const accepted = await failure(
    new Process(world).run("resume", { redeliver: ["service"], acceptChange: changeNamedBy(error) }),
  );
  expect(accepted.message).toMatch(
    again ? /the issuer refuses the new secret/i : /the issuer refuses the new secret.+recover/i,
  );
  expect(world.deployed).toBe(deployed);
});

test("a name that the rotation does not have is refused, naming those that it has", async () => {
  const world = await verified();

  const error = await failure(new Process(world).run("resume", { redeliver: ["serivce"] }));
  expect(error).toMatchObject({ code: "usage", phase: "verified" });
  expect(error.message).toContain("it has service");
});

test("with no rotation under way there is nothing to deliver again", async () => {
  const world = new World();
  expect(await failure(new Process(world).run("rotate", { redeliver: ["service"] }))).toMatchObject({ code: "usage" });
  expect(world.posts).toBe(0);
});

test("what the caller wants to find again is in the journal, from the beginning to the end", async () => {
  const world = new World();
  const memo = { check: "compare" };
  expect(await settle(new Process(world).run("rotate", { memo }))).toMatchObject({ memo });
  await settle(new Process(world).run("finish"));

  const target = { accountId: world.sandbox.accountId, clientId };
  expect(await inspectRotation(target, { journal: world.journal })).toMatchObject({ phase: "done", memo });
});

test("of several sinks only those that are named get the secret again, and only theirs is changed in the journal", async () => {
  const world = new World();
  const delivered: string[] = [];
  const stored = new Map<string, string>();
  const sink = (name: string, spec: string): Sink => ({
    name,
    spec,
    deliver: async (secret) => {
      delivered.push(spec);
      stored.set(name, secret);
      world.deployed = secret;
    },
    readBack: async () => stored.get(name) ?? "",
  });
  await settle(new Process(world).run("rotate", { sinks: [sink("a", "a1"), sink("b", "b1")] }));
  const resume = new Process(world).run("resume", { sinks: [sink("a", "a2"), sink("b", "b2")], redeliver: ["b"] });

  expect(await settle(resume)).toMatchObject({
    sinks: [
      { name: "a", spec: "a1" },
      { name: "b", spec: "b2" },
    ],
    delivered: ["a", "b"],
  });
  expect(delivered).toEqual(["a1", "b1", "b2"]);
});

test("a sink that does not take it again is not called confirmed any more; the others are", async () => {
  const world = new World();
  const sink = (name: string): Sink => ({
    name,
    deliver: async (secret) => {
      world.deployed = secret;
    },
    readBack: async () => world.deployed,
  });
  await settle(new Process(world).run("rotate", { sinks: [sink("a"), sink("b")] }));
  const closed: Sink = { name: "b", deliver: () => Promise.reject(new Error("not now")) };
  const error = await failure(new Process(world).run("resume", { sinks: [sink("a"), closed], redeliver: ["b"] }));

  expect(error).toMatchObject({ code: "delivery-failed", phase: "issued" });
  expect(Object.keys(error.state?.confirmations ?? {})).toEqual(["a"]);
  expect(error.state?.delivered).toEqual(["a"]);
});

test("where a recovery has no secret yet it leaves the journal as it was, and the recovery continues", async () => {
  const world = new World({ onSecondRotation: "refuse" });
  await world.elsewhere.rotate();
  world.sandbox.faults.push({ operation: "oauth-clients-delete-rotated-secret", kind: "error" });
  expect(await failure(new Process(world).run("recover"))).toMatchObject({ phase: "recovering", nextStep: "resume" });

  const { phase } = await settle(new Process(world).run("resume", { redeliver: ["service"] }));
  expect(phase).toBe("verified");
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});

test("it waits for a process that may still get the secret, whose announcement it would supersede", async () => {
  const world = new World({ onSecondRotation: "keep" });
  world.network = async (what, send) => {
    // Its announcement is written, and its request under way.
    if (what === "POST rotate_secret") await sleep(3000);
    return send();
  };
  const rotate = new Process(world);
  const first = rotate.run("rotate");
  first.catch(() => undefined);
  await settle(sleep(1000));

  const error = await failure(new Process(world).run("resume", { redeliver: ["service"] }));

  expect(error).toMatchObject({ code: "locked" });
  expect(await settle(first)).toMatchObject({ phase: "verified" });
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  expect(world.posts).toBe(1);
});
