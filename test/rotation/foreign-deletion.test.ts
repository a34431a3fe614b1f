import { beforeEach, expect, test } from "vitest";
import type { Journal } from "../../src/rotation/index.ts";
import {
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  showing,
  sleep,
  untilDone,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
test("where another person has deleted the old secret, finish verifies ours once more and is done", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  await world.elsewhere.deleteOld();

  const finish = new Process(world);
  expect(await settle(finish.run("finish"))).toMatchObject({ phase: "done", abandoned: undefined });

  expect(finish.sent).not.toContain("DELETE rotate_secret");
  expect(finish.sent.slice(-3)).toEqual(Array(3).fill("POST token"));
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});

test("where another person has rotated and deleted ours, finish deletes nothing, and recovering leads to done", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  await world.elsewhere.rotate();
  await world.elsewhere.deleteOld();

  const finish = new Process(world);
  const error = await failure(finish.run("finish"));

  expect(error).toMatchObject({ code: "client-changed", phase: "verified", nextStep: undefined });
  expect(error.message).toMatch(/Another person or process has changed.+the issuer refuses the new secret.+recover/);
  expect(finish.sent).not.toContain("DELETE rotate_secret");
  await untilDone(world, {}, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a deletion by another person while ours is announced is noticed, and ours is not sent", async () => {
  const world = await verified();
  const { journal } = world;
  let appends = 0;
  const slow: Journal = {
    latest: (key) => journal.latest(key),
    erase: (key, before) => journal.erase(key, before),
    append: async (key, sequence, entry) => {
      if (++appends === 1) await world.elsewhere.deleteOld();
      await sleep(300);
      return journal.append(key, sequence, entry);
    },
  };

  const finish = new Process(world);
  expect(await settle(finish.run("finish", { journal: slow }))).toMatchObject({ phase: "done" });
  expect(finish.sent).not.toContain("DELETE rotate_secret");
});

test("what was not verified after another person's deletion is looked at anew by the next finish", async () => {
  for (const verdict of ["refused", "inconclusive"] as const) {
    const world = await verified();
    await world.elsewhere.deleteOld();
    const finish = new Process(world);
    await failure(finish.run("finish", { verify: async () => verdict }));
    expect(await world.latest()).toMatchObject({ phase: "verified" });
    expect(await world.latest()).not.toHaveProperty("deletion");
    // A refusal is written down, once.
    const written = finish.moments.filter(({ what, point }) => what.startsWith("append") && point === "before");
    expect(written).toHaveLength(verdict === "refused" ? 1 : 0);
  }
});

test("ours deleted by another person while it is being confirmed is told as a change, and recovering leads to done", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  const sink = {
    name: "service",
    deliver: async () => {},
    readBack: async () => {
      await world.elsewhere.rotate();
      await world.elsewhere.deleteOld();
      return world.deployed;
    },
  };

  const finish = new Process(world);
  const error = await failure(finish.run("finish", { sinks: [sink] }));

  expect(error).toMatchObject({ code: "client-changed", phase: "verified", nextStep: undefined });
  expect(error.message).toMatch(/the issuer refuses the new secret.+recover/);
  expect(finish.sent).not.toContain("DELETE rotate_secret");
  await untilDone(world, {}, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("where nothing verifies secrets, another person's deletion leaves it open which one was kept", async () => {
  const world = new World({ onSecondRotation: "keep" });
  await settle(new Process(world).run("rotate", { verify: false }));
  await world.elsewhere.deleteOld();

  const error = await failure(new Process(world).run("finish"));

  expect(error).toMatchObject({ code: "verification-inconclusive", phase: "verified", nextStep: undefined });
  expect(error.message).toContain("Finish again, without declining the verification.");
  expect((await world.latest())?.secret).toBe(world.deployed);
  expect(await settle(new Process(world).run("finish", { verify: true }))).toMatchObject({ phase: "done" });
});

test("a secret that is dead before it was ever verified is told as a change, and recovering leads to done", async () => {
  const world = new World({ onSecondRotation: "keep" });
  const rotate = new Process(world);
  const sink = {
    name: "service",
    deliver: async (secret: string) => {
      world.deployed = secret;
      await world.elsewhere.rotate();
      await world.elsewhere.deleteOld();
    },
    readBack: async () => world.deployed,
  };

  const error = await failure(rotate.run("rotate", { sinks: [sink] }));

  expect(error).toMatchObject({ code: "client-changed", phase: "delivered", nextStep: undefined });
  expect(error.message).toMatch(/the issuer refuses the new secret.+recover/);
  await untilDone(world, {}, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a refusal right after the rotation may be a late replica's, though another person has changed the client", async () => {
  const world = new World();
  const sink = {
    name: "service",
    deliver: async () => {
      await sleep(3000);
      await world.elsewhere.rename("another");
    },
  };

  const error = await failure(
    new Process(world).run("rotate", { sinks: [sink], check: false, verify: async () => "refused" }),
  );

  expect(error).toMatchObject({ code: "client-changed", nextStep: "resume" });
  expect(error.message).toMatch(/the issuer refuses the new secret.+Replicas of the issuer may be late/);
  expect(error.message).not.toMatch(/fails|recover/);
});

test("a refusal is not told as another person's deletion where a read only lags behind the rotation", async () => {
  const world = new World();
  const before = await world.elsewhere.read();
  const sink = {
    name: "service",
    deliver: async () => {
      showing(world, () => before);
      await sleep(3000);
    },
  };
  const options = { sinks: [sink], check: false, verify: async () => "refused" as const } as const;
  expect(await failure(new Process(world).run("rotate", options))).toMatchObject({
    code: "verification-failed",
    phase: "delivered",
    nextStep: "resume",
  });
});
