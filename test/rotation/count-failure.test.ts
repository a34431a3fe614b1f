import { beforeEach, expect, test } from "vitest";
import { countFailure, inspectRotation } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());

function targetOf(world: World) {
  return { accountId: world.sandbox.accountId, clientId };
}

test("a failure is counted in the journal, and the rotation stays where it is", async () => {
  const world = new World();
  const { journal } = world;
  await failure(new Process(world).run("rotate", { check: async () => false }));
  for (const count of [1, 2, 3]) {
    const state = await settle(countFailure(targetOf(world), { journal }));
    expect(state).toMatchObject({ phase: "delivered", failed: { count } });
  }
  expect(await settle(new Process(world).run("resume", {}))).toMatchObject({ phase: "verified", failed: undefined });
  await settle(countFailure(targetOf(world), { journal }));
  expect(await settle(new Process(world).run("finish", {}))).toMatchObject({ phase: "done", failed: undefined });
});

test("failures before a rotation begins are counted, too, and an abandoned try does not set them back", async () => {
  const world = new World();
  const { journal } = world;
  await settle(new Process(world).run("rotate", { finish: true }));
  await settle(countFailure(targetOf(world), { journal }));
  world.network = async (what, send) => (what === "POST rotate_secret" ? new Response("{}", { status: 422 }) : send());
  await failure(new Process(world).run("rotate", {}));
  const state = await settle(inspectRotation(targetOf(world), { journal }));
  expect(state).toMatchObject({ phase: "done", failed: { count: 1 } });
  expect(state?.abandoned).toBeDefined();
});

test("one count of two that are made at once may be lost, but nothing else", async () => {
  const world = new World();
  const { journal } = world;
  await settle(new Process(world).run("rotate", { finish: true }));
  await settle(Promise.all([countFailure(targetOf(world), { journal }), countFailure(targetOf(world), { journal })]));
  const state = await settle(inspectRotation(targetOf(world), { journal }));
  expect(state?.phase).toBe("done");
  expect(state?.failed?.count).toBeGreaterThanOrEqual(1);
});

test("where the journal knows of no rotation nothing is counted", async () => {
  const world = new World();
  expect(await settle(countFailure(targetOf(world), { journal: world.journal }))).toBeUndefined();
});
