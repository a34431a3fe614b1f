import { beforeEach, describe, expect, test, vi } from "vitest";
import { knownSecrets } from "../../src/client/known-secrets.ts";
import { now } from "../../src/rotation/clock.ts";
import type { Entry } from "../../src/rotation/entry.ts";
import { JournalKeyError, MemoryJournal } from "../../src/rotation/index.ts";
import { Log, LogFailure, readJournal } from "../../src/rotation/log.ts";
import { entryOf } from "../support/entries.ts";
import { holdClock, settle, sleep } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const key = "account/client";
const entry = (rotation: string, more: Partial<Entry> = {}): Entry =>
  JSON.parse(entryOf("requesting", { rotation, ...more }));

/** A journal that a test can slow down, hide entries of, and let fail. */
class ScriptedJournal extends MemoryJournal {
  reads = 0;
  /** When each read was asked for, in ms since the epoch. */
  readonly times: number[] = [];
  /** How long the next reads take, in ms; the last of them goes for all that follow. */
  delays: number[] = [0];
  /** Instead of what a read would show. */
  showing: (() => Promise<{ sequence: number; entry: string } | undefined>) | undefined;
  failure: Error | undefined;

  override async latest(log: string) {
    this.reads++;
    this.times.push(Date.now());
    const delay = this.delays.length > 1 ? this.delays.shift() : this.delays[0];
    if (delay) await sleep(delay);
    return this.showing ? this.showing() : super.latest(log);
  }

  override async append(log: string, sequence: number, text: string) {
    if (this.failure) throw this.failure;
    return super.append(log, sequence, text);
  }
}

let journal: ScriptedJournal;
let controller: AbortController;
let log: Log;
beforeEach(() => {
  journal = new ScriptedJournal();
  controller = new AbortController();
  log = new Log(journal, key, "this run", controller.signal);
});

async function failureOf(step: Promise<void>): Promise<LogFailure> {
  const end = await settle(step).catch((error: unknown) => error);
  if (end instanceof LogFailure) return end;
  throw new Error(`It ended with ${String(end)}`);
}

/** Every write is there, and says that it failed, until it is restored. */
function failAfterWriting() {
  const append = journal.append.bind(journal);
  return vi.spyOn(journal, "append").mockImplementation(async (...given) => {
    await append(...given);
    throw new Error("reset");
  });
}

/** Makes sure that the journal is read: a moment later, nothing that was seen counts any more. */
function look(): Promise<void> {
  vi.setSystemTime(Date.now() + 1);
  return log.requireLatest();
}

/** The log, with one entry that it has written. */
async function begun(): Promise<void> {
  await settle(log.append(entry("first")));
  journal.reads = 0;
  journal.times.length = 0;
}

describe("an entry", () => {
  test("is the latest once it is written, and its secret is known from before", async () => {
    expect([log.hasWritten, log.sequence, log.entry]).toEqual([false, 0, undefined]);
    journal.failure = new Error("disk full");
    await failureOf(log.append({ ...entry("first"), secret: "never-to-be-shown" }));
    expect(knownSecrets()).toContain("never-to-be-shown");
    expect(log.hasWritten).toBe(false);
    journal.failure = undefined;
    await settle(log.append(entry("first")));
    expect([log.hasWritten, log.sequence, log.entry?.rotation]).toEqual([true, 1, "first"]);
    expect(JSON.parse((await journal.latest(key))?.entry ?? "")).toMatchObject({ writtenBy: "this run" });
  });

  test("that fails is left out, if the journal can be read", async () => {
    await begun();
    journal.failure = new Error("disk full");
    expect(await failureOf(log.append(entry("second")))).toMatchObject({
      code: "journal-failed",
      isWritten: false,
      cause: { message: "disk full" },
    });
    // A store that failed is asked once: a secret may be waiting.
    expect([journal.reads, log.sequence]).toEqual([1, 1]);
  });

  test("that fails is there, if the journal shows it", async () => {
    await begun();
    failAfterWriting();
    expect(await failureOf(log.append(entry("second")))).toMatchObject({ code: "journal-failed", isWritten: true });
    expect(log.sequence).toBe(2);
  });

  test("may be there, if neither the write nor the read has ended well; what shows it later counts", async () => {
    await begun();
    const hidden = { sequence: 2, entry: "" };
    journal.append = async (_, __, text) => {
      hidden.entry = text;
      throw new Error("reset");
    };
    journal.showing = () => Promise.reject(new Error("no such host"));
    expect(await failureOf(log.append(entry("second")))).toMatchObject({
      code: "journal-failed",
      isWritten: undefined,
      cause: { message: "reset" },
    });
    expect(log.sequence).toBe(1);
    journal.showing = async () => hidden;
    await settle(look());
    expect([log.sequence, log.entry?.rotation]).toEqual([2, "second"]);
  });

  test("that comes after one that may be there is written after that", async () => {
    await begun();
    const writing = failAfterWriting();
    journal.showing = () => Promise.reject(new Error("no such host"));
    await failureOf(log.append(entry("second")));
    writing.mockRestore();
    journal.showing = undefined;
    await settle(log.append(entry("third")));
    expect([log.sequence, log.entry?.rotation]).toEqual([3, "third"]);
  });

  test("whose place is taken, by what nobody can see, fails while an earlier one is not sure, and is late otherwise", async () => {
    await begun();
    journal.append = async () => false;
    expect(await failureOf(log.append(entry("second")))).toMatchObject({ code: "locked" });
    journal.append = () => Promise.reject(new Error("reset"));
    await failureOf(log.append(entry("second")));
    journal.append = async () => false;
    expect(await failureOf(log.append(entry("third")))).toMatchObject({ code: "journal-failed", isWritten: false });
  });

  test("counts as written where the first reads lag behind it, and is then looked for", async () => {
    journal.showing = async () => undefined;
    await settle(log.append(entry("first")));
    expect(log.sequence).toBe(1);
    // Each gap twice as long, up to a second, for five seconds.
    const gaps = journal.times.slice(1).map((time, index) => time - (journal.times[index] ?? 0));
    expect(gaps).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000]);
    journal.reads = 0;
    journal.showing = undefined;
    await settle(log.requireLatest(2000));
    expect(journal.reads).toBe(1);
  });

  test("is not waited for once the run is to end", async () => {
    controller.abort();
    journal.showing = async () => undefined;
    await settle(log.append(entry("first")));
    expect(journal.reads).toBe(1);
  });

  test("of another run in its place locks this one", async () => {
    await begun();
    await MemoryJournal.prototype.append.call(journal, key, 2, JSON.stringify(entry("another")));
    expect(await failureOf(log.append(entry("second")))).toMatchObject({ code: "locked" });
  });
});

describe("whether this run is the latest", () => {
  test("is known of a write and of what was opened, for as long as is asked", async () => {
    await begun();
    await settle(log.requireLatest(2000));
    vi.setSystemTime(Date.now() + 2000);
    await settle(log.requireLatest(2000));
    expect(journal.reads).toBe(0);
    vi.setSystemTime(Date.now() + 1);
    await settle(log.requireLatest(2000));
    expect(journal.reads).toBe(1);

    const found = await readJournal(journal, { accountId: "account", clientId: "client" });
    if (!found) throw new Error("The entry is gone.");
    const other = new Log(journal, key, "another run", controller.signal);
    other.open(found);
    journal.reads = 0;
    await settle(other.requireLatest(2000));
    expect([journal.reads, other.hasWritten]).toEqual([0, false]);
  });

  test("is not, where the journal has moved, or holds another entry in its place", async () => {
    await begun();
    const { entry: text = "" } = (await MemoryJournal.prototype.latest.call(journal, key)) ?? {};
    for (const shown of [
      { sequence: 2, entry: "another" },
      { sequence: 2, entry: text },
      { sequence: 3, entry: text },
      { sequence: 1, entry: "another" },
    ]) {
      journal.showing = async () => shown;
      expect(await failureOf(look()), JSON.stringify(shown)).toMatchObject({ code: "locked" });
    }
  });

  test("cannot be told of a journal that fails, or whose reads lag for five seconds", async () => {
    await begun();
    journal.showing = () => Promise.reject(new Error("no such host"));
    expect(await failureOf(look())).toMatchObject({
      code: "journal-failed",
      isWritten: false,
      cause: { message: "no such host" },
    });
    for (const shown of [undefined, { sequence: 0, entry: "" }]) {
      const start = Date.now();
      journal.showing = async () => shown;
      expect(await failureOf(look())).toMatchObject({
        code: "journal-failed",
        isWritten: false,
        cause: { message: "its reads lag behind what was written" },
      });
      expect(Date.now() - start).toBeGreaterThanOrEqual(5000);
    }
  });

  test.each([
    // A read within a second counts.
    [[1000], 1],
    // A longer one may be that of a process that was stopped; three are tried.
    [[1001], 3],
    [[1001, 1], 2],
  ])("is asked again where the read took too long: %j", async (delays, reads) => {
    await begun();
    journal.delays = delays;
    await settle(look());
    expect(journal.reads).toBe(reads);
  });

  test("a journal that is always slow is believed, up to ten seconds", async () => {
    for (const [quickest, took, reads] of [
      [900, 1800, 1],
      [900, 1801, 3],
      [4000, 8000, 1],
      [6000, 10_000, 1],
      [6000, 10_001, 3],
    ] as const) {
      journal = new ScriptedJournal();
      log = new Log(journal, key, "this run", controller.signal);
      journal.delays = [quickest];
      await settle(log.append(entry("first")));
      await settle(look());
      journal.reads = 0;
      journal.delays = [took];
      await settle(look());
      expect(journal.reads, `${quickest}, ${took}`).toBe(reads);
    }
  });

  test("the quickest read is what others are compared with, not the last", async () => {
    journal.delays = [900];
    await settle(log.append(entry("first")));
    journal.reads = 0;
    journal.delays = [3000, 2500];
    await settle(look());
    expect(journal.reads).toBe(3);
  });
});

test("what is learnt is of the entry, and nothing where there is none", async () => {
  log.learn({ changeSeen: "now" });
  expect(log.entry).toBeUndefined();
  await begun();
  log.learn({ changeSeen: "now" });
  expect(log.entry).toMatchObject({ rotation: "first", changeSeen: "now" });
});

describe("the journal, as it is opened", () => {
  const target = { accountId: "account", clientId: "client" };

  test("says whether older entries may be there: yes, unless it knows better", async () => {
    const text = JSON.stringify(entry("first"));
    journal.showing = async () => ({ sequence: 4, entry: text });
    expect(await readJournal(journal, target)).toMatchObject({ sequence: 4, hasOlder: true, seen: now() });
    journal.showing = async () => ({ sequence: 4, entry: text, hasOlder: false });
    expect(await readJournal(journal, target)).toMatchObject({ hasOlder: false });
    journal.showing = async () => undefined;
    expect(await readJournal(journal, target)).toBeUndefined();
  });

  test("keeps the reason why it could not be", async () => {
    for (const [cause, code] of [
      [new JournalKeyError("no"), "journal-mismatch"],
      [new Error("no"), "journal-failed"],
    ] as const) {
      journal.showing = () => Promise.reject(cause);
      await expect(readJournal(journal, target)).rejects.toMatchObject({ code, cause });
    }
  });
});
