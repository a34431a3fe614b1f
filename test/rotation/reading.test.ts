import { describe, expect, test } from "vitest";
import { type Entry, parseEntry } from "../../src/rotation/entry.ts";
import {
  baselineOf,
  compare,
  isEarlier,
  isLagOver,
  lagLeft,
  latestServerTime,
  longestLag,
  type Reading,
  showsRotation,
} from "../../src/rotation/reading.ts";
import { entryOf } from "../support/entries.ts";

const at = "2026-08-01T12:00:00";

function sampleEntry(): Entry {
  const entry = parseEntry(entryOf("issued"));
  if (!entry) throw new Error("The entry is none.");
  return entry;
}

function reading(updated_at: string | undefined, has_rotated_secret?: boolean) {
  const client = { ...sampleEntry().client, has_rotated_secret, updated_at };
  return { client, sent: { date: 0, monotonic: 0 }, date: undefined } as unknown as Parameters<typeof compare>[1];
}

describe("a read is earlier than another one", () => {
  test.each([
    [`${at}.000001Z`, `${at}.000002Z`, true],
    [`${at}.000002Z`, `${at}.000001Z`, false],
    [`${at}.000001Z`, `${at}.000001Z`, false],
    [`${at}.001Z`, `${at}.002Z`, true],
    [`${at}.002Z`, `${at}.001Z`, false],
    // Nothing tells.
    [undefined, `${at}Z`, false],
    [`${at}Z`, undefined, false],
    ["yesterday", `${at}Z`, false],
  ])("by updated_at, %s beside %s: %s", (shown, other, expected) => {
    expect(isEarlier(reading(shown), other)).toBe(expected);
  });
});

describe("held against our rotation, a read shows", () => {
  const baseline = `${at}.000002Z`;
  test.each([
    [`${at}.000002Z`, "unchanged"],
    [`${at}.000003Z`, "changed"],
    [`${at}.000001Z`, "earlier"],
    ["yesterday", "unknown"],
    [undefined, "unknown"],
  ])("beside a baseline, %s: %s", (shown, since) => {
    expect(compare({ ...sampleEntry(), baseline }, reading(shown)).since).toBe(since);
  });

  test("what another read has shown as another person's change, whichever it shows itself", () => {
    const changed = { ...sampleEntry(), baseline, changeSeen: `${at}.000009Z` };
    for (const shown of [baseline, `${at}.000001Z`, undefined])
      expect(compare(changed, reading(shown)).since).toBe("changed");
    expect(compare({ ...changed, changeSeen: baseline }, reading(baseline)).since).toBe("unchanged");
  });

  test("nothing where no time is known of our rotation, or none has changed", () => {
    const before = "2030-01-01T00:00:00Z";
    const entry = { ...sampleEntry(), issuedAt: 0 };
    expect(compare({ ...entry, client: { ...entry.client, updated_at: before } }, reading(before)).since).toBe(
      "unknown",
    );
    expect(compare(sampleEntry(), reading(before)).since).toBe("unknown");
    expect(compare(entry, reading(undefined)).since).toBe("unknown");
    // It was shown before, and no longer is.
    expect(compare({ ...entry, client: { ...entry.client, updated_at: before } }, reading(undefined)).since).toBe(
      "unknown",
    );
    expect(compare(entry, reading(before)).since).toBe("changed");
  });

  const issuedAt = Date.parse(`${at}Z`);
  test.each([
    // With fractions, up to two seconds after the response's Date it may be our own.
    ["2026-08-01T12:00:02.000Z", "unknown"],
    ["2026-08-01T12:00:02.001Z", "changed"],
    // Cut to a whole second, it may be up to a second later than it says.
    ["2026-08-01T12:00:01Z", "unknown"],
    ["2026-08-01T12:00:02Z", "changed"],
  ])("without a baseline, %s: %s", (shown, since) => {
    const entry = { ...sampleEntry(), issuedAt };
    expect(compare(entry, reading(shown)).since).toBe(since);
  });

  test.each([
    [true, "exists"],
    [false, "none"],
    [undefined, "not-shown"],
  ] as const)("by its flag, %s: %s", (flag, oldSecret) => {
    expect(compare(sampleEntry(), reading(`${at}Z`, flag)).oldSecret).toBe(oldSecret);
  });
});

describe("our rotation", () => {
  const issuedAt = Date.parse(`${at}Z`);
  const before = "2026-08-01T11:00:00Z";
  const known = { ...sampleEntry(), issuedAt, server: { requestedAt: issuedAt - 1000 } };
  const entry: Entry = { ...known, client: { ...known.client, updated_at: before } };
  const withOldSecret: Entry = { ...entry, client: { ...entry.client, has_rotated_secret: true } };

  test.each([
    // The flag that is clear says no, whatever the time.
    [entry, `${at}Z`, false, false],
    [entry, before, true, true],
    [entry, before, undefined, false],
    [withOldSecret, before, true, false],
    // By the time, if it is not before the POST.
    [withOldSecret, `${at}Z`, true, true],
    [entry, `${at}Z`, undefined, true],
    [entry, "2026-08-01T10:59:59Z", true, false],
    // Reads that lag may show an earlier change: the request was sent at 11:59:59, less two seconds.
    [entry, "2026-08-01T11:59:56.999Z", true, false],
    [entry, "2026-08-01T11:59:57.000Z", true, true],
    // A time that went away shows nothing of ours.
    [entry, undefined, true, false],
    // None was known before.
    [sampleEntry(), `${at}Z`, undefined, true],
  ])("%#: is shown by updated_at %s and the flag: %s", (entry, updatedAt, flag, shows) => {
    expect(showsRotation(entry, reading(updatedAt, flag))).toBe(shows);
  });

  test.each([
    [entry, `${at}Z`, true, `${at}Z`],
    [entry, "2026-08-01T12:00:02.001Z", true, undefined],
    [entry, before, true, undefined],
    [entry, undefined, true, undefined],
    [sampleEntry(), `${at}Z`, true, undefined],
    [sampleEntry(), undefined, true, undefined],
  ])("%#: gives the baseline, of updated_at %s", (entry, updatedAt, flag, baseline) => {
    expect(baselineOf(entry, reading(updatedAt, flag))).toBe(baseline);
  });
});

describe("the lag of reads is over", () => {
  const zero = { date: 0, monotonic: 0 };
  const readAt = (milliseconds: number, date?: number): Reading => ({
    client: sampleEntry().client,
    sent: { date: 0, monotonic: milliseconds },
    received: { date: 0, monotonic: performance.now() },
    date,
  });
  const issuedAt = 1_000_000;
  const settling = { settleUntil: 5000, server: { settleUntil: 900_000 } };
  test.each<[string, Partial<Entry>, Reading, boolean]>([
    ["31 s after the response's Date", { issuedAt }, readAt(0, issuedAt + longestLag + 1000), true],
    ["not a millisecond earlier", { issuedAt }, readAt(99_999_999, issuedAt + longestLag + 999), false],
    ["by this machine's clock, where the read has no Date", { issuedAt, settleUntil: 5000 }, readAt(5000), true],
    ["not a millisecond earlier by that", { issuedAt, settleUntil: 5000 }, readAt(4999), false],
    ["by this machine's clock, where the response had no Date", { settleUntil: 5000 }, readAt(5000, 7), true],
    ["and not before that", { settleUntil: 5000 }, readAt(4999, 7), false],
    ["of a request: as the server says", { phase: "requesting", ...settling }, readAt(0, 900_000), true],
    ["of a request: not before", { phase: "requesting", ...settling, issuedAt }, readAt(6000, 899_999), false],
    ["of a deletion: not before", { phase: "finishing", ...settling, issuedAt }, readAt(6000, 899_999), false],
    ["of making room: as the server says", { phase: "recovering", ...settling, issuedAt }, readAt(0, 900_000), true],
    ["of making room: not before", { phase: "recovering", ...settling, issuedAt }, readAt(6000, 899_999), false],
    ["of what is done: 30 s after it ended, by this machine", { phase: "done", issuedAt }, readAt(longestLag, 1), true],
    ["of what is done: not before", { phase: "done", issuedAt, ...settling }, readAt(longestLag - 1, 2e6), false],
  ])("%s", (_, more, reading, isOver) => {
    expect(isLagOver({ ...sampleEntry(), ...more }, reading, zero)).toBe(isOver);
  });

  test("and until then it is told how long it takes, by the server's clock or by this machine's", () => {
    const known = { date: 100_000, monotonic: performance.now() - 1000 };
    const near = (left: number) => ({ least: left - 200, most: left + 200 });
    const expectLeft = (more: Partial<Entry>, reading: Reading, left: number) => {
      const { least, most } = near(left);
      const found = lagLeft({ ...sampleEntry(), ...more }, reading, known);
      expect(found).toBeGreaterThan(least);
      expect(found).toBeLessThan(most);
    };
    const received = { date: 0, monotonic: performance.now() - 3000 };
    // The read is three seconds old: so much later it is at the server by now.
    expectLeft({ issuedAt }, { ...readAt(0, issuedAt), received }, longestLag + 1000 - 3000);
    expectLeft({ issuedAt, settleUntil: 104_000 }, readAt(0), 3000);
    expectLeft({ settleUntil: 104_000 }, readAt(0, issuedAt), 3000);
  });

  test("the server's latest time is not known of a read without a Date, or without a read", () => {
    expect(latestServerTime(undefined)).toBeUndefined();
    expect(latestServerTime(readAt(0))).toBeUndefined();
    expect(latestServerTime(readAt(0, 5))).toBeGreaterThan(5);
  });
});
