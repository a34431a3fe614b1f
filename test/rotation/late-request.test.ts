import { beforeEach, describe, expect, test, vi } from "vitest";
import { clientId, failure, holdClock, Process, settle, World } from "./world.ts";

beforeEach(() => holdClock());
const timeout = 200;

/** A world whose request for a new secret timed out, and is applied after a delay; never, if there is none. */
async function timedOut(delay?: number): Promise<{ world: World; old: string; sentAt: number }> {
  const operation = "oauth-clients-rotate-secret";
  const world = new World({ faults: [delay ? { operation, kind: "late", delay } : { operation, kind: "lost" }] });
  const sentAt = Date.now();
  const error = await failure(new Process(world).run("rotate", {}, { timeout }));
  expect(error).toMatchObject({ code: "outcome-unknown", phase: "requesting", nextStep: "resume" });
  return { world, old: world.deployed, sentAt };
}

describe("a request that timed out and is applied three seconds later", () => {
  test("is not repeated on the strength of a read that does not show it yet", async () => {
    const { world } = await timedOut(3000);
    const resume = new Process(world);

    expect(await failure(resume.run("resume", {}, { timeout }))).toMatchObject({ code: "secret-missing" });

    expect(resume.events.filter(({ type }) => type === "wait")).not.toEqual([]);
    expect(world.posts).toBe(1);
  });

  test("leaves a secret that nobody holds, for which the old one is not given up", async () => {
    const { world, old } = await timedOut(3000);
    await vi.advanceTimersByTimeAsync(5000);

    const error = await failure(new Process(world).run("resume", {}, { timeout }));
    expect(error).toMatchObject({ code: "secret-missing", phase: "requesting", nextStep: "recover" });
    expect(error.message).toContain("so do not delete that");

    const finish = await failure(new Process(world).run("finish", {}, { timeout }));
    expect(finish).toMatchObject({ code: "secret-missing", nextStep: "recover" });
    expect([world.posts, world.deletes]).toEqual([1, 0]);
    expect(world.deployed).toBe(old);
    expect(world.sandbox.accepts(clientId, old)).toBe(true);
  });
});

test("a request is taken for lost only after its time-out and the longest lag of a read", async () => {
  const { world } = await timedOut(timeout + 29_000);

  expect(await failure(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ code: "secret-missing" });
  expect(world.posts).toBe(1);
});

describe("a request that timed out and is never applied", () => {
  test("is repeated exactly once, when it has had its time", async () => {
    const { world, sentAt } = await timedOut();

    expect(await settle(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ phase: "verified" });

    const posts = world.sandbox.requests.filter(({ operation }) => operation === "oauth-clients-rotate-secret");
    expect(posts.map(({ at }) => at)).toEqual([sentAt, sentAt + timeout + 30_000]);
  });

  test("is repeated as a part of the same rotation", async () => {
    const { world } = await timedOut();
    const { rotation, startedAt, sinks } = (await world.latest()) ?? {};
    expect(rotation).toEqual(expect.any(String));

    await settle(new Process(world).run("resume", {}, { timeout }));
    expect(await world.latest()).toMatchObject({ rotation, startedAt, sinks });
  });

  test("is repeated without waiting when its time is over already", async () => {
    const { world } = await timedOut();
    await vi.advanceTimersByTimeAsync(60_000);
    const resume = new Process(world);

    await settle(resume.run("resume", {}, { timeout }));

    expect(resume.events).not.toContainEqual(
      expect.objectContaining({ type: "wait", why: "to see whether the lost request was applied" }),
    );
    expect(world.posts).toBe(2);
  });

  test("says when it will be known", async () => {
    const world = new World({ faults: [{ operation: "oauth-clients-rotate-secret", kind: "lost" }] });
    const settled = new Date(Date.now() + timeout + 30_000).toISOString();

    const error = await failure(new Process(world).run("rotate", {}, { timeout }));
    expect(error.message).toContain(settled);
  });
});

test("the requests that change something are never repeated by the client below", async () => {
  for (const operation of ["oauth-clients-rotate-secret", "oauth-clients-delete-rotated-secret"] as const) {
    const world = new World({ faults: [{ operation, kind: "throttled", times: 3 }] });
    await failure(new Process(world).run("rotate", { finish: true }, { maxRetries: 5 }));
    expect(world.sandbox.count(operation)).toBe(1);
  }
});

test("a request that was refused is given up at once, and told as having changed nothing", async () => {
  const world = new World();
  world.network = async (what, send) =>
    what === "POST rotate_secret"
      ? Response.json(
          { success: false, errors: [{ code: 1000, message: "no" }], messages: [], result: null },
          { status: 400 },
        )
      : send();

  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "api-failed", phase: "done", nextStep: "rotate" });
  expect(error.message).toContain("nothing was changed");
  expect(await world.latest()).toMatchObject({ phase: "done", abandoned: "refused with 400" });
});
