import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Entry } from "../../src/rotation/entry.ts";
import { keptUntil, overlapEnd } from "../../src/rotation/overlap.ts";
import type { Reading } from "../../src/rotation/reading.ts";
import { entryOf } from "../support/entries.ts";
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

test("the overlap is counted from the verification, not from the request", async () => {
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

describe("an overlap that is given to a run that continues", () => {
  test("is kept, where the secret was not verified yet", async () => {
    const world = new World();
    const closed = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
    await failure(new Process(world).run("rotate", { sinks: [closed] }));

    const { finishFrom } = await settle(new Process(world).run("rotate", { overlap: hour }));
    expect(finishFrom?.getTime()).toBe(Date.now() + hour);
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "overlap-not-over" });
  });

  test("is kept at rest, too, and counted from the verification", async () => {
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

describe("until when the old secret is kept", () => {
  const base = JSON.parse(entryOf("verified")) as Entry;
  const day = 86_400_000;
  const verifiedAt = Date.parse("2026-08-01T12:00:00Z");
  const read = (date: number | undefined) => ({ date }) as Reading;
  const at = (entry: Partial<Entry>, date: number | undefined, machine: number) => {
    vi.setSystemTime(machine);
    return keptUntil({ ...base, overlap: day, verifiedAt, ...entry }, date === undefined ? undefined : read(date));
  };
  const server = { verifiedAt: verifiedAt + 1000 };
  const wrong = { verifiedAt: verifiedAt + 60_001 };

  test("goes by the server's clock where both ends are known", () => {
    expect(at({ server }, server.verifiedAt + day - 1, verifiedAt + 9 * day)).toBe(server.verifiedAt + day);
    expect(at({ server }, server.verifiedAt + day, verifiedAt)).toBeUndefined();
  });

  test("goes by this machine's without a read, or where the read or the entry has no such time", () => {
    for (const [entry, date] of [
      [{ server }, undefined],
      [{}, undefined],
      [{}, verifiedAt + 9 * day],
    ] as const) {
      expect(at(entry, date, verifiedAt + day - 1)).toBe(verifiedAt + day);
      expect(at(entry, date, verifiedAt + day)).toBeUndefined();
    }
    vi.setSystemTime(verifiedAt);
    expect(keptUntil({ ...base, overlap: day, verifiedAt, server }, read(undefined as never))).toBe(verifiedAt + day);
  });

  test("cannot be told by a clock that was wrong, without a read", () => {
    expect(at({ server: wrong }, undefined, verifiedAt)).toBeUndefined();
    expect(at({ server: wrong }, wrong.verifiedAt, verifiedAt)).toBe(wrong.verifiedAt + day);
    // A minute is no fault.
    expect(at({ server: { verifiedAt: verifiedAt + 60_000 } }, undefined, verifiedAt)).toBe(verifiedAt + day);
  });

  test("by the POST, in entries of 0.1.0, if this machine says that it is over", () => {
    const issuedAt = verifiedAt + 2 * day;
    expect(at({ issuedAt }, issuedAt, verifiedAt + day)).toBe(issuedAt + day);
    expect(at({ issuedAt }, issuedAt + day, verifiedAt + day)).toBeUndefined();
    expect(at({ issuedAt }, issuedAt, verifiedAt + day - 1)).toBe(verifiedAt + day);
    expect(at({ issuedAt }, undefined, verifiedAt + day)).toBeUndefined();
    expect(at({}, issuedAt, verifiedAt + day)).toBeUndefined();
  });

  test("is nothing without an overlap, or before the verification", () => {
    expect(at({ overlap: 0 }, undefined, verifiedAt)).toBeUndefined();
    expect(at({ verifiedAt: undefined as never, issuedAt: verifiedAt }, verifiedAt, verifiedAt)).toBeUndefined();
  });

  test("ends by the server's clock where this machine's was wrong", () => {
    const end = (server: Entry["server"]) =>
      overlapEnd({ ...base, overlap: day, verifiedAt, ...(server && { server }) });
    expect(end(undefined)).toBe(verifiedAt + day);
    expect(end({})).toBe(verifiedAt + day);
    expect(end(server)).toBe(verifiedAt + day);
    expect(end(wrong)).toBe(wrong.verifiedAt + day);
    expect(overlapEnd({ ...base, server })).toBeUndefined();
  });
});
