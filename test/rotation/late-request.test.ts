import { beforeEach, describe, expect, test, vi } from "vitest";
import { clientId, failure, holdClock, Process, refusal, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const timeout = 200;
/** Until a request is sent under its announcement, until it is given up, and until reads show it. */
const settling = 30_000 + timeout + 30_000;

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

  test("leaves a secret that nobody holds, for which the old one is not abandoned", async () => {
    const { world, old } = await timedOut(3000);
    await vi.advanceTimersByTimeAsync(5000);

    const error = await failure(new Process(world).run("resume", {}, { timeout }));
    expect(error).toMatchObject({ code: "secret-missing", phase: "requesting", nextStep: undefined });
    expect(error.message).toContain("Do not delete the old secret");
    expect(error.message).toContain("recover (may cause downtime)");

    const finish = await failure(new Process(world).run("finish", {}, { timeout }));
    expect(finish).toMatchObject({ code: "secret-missing", nextStep: undefined });
    expect([world.posts, world.deletes]).toEqual([1, 0]);
    expect(world.deployed).toBe(old);
    expect(world.sandbox.accepts(clientId, old)).toBe(true);
  });
});

test("a request is taken for lost only after the time that an announcement, a request and a lagging read may take", async () => {
  const { world } = await timedOut(settling - 1000);

  expect(await failure(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ code: "secret-missing" });
  expect(world.posts).toBe(1);
});

describe("a request that timed out and is never applied", () => {
  test("is repeated exactly once, when it has had its time", async () => {
    const { world, sentAt } = await timedOut();

    expect(await settle(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ phase: "verified" });

    const posts = world.sandbox.requests.filter(({ operation }) => operation === "oauth-clients-rotate-secret");
    const [first, second = 0] = posts.map(({ at }) => at);
    expect(posts).toHaveLength(2);
    expect(first).toBe(sentAt);
    // The server's dates have no fractions of a second.
    expect(second - sentAt).toBeGreaterThanOrEqual(settling);
    expect(second - sentAt).toBeLessThan(settling + 2000);
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
    // The server's dates have no fractions of a second.
    await vi.advanceTimersByTimeAsync(settling + 2000);
    const resume = new Process(world);

    await settle(resume.run("resume", {}, { timeout }));

    expect(resume.events).not.toContainEqual(
      expect.objectContaining({ type: "wait", why: "to see whether the API applied the lost request" }),
    );
    expect(world.posts).toBe(2);
  });

  test("says when it will be known", async () => {
    const world = new World({ faults: [{ operation: "oauth-clients-rotate-secret", kind: "lost" }] });
    const settled = new Date(Date.now() + settling).toISOString();

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

test("a request that was refused for good is abandoned at once, told as having changed nothing, and repeated by nobody", async () => {
  const world = new World();
  world.network = async (what, send) => (what === "POST rotate_secret" ? refusal(400) : send());

  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "api-failed", phase: "done", nextStep: undefined });
  expect(error.message).toContain("Nothing was changed");
  expect(error.message).toContain("would refuse the same request again");
  expect(await world.latest()).toMatchObject({ phase: "done", abandoned: expect.stringContaining("400") });
});
