import { describe, expect, test } from "vitest";
import { type Entry, parseEntry } from "../../src/rotation/entry.ts";
import { compare, isEarlier } from "../../src/rotation/reading.ts";
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
