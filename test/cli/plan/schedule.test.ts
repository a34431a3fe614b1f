import { describe, expect, test } from "vitest";
import { type Schedule, scheduleOf, warningsOf } from "../../../src/cli/plan/schedule.ts";
import { Window } from "../../../src/cli/plan/window.ts";
import type { RotationState } from "../../../src/rotation/index.ts";

const day = 86_400_000;
const rule = { every: 90 * day, spread: 0, share: undefined };
const created = new Date("2026-09-01T12:00Z");
const due = new Date("2026-11-30T12:00Z");
/** On weekdays; the day on which it is due is a Monday. */
const window = new Window({ days: ["mon", "tue", "wed", "thu", "fri"], from: "22:00", to: "02:00" });

function state(fields: Partial<RotationState> = {}): RotationState {
  return { phase: "done", sha256: "00", startedAt: created, memo: {}, ...fields } as RotationState;
}

function at(time: string, latest: RotationState = state()): Schedule {
  return scheduleOf({ ...rule, window }, latest, Date.parse(time));
}

describe("a client", () => {
  test.each([
    ["a millisecond before it is due", -1, false],
    ["when it is due", 0, true],
    ["later", 1, true],
  ])("%s", (_, after, isDue) => {
    const now = due.getTime() + after;
    expect(scheduleOf({ ...rule, window: undefined }, state(), now)).toEqual({
      ...{ rotatedAt: created, age: 90 * day + after, dueAt: due, isDue },
      ...{ opensAt: undefined, missed: undefined, isOverdue: isDue },
    });
  });

  test("whose age no journal knows is neither due nor not, and is overdue", () => {
    for (const one of [window, undefined])
      expect(scheduleOf({ ...rule, window: one }, undefined)).toMatchObject({ isDue: undefined, isOverdue: true });
  });

  test.each<[string, string, string | undefined]>([
    ["before it is due, within the window", "2026-11-28T01:00Z", undefined],
    ["before the window", "2026-11-30T21:59:59Z", "2026-11-30T22:00Z"],
    ["as the window opens", "2026-11-30T22:00Z", undefined],
    ["in the window, after midnight", "2026-12-01T01:59:59Z", undefined],
    ["as the window closes", "2026-12-01T02:00Z", "2026-12-01T22:00Z"],
    ["at the weekend", "2026-12-05T23:00Z", "2026-12-07T22:00Z"],
  ])("%s", (_, time, opens) => {
    expect(at(time).opensAt).toEqual(opens === undefined ? undefined : new Date(opens));
  });

  test("has missed a window once a whole one has passed since it was due", () => {
    expect(at("2026-12-01T01:59:59Z")).toMatchObject({ missed: undefined, isOverdue: false });
    const missed = at("2026-12-01T02:00Z");
    expect(missed).toMatchObject({
      missed: { from: Date.parse("2026-11-30T22:00Z"), to: Date.parse("2026-12-01T02:00Z") },
      isOverdue: true,
    });
    // Also while the next one is open, and as long as nobody begins.
    expect(at("2026-12-01T23:00Z")).toMatchObject({ opensAt: undefined, missed: missed.missed });
    expect(at("2026-12-02T02:00Z").missed).toMatchObject({ from: Date.parse("2026-12-01T22:00Z") });
    // The last one, however long ago the first was.
    expect(at("2027-03-01T00:00Z").missed).toMatchObject({ from: Date.parse("2027-02-26T22:00Z") });
    expect(warningsOf(missed, "cf-oauth rotate --plan p")).toEqual([
      "It was due at 2026-11-30 12:00 UTC, and no rotation began in its last window, from 2026-11-30 22:00 UTC to 2026-12-01 02:00 UTC. Let a scheduler run `cf-oauth rotate --plan p` in each window.",
    ]);
  });

  test("has not missed the window in which it became due", () => {
    const later = state({ startedAt: new Date("2026-09-02T00:00Z") });
    // It was due at midnight, with two hours left.
    expect(at("2026-12-01T12:00Z", later)).toMatchObject({ isDue: true, missed: undefined });
    expect(at("2026-12-02T12:00Z", later).missed).toMatchObject({ from: Date.parse("2026-12-01T22:00Z") });
    expect(warningsOf(at("2026-12-01T12:00Z", later), "")).toEqual([]);
  });

  const memo = { "rotated-before": created.toISOString() };
  const failed = { abandoned: "refused" };
  test.each<[string, Partial<RotationState>, string, boolean]>([
    ["has been under way for days", { phase: "requesting", sha256: undefined }, "2026-12-03T12:00Z", false],
    ["came to nothing in the window", failed, "2026-12-01T12:00Z", false],
    ["came to nothing in an earlier window", failed, "2026-12-02T12:00Z", true],
    ["came to nothing before it", { ...failed, startedAt: new Date("2026-11-30T12:01Z") }, "2026-12-01T12:00Z", true],
  ])("whose rotation %s", (_, fields, time, isMissed) => {
    const latest = state({ startedAt: new Date("2026-11-30T23:00Z"), memo, ...fields });
    expect(at(time, latest)).toMatchObject({ isDue: true, isOverdue: isMissed });
  });

  test("whose rotation waits for finish, and which is due again, has missed a window", () => {
    expect(at("2026-12-01T12:00Z", state({ phase: "verified" }))).toMatchObject({ isDue: true, isOverdue: true });
  });
});
