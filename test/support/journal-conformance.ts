import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Journal } from "../../src/rotation/index.ts";

/** A new, empty journal, and what is needed to look at it from elsewhere. */
export interface JournalUnderTest {
  readonly journal: Journal;
  /** The same log as another process, started later, would open it. */
  reopen(): Promise<Journal>;
  close(): Promise<void>;
}

const key = "023e105f4ecef8ad9ca31a8372d0c353/a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** What a journal can do less of than others, for its store or for its time. */
export interface ConformanceLimits {
  /** Characters of the longest key. Default: 1026. */
  readonly longestKey?: number;
  /** Bytes of the longest entry. Default: 1 MiB. */
  readonly longestEntry?: number;
  /** How many of the other keys each key is told from: those that follow it, which are the most alike. Default: all. */
  readonly neighbours?: number;
  /** Entries that are written while somebody reads. Default: 60. */
  readonly writes?: number;
}

/** Keys that a store might take for one another, or for something else. */
const keysUpTo = (longest: number): readonly string[] => [
  key,
  `${key} `,
  `${key}/1`,
  key.toUpperCase(),
  key.replace("/", "%2F"),
  key.replace("/", "\\"),
  "a",
  "A",
  ".",
  "..",
  "../a",
  "../../etc/passwd",
  "/etc/passwd",
  "a/../b",
  "a//b",
  "a/b",
  "1.json",
  ".1-0a.tmp",
  "con",
  "__proto__",
  "constructor",
  "%",
  "*",
  "é",
  "e\u0301",
  "🔑",
  "long".repeat((longest - 2) / 4),
  `${"long".repeat((longest - 2) / 4)}er`,
];

/** The latest entry, without `hasOlder`, which not every journal knows. */
async function latestOf(journal: Journal, log: string): Promise<object | undefined> {
  const { hasOlder, ...latest } = (await journal.latest(log)) ?? {};
  return latest;
}

/** Registers the tests that every journal must pass. */
export function journalConformance(
  name: string,
  makeJournal: () => Promise<JournalUnderTest>,
  {
    longestKey = 1026,
    longestEntry = 2 ** 20,
    neighbours = Number.POSITIVE_INFINITY,
    writes = 60,
  }: ConformanceLimits = {},
): void {
  const keys = keysUpTo(longestKey);
  const othersThan = (mine: string) => {
    const at = keys.indexOf(mine);
    return [...keys.slice(at + 1), ...keys.slice(0, at)].slice(0, neighbours);
  };
  describe(name, () => {
    let made: JournalUnderTest;
    let journal: Journal;
    beforeEach(async () => {
      made = await makeJournal();
      journal = made.journal;
    });
    afterEach(() => made.close());

    test("knows of nothing before the first entry", async () => {
      expect(await journal.latest(key)).toBeUndefined();
    });

    test("gives the entry that was appended last", async () => {
      expect(await journal.append(key, 1, "first")).toBe(true);
      expect(await journal.append(key, 2, "second")).toBe(true);
      expect(await latestOf(journal, key)).toEqual({ sequence: 2, entry: "second" });
      // A journal need not know it.
      expect((await journal.latest(key))?.hasOlder).not.toBe(false);
    });

    test("takes sequences for numbers, not for text, and may skip some", async () => {
      for (const sequence of [2, 9, 10, 100]) await journal.append(key, sequence, `entry ${sequence}`);
      expect(await latestOf(journal, key)).toEqual({ sequence: 100, entry: "entry 100" });
    });

    test("an append of a sequence that is taken loses, and changes nothing", async () => {
      await journal.append(key, 1, "first");
      await journal.append(key, 2, "second");
      expect(await journal.append(key, 2, "another second")).toBe(false);
      expect(await journal.append(key, 1, "another first")).toBe(false);
      expect(await latestOf(journal, key)).toEqual({ sequence: 2, entry: "second" });
    });

    test("even an append of the same text loses, as it is another's transition", async () => {
      await journal.append(key, 1, "entry");
      expect(await journal.append(key, 1, "entry")).toBe(false);
    });

    test.each([2, 20])("of %i who append the same sequence at once, one wins", async (count) => {
      const appenders = await Promise.all(Array.from({ length: count }, () => made.reopen()));
      for (let sequence = 1; sequence <= 5; sequence++) {
        const won = await Promise.all(
          appenders.map((appender, index) => appender.append(key, sequence, `${sequence} by ${index}`)),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await latestOf(journal, key)).toEqual({ sequence, entry: `${sequence} by ${won.indexOf(true)}` });
      }
    });

    test("those who append to different keys at once all win", async () => {
      expect(await Promise.all(keys.map((key) => journal.append(key, 1, key)))).toEqual(keys.map(() => true));
    });

    test.each([
      ["nothing", ""],
      ["line ends, NUL and control characters", "\r\n\n\r\u0000\u0001\u001f\u007f"],
      ["a byte order mark", "\ufeff{}\ufeff"],
      ["characters beyond ASCII", "é e\u0301 ß 秘密 🔑 \u2028\u2029 \u{10ffff}"],
      ["what looks like an escape", '\\u0000 %00 \\n "quoted"'],
      [longestEntry === 2 ** 20 ? "one MiB" : `${longestEntry} bytes`, `${"é🔑x".repeat(longestEntry / 7)}end`],
    ])("keeps an entry as it is: %s", async (_, entry) => {
      await journal.append(key, 1, entry);
      expect((await journal.latest(key))?.entry === entry).toBe(true);
      expect((await (await made.reopen()).latest(key))?.entry === entry).toBe(true);
    });

    test.each(keys.map((one) => [one.length > 40 ? `${one.slice(0, 20)}… (${one.length})` : one, one]))(
      "does not mix the log of %j with another",
      async (_, mine) => {
        const others = othersThan(mine);
        await journal.append(mine, 3, "mine");
        for (const other of others) expect(await journal.latest(other), other).toBeUndefined();
        for (const other of others) await journal.append(other, 4, other);
        for (const other of others) await journal.erase(other, 4);
        expect(await latestOf(journal, mine)).toEqual({ sequence: 3, entry: "mine" });
      },
    );

    test("erases what is older, and keeps the rest", async () => {
      for (const sequence of [1, 2, 3, 4]) await journal.append(key, sequence, `entry ${sequence}`);
      await journal.erase(key, 4);
      expect(await latestOf(journal, key)).toEqual({ sequence: 4, entry: "entry 4" });
      expect(await journal.append(key, 4, "another")).toBe(false);
      expect(await journal.append(key, 5, "next")).toBe(true);
      expect(await latestOf(journal, key)).toEqual({ sequence: 5, entry: "next" });
    });

    test("erases where there is nothing to erase", async () => {
      await journal.erase(key, 4);
      expect(await journal.latest(key)).toBeUndefined();
      await journal.append(key, 4, "only");
      await journal.erase(key, 4);
      expect(await latestOf(journal, key)).toEqual({ sequence: 4, entry: "only" });
      expect((await journal.latest(key))?.hasOlder).not.toBe(true);
    });

    test("an erase that was interrupted can be repeated, by whoever comes next", async () => {
      for (let sequence = 1; sequence <= 20; sequence++) await journal.append(key, sequence, `entry ${sequence}`);
      // As far as an earlier one may have come.
      await journal.erase(key, 7);
      expect(await latestOf(journal, key)).toEqual({ sequence: 20, entry: "entry 20" });
      const next = await made.reopen();
      await next.erase(key, 20);
      await next.erase(key, 20);
      expect(await latestOf(next, key)).toEqual({ sequence: 20, entry: "entry 20" });
    });

    test("an append below what was erased does not hide the latest", async () => {
      for (const sequence of [1, 2, 3]) await journal.append(key, sequence, `entry ${sequence}`);
      await journal.erase(key, 3);
      await journal.append(key, 2, "late");
      expect(await latestOf(journal, key)).toEqual({ sequence: 3, entry: "entry 3" });
    });

    test("whoever reads while others append and erase always finds an entry, and never an older one", async () => {
      await journal.append(key, 1, "entry 1");
      const [writer, reader] = await Promise.all([made.reopen(), made.reopen()]);
      let writing = true;
      const written = (async () => {
        for (let sequence = 2; sequence <= writes; sequence++) {
          await writer.append(key, sequence, `entry ${sequence}`);
          await writer.erase(key, sequence);
        }
        writing = false;
      })();
      for (let before = 1; writing; ) {
        const latest = await reader.latest(key);
        expect(latest?.entry).toBe(`entry ${latest?.sequence}`);
        expect(latest?.sequence).toBeGreaterThanOrEqual(before);
        before = latest?.sequence ?? 0;
        // A journal that answers without a turn of the event loop would starve the writer.
        await new Promise(setImmediate);
      }
      await written;
    });

    test("whoever opens it later sees all of it", async () => {
      for (const one of keys) await journal.append(one, 1, `of ${one}`);
      await journal.append(key, 2, "second");
      await journal.erase(key, 2);
      const later = await made.reopen();
      expect(await latestOf(later, key)).toEqual({ sequence: 2, entry: "second" });
      for (const one of keys.slice(1)) expect(await latestOf(later, one)).toEqual({ sequence: 1, entry: `of ${one}` });
      expect(await later.append(key, 2, "another")).toBe(false);
    });
  });
}
