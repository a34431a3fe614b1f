import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  showing,
  sleep,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const rotation = "oauth-clients-rotate-secret";
const deletion = "oauth-clients-delete-rotated-secret";
const timeout = 1000;
/** Until a request is sent under its announcement, until it is given up, and until reads show it. */
const settling = 30_000 + timeout + 30_000;

/** A world whose API never shows whether an old secret exists. */
function withoutFlag(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World({ onSecondRotation: "keep", ...options });
  showing(world, ({ has_rotated_secret, ...client }) => client);
  return world;
}

describe("where the API does not show whether an old secret exists", () => {
  test("a rotation begins, since before the first request that counts as none", async () => {
    const world = withoutFlag();
    expect(await settle(new Process(world).run("rotate"))).toMatchObject({ phase: "verified" });
  });

  test.each(["moves", "absent"] as const)(
    "it does not end as done: the secret is kept, and what to accept is named (updated_at %s)",
    async (updatedAt) => {
      const world = withoutFlag({ updatedAt });

      const error = await failure(new Process(world).run("rotate", { finish: true }));

      expect(error).toMatchObject({ code: "outcome-unknown", phase: "verified", nextStep: undefined });
      expect(error.message).toContain("does not show whether an old secret exists");
      expect(changeNamedBy(error)).toBe((await world.elsewhere.read()).updated_at ?? "none");
      expect(error.message).not.toMatch(/only the new secret|is deleted|no old secret/);
      expect(world.deletes).toBe(0);
      expect((await world.latest())?.secret).toBe(world.deployed);
    },
  );

  test.each(["moves", "absent"] as const)(
    "accepting that sends the deletion, after which it is said only that the API confirmed it (updated_at %s)",
    async (updatedAt) => {
      const world = withoutFlag({ updatedAt });
      const error = await failure(new Process(world).run("rotate", { finish: true }));

      const done = await settle(new Process(world).run("finish", { acceptChange: changeNamedBy(error) }));

      expect(done).toMatchObject({ phase: "done", summary: expect.stringContaining("The API confirmed") });
      expect(done.summary).not.toMatch(/only the new secret/);
      expect(world.deletes).toBe(1);
      expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
    },
  );

  test("a deletion whose response was lost is not taken for done, either", async () => {
    const world = withoutFlag({ updatedAt: "absent", faults: [{ operation: deletion, kind: "lost" }] });
    await settle(new Process(world).run("rotate"));
    await failure(new Process(world).run("finish", { acceptChange: "none" }));

    const error = await failure(new Process(world).run("finish"));

    expect(error).toMatchObject({ code: "outcome-unknown", phase: "finishing", nextStep: undefined });
    expect(changeNamedBy(error)).toBe("none");
    expect((await world.latest())?.secret).toBe(world.deployed);
  });

  test("a request whose response was lost leads to recovering, which a person has to decide", async () => {
    const world = withoutFlag({ faults: [{ operation: rotation, kind: "error-applied" }] });
    await failure(new Process(world).run("rotate"));

    const error = await failure(new Process(world).run("resume"));

    expect(error).toMatchObject({ code: "outcome-unknown", phase: "requesting", nextStep: undefined });
    expect(error.message).toContain("recover");
    expect(world.posts).toBe(1);
  });
});

describe("a read from before the request, which shows no old secret,", () => {
  /** A rotation that rests, and reads that are of before it for some seconds. */
  async function lagging(options: ConstructorParameters<typeof World>[0]): Promise<{ world: World; lag: () => void }> {
    const world = new World(options);
    const before = await world.elsewhere.read();
    await settle(new Process(world).run("rotate"));
    const lag = () => {
      const until = Date.now() + 18_000;
      showing(world, (client) => (Date.now() < until ? before : client));
    };
    return { world, lag };
  }

  test.each(["lost", "throttled"] as const)("is not taken for a deletion that met: %s", async (kind) => {
    const { world, lag } = await lagging({ faults: [{ operation: deletion, kind }] });
    await failure(new Process(world).run("finish"));
    lag();

    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(world.deletes).toBe(2);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
    const [first, second] = world.sandbox.requests.filter(({ operation }) => operation === deletion);
    // A lost one has had its time before it is repeated.
    if (kind === "lost") expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(30_000 + 5000);
  });

  test("is not taken for somebody's deletion where no updated_at tells how old it is", async () => {
    const { world, lag } = await lagging({ updatedAt: "absent" });
    lag();

    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
    expect(world.sandbox.secretsOf(clientId)).toHaveLength(2);
    expect((await world.latest())?.secret).toBe(world.deployed);
  });
});

test("a clear flag counts at once with an updated_at that is later than ours", async () => {
  const world = await verified();
  await vi.advanceTimersByTimeAsync(1000);
  await world.elsewhere.deleteOld();
  const start = Date.now();

  const done = await settle(new Process(world).run("finish"));

  expect(done.summary).toContain("The API shows no old secret any more");
  // Only what the verification takes.
  expect(Date.now() - start).toBeLessThan(5000);
});

describe("a response that is missing", () => {
  test("is called lost only when its time is over: until then a live run may be waiting for it", async () => {
    const world = new World({ faults: [{ operation: rotation, kind: "error-applied" }] });
    const start = Date.now();
    await failure(new Process(world).run("rotate", {}, { timeout }));

    expect(await failure(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ code: "secret-missing" });
    expect(Date.now() - start).toBeGreaterThanOrEqual(settling);
  });

  test.each(["rotate", "resume"] as const)(
    "comes late to a run that lives, while a %s waits and is locked",
    async (command) => {
      const world = new World();
      world.network = async (what, send) => {
        const response = await send();
        if (what === "POST rotate_secret") await sleep(5000);
        return response;
      };
      const slow = new Process(world).run("rotate", { finish: true }, { timeout: 60_000 });
      slow.catch(() => undefined);
      await settle(sleep(1000));

      const start = Date.now();
      const second = new Process(world);
      const error = await failure(second.run(command));

      expect(error).toMatchObject({ code: "locked", nextStep: "resume" });
      // As soon as the journal shows it.
      expect(Date.now() - start).toBeLessThan(10_000);
      expect(second.sent.filter((what) => !what.startsWith("GET"))).toEqual([]);
      expect(await settle(slow)).toMatchObject({ phase: "done" });
      expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
    },
  );

  test.each([
    ["until its time is over", 0, "secret-missing"],
    ["not after that", 1, "client-changed"],
  ])("may be what a change shows, %s", async (_, later, code) => {
    const world = new World({ faults: [{ operation: rotation, kind: "lost" }] });
    await failure(new Process(world).run("rotate", {}, { timeout }));
    await vi.advanceTimersByTimeAsync(settling + 2000);
    const { server } = (await world.latest()) ?? {};
    const updated_at = new Date((server?.settleUntil ?? 0) + later).toISOString();
    showing(world, (client) => ({ ...client, has_rotated_secret: true, updated_at }));

    expect(await failure(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ code });
  });

  test("is what an old secret shows where updated_at was ahead of the server's clock before, and has not moved", async () => {
    const world = new World({ faults: [{ operation: rotation, kind: "error-applied" }] });
    showing(world, (client) => ({ ...client, updated_at: "2030-01-01T00:00:00.000Z" }));
    await failure(new Process(world).run("rotate", {}, { timeout }));

    expect(await failure(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ code: "secret-missing" });
  });

  test("may have made a secret, whoever has changed the client since, where there was an old one before", async () => {
    const world = new World({ onSecondRotation: "keep" });
    await world.elsewhere.rotate();
    world.sandbox.faults.push({ operation: rotation, kind: "lost" });
    await failure(new Process(world).run("recover", {}, { timeout }));
    await vi.advanceTimersByTimeAsync(settling + 2000);
    await world.elsewhere.rename("Another name");

    expect(await failure(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ code: "secret-missing" });
  });

  test("is not what an old secret shows that came later: that is another person's", async () => {
    const world = new World({ faults: [{ operation: rotation, kind: "lost" }] });
    await failure(new Process(world).run("rotate", {}, { timeout }));
    await vi.advanceTimersByTimeAsync(settling + 2000);
    const theirs = await world.elsewhere.rotate();

    const error = await failure(new Process(world).run("resume", {}, { timeout }));

    expect(error).toMatchObject({ code: "client-changed", phase: "requesting", nextStep: undefined });
    expect(error.message).toContain((await world.elsewhere.read()).updated_at);
    expect(world.posts).toBe(2);
    expect(world.sandbox.accepts(clientId, theirs)).toBe(true);
  });
});
