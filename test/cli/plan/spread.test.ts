import { describe, expect, test } from "vitest";
import { type DueRule, dueAt, dueRules, usualSpread } from "../../../src/cli/plan/spread.ts";
import { Window } from "../../../src/cli/plan/window.ts";
import { Random } from "../../support/random.ts";

const day = 86_400_000;
const every = 90 * day;
const start = Date.UTC(2026, 5, 1);

function clients(count: number, spread = usualSpread(every, 0)): { id: string; every: number; spread: number }[] {
  const random = new Random("ids of clients");
  const id = () => Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join("");
  return Array.from({ length: count }, () => ({ id: id(), every, spread }));
}

/** When a client is rotated, in a year: at the next of some moments once it is due. */
function rotationsOf(rule: DueRule, first: number, begin: (due: number) => number): number[] {
  const rotations: number[] = [];
  for (let at = begin(dueAt(first, rule)); at < start + 365 * day; at = begin(dueAt(at, rule))) rotations.push(at);
  return rotations;
}

const window = new Window({ from: "01:00", to: "04:00", zone: "Europe/Berlin" });

/** When a rotation begins that is due at a time, with a scheduler that runs all the time. */
function inWindow(due: number): number {
  const [opening] = window.openings(due);
  return Math.max(due, opening?.from ?? Number.POSITIVE_INFINITY);
}

describe("500 clients that are due every 90 days", () => {
  const night = (due: number) => Math.ceil(due / day) * day;
  test.each<[string, (index: number) => number, (due: number) => number]>([
    ["on one and the same day", () => start, night],
    ["on one and the same day, with a window in the night", () => start, inWindow],
    ["on any day, with a window in the night", (index) => start - ((index * 37) % 90) * day, inWindow],
    ["within a week", (index) => start - (index % 7) * day, inWindow],
  ])("and were first rotated %s, never come twice as many as usual in a night", (_, first, begin) => {
    const nights = new Map<number, number>();
    let count = 0;
    for (const [index, rule] of dueRules(clients(500)).entries())
      for (const at of rotationsOf(rule, first(index), begin)) {
        const night = Math.floor(at / day);
        nights.set(night, (nights.get(night) ?? 0) + 1);
        count++;
      }
    const mean = count / 365;
    expect(mean).toBeGreaterThan(5);
    expect(Math.max(...nights.values())).toBeLessThanOrEqual(2 * mean);
  });
});

describe("a client", () => {
  test("is due neither later than `every`, nor earlier than the spread allows", () => {
    const random = new Random("due dates");
    for (let time = 0; time < 5000; time++) {
      const spread = random.between(0, every - 1);
      const at = start + random.between(0, every);
      const dueAge = dueAt(at, { every, spread, share: random.fraction() }) - at;
      expect(dueAge).toBeLessThanOrEqual(every);
      expect(dueAge).toBeGreaterThanOrEqual(every - spread - 1);
    }
  });

  test("is by default not due before a quarter of `every`, nor within its overlap", () => {
    expect([0, 22, 60].map((overlap) => usualSpread(every, overlap * day) / day)).toEqual([67.5, 67.5, 30]);
  });

  test("keeps to its own moment, however late it was rotated", () => {
    const [rule] = dueRules(clients(2));
    if (!rule) throw new Error("there is no rule");
    const first = dueAt(dueAt(start, rule), rule);
    for (const late of [0, 1, 3 * day, 20 * day]) expect(dueAt(first + late, rule)).toBe(first + every);
  });

  test("that is the only one with its `every` is due at that age, as is one whose spread is 0", () => {
    const [first, ...others] = clients(3, 0);
    const rules = dueRules([...(first ? [{ ...first, every: 30 * day, spread: 20 * day }] : []), ...others]);
    expect(rules.map((rule) => dueAt(start, rule) - start)).toEqual([30 * day, every, every]);
  });

  test("is not due again at once when another client is added to the plan", () => {
    const all = clients(40);
    const last = new Map<string, number>();
    const ages: number[] = [];
    // One more every nine days, and a run on each of them.
    for (let size = 2; size <= all.length; size++) {
      const now = start + size * 9 * day;
      const some = all.slice(0, size);
      for (const [index, rule] of dueRules(some).entries()) {
        const id = some[index]?.id ?? "";
        const before = last.get(id) ?? now;
        const isDue = dueAt(before, rule) <= now;
        if (isDue) ages.push(now - before);
        last.set(id, isDue ? now : before);
      }
    }
    expect(ages.length).toBeGreaterThan(50);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(every / 4);
    const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
    expect(mean).toBeGreaterThan(every / 2);
  });
});
