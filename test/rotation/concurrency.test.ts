import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Journal, type NextStep, type Phase, RotationError } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, untilDone, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** A world in which a process was ended just after it had written that it entered a phase. */
async function endedAt(phase: Phase): Promise<World> {
  const world = new World({ onSecondRotation: phase === "recovering" ? "refuse" : "keep" });
  if (phase === "recovering") await world.elsewhere.rotate();
  const command = phase === "recovering" ? "recover" : "rotate";
  const options = { finish: true };
  const rehearsal = new World({ onSecondRotation: phase === "recovering" ? "refuse" : "keep" });
  if (phase === "recovering") await rehearsal.elsewhere.rotate();
  const whole = new Process(rehearsal);
  await settle(whole.run(command, options));
  const at = whole.moments.findIndex(({ what, point }) => what === `append ${phase}` && point === "after");

  const process = new Process(world, at);
  const run = process.run(command, options);
  await settle(Promise.race([process.ended, run]));
  expect((await world.latest())?.phase).toBe(phase);
  return world;
}

/** Runs the same command twice at once. */
async function atOnce(world: World, command: NextStep): Promise<unknown[]> {
  const run = () => new Process(world).run(command, { finish: true }).catch((error: unknown) => error);
  return settle(Promise.all([run(), run()]));
}

function expectOneLocked(ends: unknown[]): void {
  const locked = ends.filter((end) => end instanceof RotationError && end.code === "locked");
  expect(locked).toHaveLength(1);
  expect(ends.filter((end) => !(end instanceof RotationError))).toMatchObject([{ phase: "done" }]);
}

/** The requests that a rotation, ended just after it had entered a phase, has still to make. */
function left(phase: Phase): { posts: number; deletes: number } {
  if (phase === "recovering") return { posts: 1, deletes: 2 };
  return { posts: phase === "requesting" ? 1 : 0, deletes: 1 };
}

test("of two runs that begin at once one goes on to the end, and the other is told that it is locked", async () => {
  const world = new World({ onSecondRotation: "keep" });

  expectOneLocked(await atOnce(world, "rotate"));
  expect([world.posts, world.deletes]).toEqual([1, 1]);
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test.each(["requesting", "issued", "delivered", "verified", "finishing", "recovering"] as const)(
  "of two runs that go on at once with a rotation that is %s one does, and the other is told that it is locked",
  async (phase) => {
    const world = await endedAt(phase);
    const before = { posts: world.posts, deletes: world.deletes };

    expectOneLocked(await atOnce(world, phase === "verified" || phase === "finishing" ? "finish" : "resume"));

    expect({ posts: world.posts - before.posts, deletes: world.deletes - before.deletes }).toEqual(left(phase));
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  },
);

test("a run that is locked says that another process has changed the rotation, and what comes next", async () => {
  const world = new World();
  const ends = await atOnce(world, "rotate");
  const locked = ends.find((end) => end instanceof RotationError);
  expect(locked).toMatchObject({
    code: "locked",
    nextStep: "resume",
    message: expect.stringContaining("Another process has changed this rotation"),
  });
});

/** A journal to which two runs write their first entries at the same moment, and which tells both only then. */
function meeting(journal: Journal): Journal {
  const rendezvous = () => {
    let missing = 2;
    let meet: () => void = () => {};
    const met = new Promise<void>((resolve) => {
      meet = resolve;
    });
    return () => {
      if (--missing === 0) meet();
      return met;
    };
  };
  const arrived = rendezvous();
  const written = rendezvous();
  let writes = 0;
  return {
    latest: (key) => journal.latest(key),
    erase: (key, before) => journal.erase(key, before),
    append: async (key, sequence, entry) => {
      if (++writes > 2) return journal.append(key, sequence, entry);
      await arrived();
      const won = await journal.append(key, sequence, entry);
      await written();
      return won;
    },
  };
}

test.each(["requesting", "issued", "delivered", "verified", "finishing", "recovering"] as const)(
  "of two runs that find it %s and write the same at the same moment only one is told that it has won",
  async (phase) => {
    const world = await endedAt(phase);
    const journal = meeting(world.journal);
    const command = phase === "verified" || phase === "finishing" ? "finish" : "resume";
    const before = { posts: world.posts, deletes: world.deletes };

    const run = () => new Process(world).run(command, { journal, finish: true }).catch((error: unknown) => error);
    expectOneLocked(await settle(Promise.all([run(), run()])));

    expect({ posts: world.posts - before.posts, deletes: world.deletes - before.deletes }).toEqual(left(phase));
  },
);

/** A process that sleeps before it writes that it enters a phase, until it is woken. */
function sleeper(world: World, phase: Phase) {
  let wake: () => void = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let sleep: () => void = () => {};
  const asleep = new Promise<void>((resolve) => {
    sleep = resolve;
  });
  const journal: Journal = {
    latest: (key) => world.journal.latest(key),
    append: async (key, sequence, entry) => {
      if (JSON.parse(entry).phase === phase) {
        sleep();
        await woken;
      }
      return world.journal.append(key, sequence, entry);
    },
    erase: (key, before) => world.journal.erase(key, before),
  };
  const process = new Process(world);
  const run = process.run("rotate", { journal, finish: true });
  run.catch(() => undefined);
  return { process, run, asleep, wake };
}

test("a run that has other sinks than a rotation that another has just begun leaves it to that", async () => {
  const world = new World();
  // As far as the other has come where the journal could be looked at before.
  world.sandbox.faults.push({ operation: "oauth-clients-rotate-secret", kind: "reset-applied" });
  await failure(new Process(world).run("rotate"));
  const late = new Process(world);

  const error = await failure(late.run("rotate", { sinks: [{ name: "other", deliver: async () => {} }] }));

  expect(error).toMatchObject({ code: "rotation-in-progress", phase: "requesting", nextStep: "resume" });
  expect(error.message).toContain("(service)");
  expect(late.sent).toEqual([]);
  expect(await failure(late.run("resume", { sinks: [] }))).toMatchObject({ code: "usage" });
});

const changes = (process: Process) => process.sent.filter((what) => /^(POST|DELETE) rotate_secret/.test(what));

describe("a run that wakes up after another one has continued, finished and erased", () => {
  test.each(["requesting", "issued", "delivered", "verified", "finishing", "done"] as const)(
    "just before it writes %s, does not go on",
    async (phase) => {
      const world = new World({ onSecondRotation: "keep" });
      const { process, run, asleep, wake } = sleeper(world, phase);
      await settle(asleep);
      const sentBefore = changes(process);
      await untilDone(world, { finish: true }, phase === "requesting" ? "rotate" : "resume");
      const { deployed } = world;
      const done = await world.latest();

      wake();
      expect(await failure(run)).toMatchObject({ code: "locked" });

      expect(changes(process)).toEqual(sentBefore);
      expect(world.deployed).toBe(deployed);
      expect(await world.latest()).toEqual(done);
      expect(world.sandbox.secretsOf(clientId)).toEqual([deployed]);
    },
  );

  test("with a secret that nobody else has, hands it over and delivers it nowhere", async () => {
    const world = new World({ onSecondRotation: "keep" });
    const [old] = world.sandbox.secretsOf(clientId);
    const { run, asleep, wake } = sleeper(world, "issued");
    await settle(asleep);
    const [, ours] = world.sandbox.secretsOf(clientId);
    await untilDone(world, { finish: true });
    const { deployed } = world;

    wake();
    const error = await failure(run);

    expect(error.revealSecret()).toBe(ours);
    expect(world.deployed).toBe(deployed);
    expect(deployed).not.toBe(old);
  });

  test("leaves no secret behind once the journal is opened again", async () => {
    const world = new World({ onSecondRotation: "keep" });
    const { run, asleep, wake } = sleeper(world, "delivered");
    await settle(asleep);
    await untilDone(world, { finish: true });
    const erase = vi.spyOn(world.journal, "erase");
    wake();
    await failure(run);

    await settle(new Process(world).run("finish"));
    expect(erase).toHaveBeenCalled();
  });
});
