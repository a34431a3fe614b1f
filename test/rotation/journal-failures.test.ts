import { beforeEach, describe, expect, test, vi } from "vitest";
import { inspectRotation, type Phase } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, untilDone, World } from "../support/rotation-world.ts";
import { FailingJournal, type WriteFailure } from "./failing-journal.ts";

beforeEach(() => holdClock());
/** Phases after the secret was issued, the one before each, and what had been sent by the time that it is written down. */
const later = [
  { phase: "delivered", before: "issued", deletes: 0 },
  { phase: "verified", before: "delivered", deletes: 0 },
  { phase: "finishing", before: "verified", deletes: 0 },
  { phase: "done", before: "finishing", deletes: 1 },
] as const;

function failing(phase: Phase, how: WriteFailure, options = {}) {
  const journal = new FailingJournal();
  journal.failOnce(phase, how);
  return { world: new World(options, journal), journal };
}

describe("a write that fails", () => {
  test("before the request keeps it from being sent", async () => {
    const { world } = failing("requesting", "before");

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ code: "journal-failed", phase: undefined, nextStep: "rotate" });
    expect(error.message).toContain("ENOSPC");
    expect(error.message).toContain("Nothing was changed");
    expect(world.posts).toBe(0);
  });

  test.each(later)("at $phase stops there, and resuming leads to done with nothing repeated", async (when) => {
    const { world } = failing(when.phase, "before");

    const error = await failure(new Process(world).run("rotate", { finish: true }));
    expect(error).toMatchObject({ code: "journal-failed", phase: when.before });
    expect(error.message).toContain("ENOSPC");
    expect(error.message).toContain(error.state?.summary);
    expect([world.posts, world.deletes]).toEqual([1, when.deletes]);

    await untilDone(world, { finish: true }, error.nextStep);
    expect([world.posts, world.deletes]).toEqual([1, 1]);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
    expect(world.outages).toEqual([]);
  });

  test("at done does not have the error say that the new secret was not verified since", async () => {
    const { world } = failing("done", "before");
    const error = await failure(new Process(world).run("rotate", { finish: true }));
    expect(error.message).toContain("The API confirmed that the old secret is deleted");
    expect(error.message).not.toContain("not verified since");
  });

  test("at recovering keeps anything from being deleted", async () => {
    const { world } = failing("recovering", "before", { onSecondRotation: "refuse" });
    await world.elsewhere.rotate();

    expect(await failure(new Process(world).run("recover"))).toMatchObject({ code: "journal-failed" });
    expect(world.deletes).toBe(0);
  });
});

describe.each([
  ["that rejects after all of it was written", "after"],
  ["that cannot be read back just then", "unreadable"],
] as const)("a write %s", (_, how) => {
  test.each(["requesting", "issued", ...later.map(({ phase }) => phase)] as const)(
    "at %s leads to done with nothing lost or repeated",
    async (phase) => {
      const { world } = failing(phase, how);

      const error = await settle(new Process(world).run("rotate", { finish: true })).catch((error) => error);
      if (error.nextStep) await untilDone(world, { finish: true }, error.nextStep);

      expect([world.posts, world.deletes]).toEqual([1, 1]);
      expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
      expect(world.outages).toEqual([]);
    },
  );

  test("is not said to be missing from the journal, which holds it", async () => {
    const { world } = failing("issued", how);

    const end = await settle(new Process(world).run("rotate")).catch((error) => error);

    expect((await world.latest())?.secret).toBe(world.deployed);
    expect(String(end.message)).not.toContain("the journal does not hold the new one");
  });
});

describe.each([
  ["made but not acknowledged is recognised as our own", "unacknowledged"],
  ["acknowledged counts, though it cannot be read back just then", "unreadable"],
] as const)("a write that was %s", (_, how) => {
  test.each(["requesting", "issued", "delivered", "verified", "finishing", "done"] as const)("at %s", async (phase) => {
    const { world } = failing(phase, how);

    expect(await settle(new Process(world).run("rotate", { finish: true }))).toMatchObject({ phase: "done" });
    expect([world.posts, world.deletes]).toEqual([1, 1]);
  });
});

describe("a journal that fails while a rotation begins", () => {
  const unreadable = () => Promise.reject(new Error("EIO: i/o error"));

  /** A world whose journal writes in this way, and cannot be read from then on; it could be before. */
  function failingAt(append: () => Promise<boolean>): World {
    const world = new World();
    vi.spyOn(world.journal, "append").mockImplementation(() => {
      vi.spyOn(world.journal, "latest").mockImplementation(unreadable);
      return append();
    });
    return world;
  }

  test("at both the write and the read says what kept it from being written", async () => {
    const world = failingAt(() => Promise.reject(new Error("ENOSPC: no space left on device")));

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ code: "journal-failed", phase: undefined, nextStep: "rotate" });
    expect(error.message).toContain("ENOSPC");
    expect(error.message).not.toContain("EIO");
    expect(error.message).toContain("Nothing was changed");
    expect(world.posts).toBe(0);
  });

  test("so that who was faster cannot be told is not taken for one that another run has written", async () => {
    const world = failingAt(async () => false);

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ code: "journal-failed", phase: undefined, nextStep: "rotate" });
    expect(error.message).toContain("EIO");
    expect(world.posts).toBe(0);
  });

  test("to take the entry, and has none, lets nobody continue", async () => {
    const world = new World();
    vi.spyOn(world.journal, "append").mockResolvedValue(false);

    expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "locked" });
    expect(world.posts).toBe(0);
  });

  test("as it is asked whether an old secret is another run's is told as such", async () => {
    const world = new World();
    await world.elsewhere.rotate();
    vi.spyOn(world.journal, "latest").mockResolvedValueOnce(undefined).mockImplementation(unreadable);

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ code: "journal-failed", phase: undefined, nextStep: "rotate" });
    expect(error.message).toContain("EIO: i/o error.");
    expect(error.message).toContain("Nothing was changed.");
    // It was only to be read.
    expect(error.message).not.toContain("the entry was written");
  });
});

describe("a journal that cannot be read", () => {
  test.each(["rotate", "resume", "finish", "recover"] as const)("keeps %s from sending anything", async (command) => {
    const world = new World();
    vi.spyOn(world.journal, "latest").mockRejectedValue(new Error("EACCES: permission denied"));

    const error = await failure(new Process(world).run(command));
    expect(error).toMatchObject({ code: "journal-failed" });
    expect(error.message).toContain("EACCES");
    expect(error.message).toContain("Nothing was sent");
    expect(world.sandbox.requests).toEqual([]);
  });

  test("is not taken for one that knows of no rotation", async () => {
    const world = new World();
    vi.spyOn(world.journal, "latest").mockRejectedValue(new Error("EACCES: permission denied"));

    const run = inspectRotation({ accountId: world.sandbox.accountId, clientId }, world);
    expect(await failure(run)).toMatchObject({ code: "journal-failed" });
  });
});

describe("erasing that fails", () => {
  async function unerased(): Promise<{ world: World; process: Process }> {
    const world = new World();
    vi.spyOn(world.journal, "erase").mockRejectedValueOnce(new Error("EBUSY"));
    const process = new Process(world);
    expect(await settle(process.run("rotate", { finish: true }))).toMatchObject({ phase: "done" });
    return { world, process };
  }

  test("does not undo what is done, and is told as a warning", async () => {
    const { process } = await unerased();
    expect(process.events).toContainEqual({ type: "warning", message: expect.stringContaining("could not be erased") });
  });

  test.each(["finish", "rotate"] as const)("is made up for by the next run, a %s", async (command) => {
    const { world } = await unerased();
    const erase = vi.spyOn(world.journal, "erase");
    await settle(new Process(world).run(command));
    expect(erase).toHaveBeenCalled();
  });
});

test("a display that fails does not end a rotation", async () => {
  const world = new World();
  const onEvent = () => {
    throw new Error("the terminal is gone");
  };
  expect(await settle(new Process(world).run("rotate", { finish: true, onEvent }))).toMatchObject({ phase: "done" });
});
