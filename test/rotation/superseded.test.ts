import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Entry, journalKey, parseEntry } from "../../src/rotation/entry.ts";
import { MemoryJournal, type Phase } from "../../src/rotation/index.ts";
import {
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

/** A journal that takes its time over some entries, and counts what it is given. */
class SlowJournal extends MemoryJournal {
  readonly entries: Entry[] = [];
  /** How long an entry takes, in ms, before it is written and after. */
  taking: (entry: Entry) => { readonly before?: number; readonly after?: number } = () => ({});

  override async append(key: string, sequence: number, text: string): Promise<boolean> {
    const entry = parseEntry(text);
    if (!entry) throw new Error("no entry");
    const { before = 0, after = 0 } = this.taking(entry);
    this.entries.push(entry);
    if (before > 0) await sleep(before);
    const won = await super.append(key, sequence, text);
    if (after > 0) await sleep(after);
    return won;
  }

  /** Takes that long over the first entries of a phase. */
  slowAt(phase: Phase, milliseconds: number, times = Number.POSITIVE_INFINITY): void {
    let left = times;
    this.taking = (entry) => (entry.phase === phase && left-- > 0 ? { after: milliseconds } : {});
  }

  count(phase: Phase): number {
    return this.entries.filter((entry) => entry.phase === phase).length;
  }
}

function slow(options: ConstructorParameters<typeof World>[0] = {}) {
  const journal = new SlowJournal();
  return { journal, world: new World({ onSecondRotation: "keep", ...options }, journal) };
}

const changes = ({ sent }: Process) => sent.filter((what) => /^(POST|DELETE) rotate_secret/.test(what));

describe("a run that was frozen after its announcement, while another continued,", () => {
  test("sends no request for a secret", async () => {
    const { world, journal } = slow();
    journal.slowAt("requesting", 120_000, 1);
    const frozen = new Process(world);
    const run = frozen.run("rotate", { finish: true });
    run.catch(() => undefined);
    await settle(sleep(1000));
    await settle(new Process(world).run("rotate"));
    const { deployed } = world;

    const error = await failure(run);

    expect(error).toMatchObject({ code: "locked", nextStep: "resume" });
    expect(changes(frozen)).toEqual([]);
    expect(world.posts).toBe(1);
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(world.sandbox.secretsOf(clientId)).toEqual([deployed]);
  });

  test("sends no deletion", async () => {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", 120_000, 1);
    const frozen = new Process(world);
    const run = frozen.run("finish");
    run.catch(() => undefined);
    await settle(sleep(10_000));
    expect(await world.latest()).toMatchObject({ phase: "finishing" });
    await settle(new Process(world).run("finish"));
    // A new rotation, whose old secret a late deletion would kill with it.
    await settle(new Process(world).run("rotate"));
    const { deployed } = world;

    expect(await failure(run)).toMatchObject({ code: "locked" });
    expect(changes(frozen)).toEqual([]);
    expect(world.sandbox.secretsOf(clientId)).toHaveLength(2);
    expect(world.sandbox.accepts(clientId, deployed)).toBe(true);
  });

  test("by a read that hung, does not deliver over what the other has delivered", async () => {
    const { world } = slow();
    let hasHung = false;
    world.network = async (what, send) => {
      if (what === `GET ${clientId}` && world.posts === 1 && !hasHung) {
        hasHung = true;
        await sleep(20_000);
      }
      return send();
    };
    const deliver = vi.fn(async () => {});
    const run = new Process(world).run("rotate", { sinks: [{ name: "service", deliver }] }, { timeout: 60_000 });
    run.catch(() => undefined);
    await settle(sleep(1000));
    await settle(new Process(world).run("resume"));

    expect(await failure(run)).toMatchObject({ code: "locked" });
    expect(deliver).not.toHaveBeenCalled();
  });

  test("delivers nothing", async () => {
    const world = new World();
    const deliver = vi.fn(async () => {});
    const first = {
      name: "first",
      deliver: async () => {
        // Another process has delivered to all, meanwhile.
        const other = { name: "first", deliver: async () => {} };
        await new Process(world).run("resume", { sinks: [other, { ...other, name: "second" }], check: false });
      },
    };
    const sinks = [first, { name: "second", deliver }];

    expect(await failure(new Process(world).run("rotate", { sinks, check: false }))).toMatchObject({ code: "locked" });
    expect(deliver).not.toHaveBeenCalled();
  });
});

describe("a journal that another process moves during the last read of the client", () => {
  /** Moves it as soon as the client is read in this phase; the reads take this long, one after the other. */
  function moving(world: World, phase: Phase, times: readonly number[]): void {
    let reads = 0;
    world.network = async (what, send) => {
      const entry = what === `GET ${clientId}` ? await world.latest() : undefined;
      if (entry?.phase !== phase) return send();
      const milliseconds = times[reads++] ?? 0;
      if (reads === 1) {
        const key = journalKey(world.sandbox.accountId, clientId);
        const { sequence = 0 } = (await world.journal.latest(key)) ?? {};
        await world.journal.append(key, sequence + 1, JSON.stringify({ ...entry, writtenBy: "0123456789abcdef" }));
      }
      await sleep(milliseconds);
      return send();
    };
  }

  test("keeps a request for a secret from being sent", async () => {
    const { world, journal } = slow();
    journal.slowAt("requesting", 3000, 1);
    moving(world, "requesting", [2500]);

    expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "locked" });
    expect(world.posts).toBe(0);
  });

  test("keeps a deletion from being sent", async () => {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", 300, 1);
    moving(world, "finishing", [1500, 900]);

    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "locked" });
    expect(world.deletes).toBe(0);
  });
});

describe("a request for a secret whose announcement took too long", () => {
  test("is announced anew, with all the time that it may take", async () => {
    const { world, journal } = slow();
    journal.slowAt("requesting", 40_000, 1);
    const rotate = new Process(world);

    expect(await settle(rotate.run("rotate"))).toMatchObject({ phase: "verified" });

    expect(journal.count("requesting")).toBe(2);
    expect(world.posts).toBe(1);
    const [post] = world.sandbox.requests.filter(({ operation }) => operation === rotation);
    const { settleUntil = 0 } = journal.entries.filter(({ phase }) => phase === "requesting").at(-1) ?? {};
    // Its time-out, and what reads may lag behind.
    expect(settleUntil - (post?.at ?? 0)).toBeGreaterThan(5000 + 30_000);
    // The client is looked at between the two.
    expect(rotate.sent.slice(0, 3)).toEqual([`GET ${clientId}`, "POST token", `GET ${clientId}`]);
  });

  test.each([
    [29_999, 1],
    [30_000, 2],
  ])("counts for thirty seconds: one that takes %i ms is announced %i times", async (milliseconds, announcements) => {
    const { world, journal } = slow();
    journal.slowAt("requesting", milliseconds, 1);
    await settle(new Process(world).run("rotate"));
    expect(journal.count("requesting")).toBe(announcements);
  });

  test("is announced anew, too, where it is to recover", async () => {
    const { world, journal } = slow();
    await world.elsewhere.rotate();
    journal.slowAt("requesting", 40_000, 1);
    expect(await settle(new Process(world).run("recover"))).toMatchObject({ phase: "verified" });
    expect(journal.count("requesting")).toBe(2);
    expect(journal.count("done")).toBe(0);
  });

  test("is not sent where that happens three times", async () => {
    const { world, journal } = slow();
    journal.slowAt("requesting", 40_000);

    const error = await failure(new Process(world).run("rotate"));

    expect(error).toMatchObject({ code: "journal-failed", phase: "done", nextStep: "rotate" });
    expect(error.message).toContain("Nothing was changed.");
    expect(journal.count("requesting")).toBe(3);
    expect(world.posts).toBe(0);
    // Nobody waits for a request that was not sent.
    expect(await world.latest()).toMatchObject({
      phase: "done",
      abandoned: "it took too long to make sure that the request may be sent",
    });
  });

  test("since its process was frozen is waited for in full, if the response is lost", async () => {
    const { world } = slow({ faults: [{ operation: rotation, kind: "silent" }] });
    const rotate = new Process(world);
    rotate.onMoment = ({ what, point }, index) => {
      if (what === "append requesting" && point === "after" && index < 10) vi.setSystemTime(Date.now() + 174_000);
    };
    await failure(rotate.run("rotate"));
    await vi.advanceTimersByTimeAsync(11_000);

    expect(await failure(new Process(world).run("resume"))).toMatchObject({ code: "secret-missing" });
    expect(world.posts).toBe(1);
  });

  test("is not sent where another person has rotated meanwhile", async () => {
    const { world, journal } = slow();
    journal.slowAt("requesting", 40_000, 1);
    const rotate = new Process(world);
    const run = rotate.run("rotate");
    run.catch(() => undefined);
    await settle(sleep(1000));
    const theirs = await world.elsewhere.rotate();

    expect(await failure(run)).toMatchObject({ code: "rotation-in-progress", phase: "done", nextStep: undefined });
    expect(changes(rotate)).toEqual([]);
    expect(world.sandbox.accepts(clientId, theirs)).toBe(true);
  });
});

describe("a deletion whose announcement took too long", () => {
  test("is announced anew, after verifying and confirming once more", async () => {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", 40_000, 1);
    const check = vi.fn(async () => true);

    expect(await settle(new Process(world).run("finish", { check, checkRuns: 1 }))).toMatchObject({ phase: "done" });

    expect(journal.count("finishing")).toBe(2);
    expect(check).toHaveBeenCalledTimes(2);
    expect(world.deletes).toBe(1);
  });

  test.each([
    ["is announced anew also where only the confirmation is older than thirty seconds", 20_000, 2],
    ["is sent where that is not so old", 19_999, 1],
  ])("%s", async (_, milliseconds, confirmed) => {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", milliseconds, 1);
    const check = vi.fn(async () => true);
    let hasHung = false;
    world.network = async (what, send) => {
      if (what === `GET ${clientId}` && check.mock.calls.length === 1 && !hasHung) {
        hasHung = true;
        await sleep(10_000);
      }
      return send();
    };

    await settle(new Process(world).run("finish", { check, checkRuns: 1 }, { timeout: 60_000 }));

    expect(check).toHaveBeenCalledTimes(confirmed);
    expect(world.deletes).toBe(1);
  });

  test("is announced anew though the clock was set back before, so that the confirmation seems to be young", async () => {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    const finish = new Process(world);
    let isConfirmed = false;
    finish.onMoment = ({ what, point }) => {
      if (what === "append finishing" && point === "after" && journal.count("finishing") === 1)
        // The machine slept.
        vi.setSystemTime(Date.now() + 40_000);
      if (what.startsWith("GET") && point === "before" && isConfirmed && journal.count("finishing") === 0)
        vi.setSystemTime(Date.now() - 3_600_000);
    };
    const check = async () => {
      isConfirmed = true;
      return true;
    };

    expect(await settle(finish.run("finish", { check }))).toMatchObject({ phase: "done" });
    expect(journal.count("finishing")).toBe(2);
  });

  test("is not sent where what was confirmed has been rolled back meanwhile", async () => {
    const { world, journal } = slow();
    const [old = ""] = world.sandbox.secretsOf(clientId);
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", 40_000, 1);
    const run = new Process(world).run("finish");
    run.catch(() => undefined);
    await settle(sleep(10_000));
    world.deployed = old;

    expect(await failure(run)).toMatchObject({ code: "check-failed" });
    expect(world.deletes).toBe(0);
  });

  test("is not sent where that happens three times", async () => {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", 40_000);

    const error = await failure(new Process(world).run("finish"));

    expect(error).toMatchObject({ code: "journal-failed", phase: "verified", nextStep: "finish" });
    expect(journal.count("finishing")).toBe(3);
    expect(world.deletes).toBe(0);
  });

  test.each([
    [29_999, 1],
    [30_000, 2],
  ])("to make room is announced anew, too: taking %i ms, %i times", async (milliseconds, announcements) => {
    const { world, journal } = slow({ onSecondRotation: "refuse" });
    await world.elsewhere.rotate();
    journal.slowAt("recovering", milliseconds, 1);

    expect(await settle(new Process(world).run("recover"))).toMatchObject({ phase: "verified" });
    expect(journal.count("recovering")).toBe(announcements);
    expect(world.deletes).toBe(1);
  });

  test("to make room is not sent where another person has made it meanwhile", async () => {
    const { world, journal } = slow({ onSecondRotation: "refuse" });
    await world.elsewhere.rotate();
    journal.slowAt("recovering", 300, 1);
    const recover = new Process(world);
    recover.onMoment = ({ what, point }) => {
      if (what === "append recovering" && point === "before") void world.elsewhere.deleteOld();
    };

    expect(await settle(recover.run("recover"))).toMatchObject({ phase: "verified" });
    expect(changes(recover)).toEqual(["POST rotate_secret", "POST rotate_secret"]);
  });

  test("to make room is not sent, nor taken for needless, where the flag does not show any more", async () => {
    const { world, journal } = slow({ onSecondRotation: "refuse" });
    await world.elsewhere.rotate();
    journal.slowAt("recovering", 300, 1);
    const recover = new Process(world);
    showing(world, (client) => {
      const { has_rotated_secret, ...rest } = client;
      return journal.count("recovering") > 0 ? rest : client;
    });

    expect(await failure(recover.run("recover"))).toMatchObject({ code: "outcome-unknown", phase: "recovering" });
    expect(changes(recover)).toEqual(["POST rotate_secret"]);
  });
});

test("a deletion to make room whose announcement always takes too long is abandoned", async () => {
  const { world, journal } = slow({ onSecondRotation: "refuse" });
  await world.elsewhere.rotate();
  journal.slowAt("recovering", 40_000);

  expect(await failure(new Process(world).run("recover"))).toMatchObject({
    code: "journal-failed",
    phase: "recovering",
  });
  // The last one withdraws it.
  expect(journal.count("recovering")).toBe(4);
  expect((await world.latest())?.settleUntil).toBe(0);
  expect(world.deletes).toBe(0);
});

describe("the last read before the deletion", () => {
  /** A world whose reads take this long once the deletion is announced, which takes a while itself. */
  async function readsTaking(milliseconds: number, times: number, announcing = 300) {
    const { world, journal } = slow();
    await settle(new Process(world).run("rotate"));
    journal.slowAt("finishing", announcing);
    let left = times;
    world.network = async (what, send) => {
      if (what === `GET ${clientId}` && (await world.latest())?.phase === "finishing" && left-- > 0)
        await sleep(milliseconds);
      return send();
    };
    return world;
  }

  test("is not repeated where it was sent less than 250 ms ago", async () => {
    const world = await readsTaking(0, 0, 200);
    const finish = new Process(world);
    await settle(finish.run("finish"));
    expect(finish.sent.filter((what) => what.startsWith("GET"))).toHaveLength(2);
  });

  test("is repeated after the announcement where it is older", async () => {
    const world = await readsTaking(0, 0);
    const finish = new Process(world);
    await settle(finish.run("finish"));
    expect(finish.sent.filter((what) => what.startsWith("GET"))).toHaveLength(3);
    expect(finish.sent[finish.sent.indexOf("DELETE rotate_secret") - 1]).toBe(`GET ${clientId}`);
  });

  test("is repeated where it took a second", async () => {
    const world = await readsTaking(1000, 4);
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(world.deletes).toBe(1);
  });

  test.each(["keep", "recover"] as const)(
    "is repeated, and nothing announced anew, where it lags behind our rotation (%s)",
    async (how) => {
      const { world, journal } = slow();
      // Then there was an old secret before our rotation, too.
      if (how === "recover") await world.elsewhere.rotate();
      const before = await world.elsewhere.read();
      await settle(new Process(world).run(how === "recover" ? "recover" : "rotate"));
      journal.slowAt("finishing", 300);
      let lagging = 0;
      showing(world, (client) => (journal.count("finishing") > 0 && ++lagging === 1 ? before : client));

      expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
      expect(lagging).toBeGreaterThan(1);
      expect(journal.count("finishing")).toBe(1);
      expect(world.deletes).toBe(1);
    },
  );

  test("is waited for where reads lag behind a recovery for some seconds, and show the old secret of before", async () => {
    const { world } = slow();
    await world.elsewhere.rotate();
    const before = await world.elsewhere.read();
    await settle(new Process(world).run("recover"));
    const until = Date.now() + 10_000;
    showing(world, (client) => (Date.now() < until ? before : client));

    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(world.deletes).toBe(1);
  });

  test("five times too slow ends the run with nothing deleted", async () => {
    const world = await readsTaking(1000, Number.POSITIVE_INFINITY);

    const error = await failure(new Process(world).run("finish"));
    expect(error).toMatchObject({ code: "api-failed", nextStep: "finish" });
    expect(world.deletes).toBe(0);
    expect(world.sandbox.secretsOf(clientId)).toHaveLength(2);
  });
});

/** A journal to which another process appends first, once. */
class RacedJournal extends MemoryJournal {
  #isRaced = false;
  isAbout: (entry: Entry) => boolean = () => false;

  override async append(key: string, sequence: number, text: string): Promise<boolean> {
    const entry = parseEntry(text);
    if (entry && !this.#isRaced && this.isAbout(entry)) {
      this.#isRaced = true;
      const { secret, ...rest } = entry;
      await super.append(key, sequence, JSON.stringify({ ...rest, phase: "done" }));
    }
    return super.append(key, sequence, text);
  }
}

describe("what another process has made old is not said, though this run needs no more of the journal", () => {
  test("after a deletion whose verification is inconclusive", async () => {
    const journal = new RacedJournal();
    const world = await verified({}, journal);
    journal.isAbout = ({ deletion }) => deletion !== undefined;
    const verify = async () => (world.deletes === 0 ? ("accepted" as const) : ("inconclusive" as const));

    expect(await failure(new Process(world).run("finish", { verify }))).toMatchObject({ code: "locked" });
  });

  test("after a sink that failed", async () => {
    const journal = new RacedJournal();
    const world = new World({}, journal);
    journal.isAbout = ({ phase, baseline }) => phase === "issued" && baseline !== undefined;
    const sink = {
      name: "service",
      deliver: async () => {
        throw new Error("it is down");
      },
    };

    expect(await failure(new Process(world).run("rotate", { sinks: [sink] }))).toMatchObject({ code: "locked" });
  });
});
