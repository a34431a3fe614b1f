import { beforeEach, describe, expect, test, vi } from "vitest";
import { clientId, failure, holdClock, Process, settle, verified, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const hour = 3_600_000;

test("before the overlap is over the old secret is not deleted, and it is told until when", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { overlap: hour }));
  const { verifiedAt = 0 } = (await world.latest()) ?? {};
  vi.setSystemTime(verifiedAt + hour - 1);

  const finish = new Process(world);
  const error = await failure(finish.run("finish"));

  expect(error).toMatchObject({ code: "overlap-not-over", phase: "verified", nextStep: "finish" });
  expect(error.message).toContain(new Date(verifiedAt + hour).toISOString());
  expect(finish.sent).toEqual([]);
});

describe("an overlap that is ended early", () => {
  test("lets the old secret be deleted at once, after it was verified and confirmed once more", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate", { overlap: hour }));
    const check = vi.fn(async () => true);

    expect(await settle(new Process(world).run("finish", { endOverlap: true, check }))).toMatchObject({
      phase: "done",
    });
    expect(world.deletes).toBe(1);
    expect(check).toHaveBeenCalledTimes(3);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  });

  test("stays ended when the deletion fails, so that the same finish leads on", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate", { overlap: hour }));
    world.network = async (what, send) => (what.startsWith("DELETE") ? new Response(null, { status: 503 }) : send());
    await failure(new Process(world).run("finish", { endOverlap: true }));
    world.network = (_, send) => send();

    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(world.deletes).toBe(1);
  });

  test("is named where finish comes too early", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate", { overlap: hour }));
    expect((await failure(new Process(world).run("finish"))).message).toContain(
      "If the old secret has leaked, end the overlap now.",
    );
  });
});

test("when the overlap is over the old secret can be deleted", async () => {
  const world = new World();
  const { finishFrom } = await settle(new Process(world).run("rotate", { overlap: hour }));
  vi.setSystemTime(finishFrom?.getTime() ?? 0);

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
});

test("the overlap is counted from the proof, not from the request", async () => {
  const world = new World({ issuer: { learning: [false, false, false] } });
  const start = Date.now();
  const { finishFrom } = await settle(new Process(world).run("rotate", { overlap: hour }));

  expect(finishFrom?.getTime()).toBe(Date.now() + hour);
  expect(Date.now()).toBeGreaterThan(start);
});

test("without an overlap finish can follow at once", async () => {
  const world = await verified();
  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
});

test("an overlap and deleting in the same run exclude each other", async () => {
  const world = new World();
  expect(await failure(new Process(world).run("rotate", { overlap: hour, finish: true }))).toMatchObject({
    code: "usage",
  });
  expect(world.sandbox.requests).toEqual([]);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 3650 * 24 * hour + 1])(
  "an overlap of %d is refused",
  async (overlap) => {
    const world = new World();
    expect(await failure(new Process(world).run("rotate", { overlap }))).toMatchObject({ code: "usage" });
    expect(world.sandbox.requests).toEqual([]);
  },
);

describe("an overlap that is given to a run that goes on", () => {
  test("is kept, where the secret was not proved yet", async () => {
    const world = new World();
    const closed = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
    await failure(new Process(world).run("rotate", { sinks: [closed] }));

    const { finishFrom } = await settle(new Process(world).run("rotate", { overlap: hour }));
    expect(finishFrom?.getTime()).toBe(Date.now() + hour);
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
  });

  test("is kept at rest, too, and counted from the proof", async () => {
    const world = await verified();
    const { verifiedAt = 0 } = (await world.latest()) ?? {};

    const { finishFrom } = await settle(new Process(world).run("rotate", { overlap: hour }));
    expect(finishFrom?.getTime()).toBe(verifiedAt + hour);
    const again = await settle(new Process(world).run("rotate"));
    expect(again.finishFrom?.getTime()).toBe(verifiedAt + hour);
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
    expect(world.posts).toBe(1);
  });
});
