import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Entry, journalKey } from "../../src/rotation/entry.ts";
import { clientId, failure, holdClock, Process, settle, verified, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const day = 86_400_000;
const overlap = 7 * day;

/** A world whose server has another clock than this machine; `ahead`: how far ahead the machine's is, in ms. */
function withClock(ahead = 0, options: ConstructorParameters<typeof World>[0] = {}) {
  const world = new World(options);
  const clock = { ahead };
  const isAt = (by: number) => vi.setSystemTime(Date.now() + by);
  isAt(ahead);
  world.network = async (_, send) => {
    isAt(-clock.ahead);
    return send().finally(() => isAt(clock.ahead));
  };
  /** Sets this machine's clock. */
  const set = (next: number) => {
    isAt(next - clock.ahead);
    clock.ahead = next;
  };
  return { world, set };
}

const clockWarnings = ({ events }: Process) =>
  events.flatMap((event) => (event.type === "warning" && event.message.includes("clock") ? [event.message] : []));

describe("an overlap is as long as it was asked for", () => {
  test.each([
    ["a week ahead", overlap],
    ["eight days ahead", 8 * day],
    ["a week behind", -overlap],
  ])("though this machine's clock was %s when it began", async (_, ahead) => {
    const { world, set } = withClock(ahead);
    await settle(new Process(world).run("rotate", { overlap }));
    set(0);
    await vi.advanceTimersByTimeAsync(3000);

    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
    expect(world.deletes).toBe(0);
    await vi.advanceTimersByTimeAsync(overlap);
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  });

  test("though this machine's clock is eight days ahead when it is to end", async () => {
    const { world, set } = withClock();
    await settle(new Process(world).run("rotate", { overlap }));
    const { finishFrom } = await settle(new Process(world).run("resume"));
    set(8 * day);
    await vi.advanceTimersByTimeAsync(3000);

    const error = await failure(new Process(world).run("finish"));
    expect(error).toMatchObject({ code: "overlap-not-over", nextStep: "finish" });
    // By the server's clock, whose dates have no fractions of a second.
    expect(error.message).toContain(finishFrom?.toISOString().slice(0, 17));
    expect(world.deletes).toBe(0);
  });

  test("counted from the verification, by the server's clock, though that came a day after the request", async () => {
    const { world, set } = withClock();
    const closed = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
    await failure(new Process(world).run("rotate", { sinks: [closed], overlap }));
    await vi.advanceTimersByTimeAsync(day);
    await settle(new Process(world).run("resume"));
    set(8 * day);
    await vi.advanceTimersByTimeAsync(overlap - day / 2);

    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
    expect(world.deletes).toBe(0);
  });

  test("a clock that says that it is not over is believed without a request, as long as it is not known to be wrong", async () => {
    const { world, set } = withClock();
    await settle(new Process(world).run("rotate", { overlap }));
    set(-day);
    await vi.advanceTimersByTimeAsync(overlap);
    const finish = new Process(world);

    expect(await failure(finish.run("finish"))).toMatchObject({ code: "overlap-not-over" });
    expect(finish.sent).toEqual([]);
  });

  test("where the server sends no dates, by this machine's clock", async () => {
    const world = new World();
    world.network = async (_, send) => {
      const { body, status, headers } = await send();
      return new Response(body, { status, headers: { "content-type": headers.get("content-type") ?? "" } });
    };
    await settle(new Process(world).run("rotate", { overlap }));
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });

    await vi.advanceTimersByTimeAsync(overlap);
    // Without a date nothing shows which change is ours.
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
  });
});

describe("of an entry of 0.1.0, which knows the server's clock only at the request,", () => {
  /** A rotation whose latest entry is as 0.1.0 would have written it. */
  async function from010(ahead: number) {
    const { world, set } = withClock(ahead);
    await settle(new Process(world).run("rotate", { overlap }));
    const key = journalKey(world.sandbox.accountId, clientId);
    const { sequence = 0 } = (await world.journal.latest(key)) ?? {};
    const { server, ...entry }: Partial<Entry> = (await world.latest()) ?? {};
    expect(server).toMatchObject({ verifiedAt: expect.any(Number) });
    await world.journal.append(key, sequence + 1, JSON.stringify(entry));
    return { world, set };
  }

  test.each([
    ["this machine's clock", 0, -day],
    ["the server's clock", 0, 8 * day],
    ["the server's clock, since this machine's was wrong", -8 * day, 0],
  ] as const)("the overlap is not over before it is by %s, too", async (_, atFirst, atLast) => {
    const { world, set } = await from010(atFirst);
    set(atLast);
    await vi.advanceTimersByTimeAsync(atLast < 0 ? overlap : 3000);

    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
    expect(world.deletes).toBe(0);
  });

  test("it is over once it is by both", async () => {
    const { world } = await from010(0);
    await vi.advanceTimersByTimeAsync(overlap);
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  });
});

describe("a clock that is wrong", () => {
  test.each([
    ["ahead of", 61_000],
    ["behind", -61_000],
  ])("is reported once: %s the server's", async (side, ahead) => {
    const { world } = withClock(ahead);
    const rotate = new Process(world);
    await settle(rotate.run("rotate", { finish: true }));

    expect(clockWarnings(rotate)).toEqual([expect.stringContaining(`61 s ${side} the server's`)]);
  });

  test("by less than a minute is not", async () => {
    const { world } = withClock(59_000);
    const rotate = new Process(world);
    await settle(rotate.run("rotate", { finish: true }));
    expect(clockWarnings(rotate)).toEqual([]);
  });

  test.each([day, -day])("by %d ms does not keep a lost request from being settled", async (ahead) => {
    const timeout = 1000;
    const { world, set } = withClock(ahead, { faults: [{ operation: "oauth-clients-rotate-secret", kind: "lost" }] });
    await failure(new Process(world).run("rotate", {}, { timeout }));
    set(0);
    const start = Date.now();

    expect(await settle(new Process(world).run("resume", {}, { timeout }))).toMatchObject({ phase: "verified" });
    expect(Date.now() - start).toBeGreaterThan(55_000);
    expect(Date.now() - start).toBeLessThan(70_000);
  });
});

test("the end of a rotation that a wrong clock has dated does not keep the next one waiting", async () => {
  const { world, set } = withClock(7 * day);
  await settle(new Process(world).run("rotate", { finish: true }));
  set(0);
  await vi.advanceTimersByTimeAsync(60_000);
  await world.elsewhere.rotate();
  const start = Date.now();

  expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "rotation-in-progress" });
  expect(Date.now() - start).toBeLessThan(60_000);
});

test("a read is as old as its request, not as its response", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  let isFrozen = false;
  // The machine sleeps while the response of the last read before the deletion is under way, and somebody rotates.
  world.network = async (what, send) => {
    const response = await send();
    if (what === `GET ${clientId}` && !isFrozen && world.sandbox.count("token") >= 4 + 4) {
      isFrozen = true;
      await world.elsewhere.rotate();
      vi.setSystemTime(Date.now() + 4000);
    }
    return response;
  };

  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
  expect(isFrozen).toBe(true);
  expect(world.deletes).toBe(0);
});

test("reads may lag for half a minute after the response, however late the request was sent", async () => {
  const world = new World();
  world.network = async (what, send) => {
    // The process is stopped between the announcement and the request.
    if (what === "POST rotate_secret") vi.setSystemTime(Date.now() + 88_000);
    return send();
  };
  await settle(new Process(world).run("rotate"));

  const { settleUntil = 0, issuedAt = 0 } = (await world.latest()) ?? {};
  expect(settleUntil).toBeGreaterThanOrEqual(issuedAt + 30_000);
});
