import { beforeEach, expect, test, vi } from "vitest";
import { clientId, failure, holdClock, Process, settle, untilDone, World } from "./world.ts";

beforeEach(() => holdClock());
test("where rotating does not move updated_at, a change of something else that our first read missed is not taken for it", async () => {
  const world = new World({ onSecondRotation: "keep", updatedAt: "still", readLag: 5000 });
  await vi.advanceTimersByTimeAsync(10_000);
  await world.elsewhere.rename("Another name");
  await vi.advanceTimersByTimeAsync(4000);
  await settle(new Process(world).run("rotate"));
  await world.elsewhere.rotate();
  await vi.advanceTimersByTimeAsync(10_000);

  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
  expect(world.deletes).toBe(0);
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});

test("a dead secret is not delivered in place of one that works, though an old secret waits again", async () => {
  const whole = new Process(new World({ onSecondRotation: "keep" }));
  await settle(whole.run("rotate"));
  const index = whole.moments.findIndex(({ what, point }) => what === "append issued" && point === "after");
  const world = new World({ onSecondRotation: "keep" });
  const process = new Process(world, index);
  process.run("rotate").catch(() => undefined);
  await settle(process.ended);
  await vi.advanceTimersByTimeAsync(3000);
  await world.elsewhere.rotate();
  await world.elsewhere.deleteOld();
  world.deployed = await world.elsewhere.rotate();

  const error = await failure(new Process(world).run("resume"));

  expect(error).toMatchObject({ code: "verification-failed", phase: "issued", nextStep: "recover" });
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  await untilDone(world, { finish: true }, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});
