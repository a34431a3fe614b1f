import { beforeEach, describe, expect, test } from "vitest";
import { parseEntry } from "../../src/rotation/entry.ts";
import { MemoryJournal, type Phase } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, sleep, verified, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());

/** A journal whose reads show an entry only some time after it was written. */
class LaggingJournal extends MemoryJournal {
  /** How long after, in ms. */
  lag: number;
  /** The phase whose write fails once, after it was made. */
  failing: Phase | undefined;
  readonly #written: { readonly sequence: number; readonly entry: string; readonly at: number }[] = [];

  constructor(lag: number) {
    super();
    this.lag = lag;
  }

  override async append(key: string, sequence: number, entry: string): Promise<boolean> {
    const won = await super.append(key, sequence, entry);
    if (won) this.#written.push({ sequence, entry, at: Date.now() });
    if (parseEntry(entry)?.phase === this.failing) {
      this.failing = undefined;
      throw new Error("ETIMEDOUT");
    }
    return won;
  }

  override async latest(): Promise<{ sequence: number; entry: string } | undefined> {
    return this.#written.filter(({ at }) => at + this.lag <= Date.now()).at(-1);
  }
}

test.each([400, 3000])("a journal whose reads lag by %d ms is not taken for another process", async (lag) => {
  const world = new World({}, new LaggingJournal(lag));
  expect(await settle(new Process(world).run("rotate", { finish: true }))).toMatchObject({ phase: "done" });
  expect([world.posts, world.deletes]).toEqual([1, 1]);
});

describe("a journal whose reads never show what was written", () => {
  test("keeps a secret from being asked for, and is named as what failed", async () => {
    const world = new World({}, new LaggingJournal(Infinity));

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ code: "journal-failed" });
    expect(error.message).toContain("lag");
    expect(world.posts).toBe(0);
  });

  test("keeps the old secret from being deleted", async () => {
    const journal = new LaggingJournal(0);
    const world = await verified({}, journal);
    const finish = new Process(world);
    finish.onMoment = ({ what, point }) => {
      if (what === "append finishing" && point === "before") journal.lag = Infinity;
    };

    expect(await failure(finish.run("finish"))).toMatchObject({ code: "journal-failed" });
    expect(world.deletes).toBe(0);
  });
});

test.each(["issued", "delivered", "finishing"] as const)(
  "a write at %s that failed after it was made, and that reads show later, is recognised as our own",
  async (phase) => {
    const journal = new LaggingJournal(800);
    journal.failing = phase;
    const world = new World({ onSecondRotation: "keep" }, journal);
    const sinks = ["first", "second", "third"].map((name) => ({
      name,
      // Long enough for reads to show it.
      deliver: async (secret: string) => {
        await sleep(1000);
        world.deployed = secret;
      },
    }));

    const end = await settle(new Process(world).run("rotate", { sinks, check: false, finish: true })).catch(
      (error) => error,
    );
    if (phase === "issued") expect(end).toMatchObject({ phase: "done", delivered: ["first", "second", "third"] });
    else {
      expect(end).toMatchObject({ code: "journal-failed", nextStep: expect.stringMatching(/resume|finish/) });
      await settle(sleep(1000));
      const again = await settle(new Process(world).run(end.nextStep, { sinks, finish: true }));
      expect(again).toMatchObject({ phase: "done" });
    }

    expect([world.posts, world.deletes]).toEqual([1, 1]);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  },
);

test("a write that failed after it was made is recognised as our own also after another one has failed", async () => {
  const journal = new LaggingJournal(2500);
  journal.failing = "issued";
  const world = new World({ onSecondRotation: "keep" }, journal);
  const append = journal.append.bind(journal);
  let writes = 0;
  // The next one does not get there; the first shows only after that.
  journal.append = async (key, sequence, entry) => {
    if (parseEntry(entry)?.phase === "issued" && ++writes === 2) throw new Error("ENOSPC");
    return append(key, sequence, entry);
  };
  const sinks = ["first", "second", "third"].map((name) => ({
    name,
    deliver: async (secret: string) => {
      await sleep(1000);
      world.deployed = secret;
    },
  }));

  expect(await settle(new Process(world).run("rotate", { sinks, check: false }))).toMatchObject({ phase: "verified" });
  expect(world.posts).toBe(1);
});
