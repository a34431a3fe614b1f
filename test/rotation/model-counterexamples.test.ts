import { beforeEach, expect, test, vi } from "vitest";
import { clientId, failure, holdClock, Process, settle, untilDone, World } from "./world.ts";

beforeEach(() => holdClock());
// What a model of operators, crashes, faults and others found, as short as it gets.

/** A world whose rotation was ended as soon as the phase was written. */
async function endedAfter(
  phase: "issued" | "delivered",
  options: ConstructorParameters<typeof World>[0],
): Promise<World> {
  const whole = new Process(new World(options));
  await settle(whole.run("rotate"));
  const index = whole.moments.findIndex(({ what, point }) => what === `append ${phase}` && point === "after");
  const world = new World(options);
  const process = new Process(world, index);
  process.run("rotate").catch(() => undefined);
  await settle(process.ended);
  return world;
}

test("a delivered secret that the rotations of somebody else have displaced leads to recovering, though an old secret waits", async () => {
  const world = await endedAfter("delivered", { onSecondRotation: "replace" });
  await vi.advanceTimersByTimeAsync(3000);
  await world.elsewhere.rotate();
  await world.elsewhere.rotate();

  const error = await failure(new Process(world).run("resume"));

  expect(error).toMatchObject({ code: "verification-failed", phase: "delivered", nextStep: "recover" });
  await untilDone(world, { finish: true }, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a verified secret that the rotations of somebody else have displaced leads to recovering once the change is accepted", async () => {
  const world = new World({ onSecondRotation: "replace" });
  await settle(new Process(world).run("rotate"));
  await world.elsewhere.rotate();
  await world.elsewhere.rotate();
  const { message } = await failure(new Process(world).run("finish"));
  const [, acceptChange] = /accept the change (\S+) by name/.exec(message) ?? [];

  const error = await failure(new Process(world).run("finish", { acceptChange }));

  expect(error).toMatchObject({ code: "verification-failed", phase: "verified", nextStep: "recover" });
  expect(world.deletes).toBe(0);
  await untilDone(world, { finish: true }, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("somebody else's rotation while the control is made is noticed before the request for a new secret", async () => {
  const world = new World({ onSecondRotation: "replace" });
  world.network = async (what, send) => {
    if (what === "POST token" && world.posts === 0) {
      await world.elsewhere.rotate();
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
    return send();
  };

  expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "rotation-in-progress" });
  expect(world.posts).toBe(1);
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});

test("a secret that somebody else has deleted since an earlier run is not delivered in place of one that works", async () => {
  const world = await endedAfter("issued", { onSecondRotation: "keep" });
  world.deployed = await world.elsewhere.rotate();
  await world.elsewhere.deleteOld();

  const error = await failure(new Process(world).run("resume"));

  expect(error).toMatchObject({ code: "verification-failed", phase: "issued", nextStep: "recover" });
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  await untilDone(world, { finish: true }, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});
