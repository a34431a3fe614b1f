import { beforeEach, describe, expect, test, vi } from "vitest";
import { parseEntry } from "../../src/rotation/entry.ts";
import { inspectRotation, type Journal, MemoryJournal } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, sleep, verified, World } from "../support/rotation-world.ts";
import { FailingJournal } from "./failing-journal.ts";
import { probesWith } from "./probing.ts";

beforeEach(() => holdClock());
const deletion = "oauth-clients-delete-rotated-secret";

/** A world whose journal takes this long to write an entry of the phase. */
function slowAt(phase: string, milliseconds: number): World {
  const journal = new MemoryJournal();
  const { append } = journal;
  journal.append = async (key, sequence, text) => {
    if (parseEntry(text)?.phase === phase) await sleep(milliseconds);
    return append.call(journal, key, sequence, text);
  };
  return new World({}, journal);
}

describe("rotating and finishing in one run", () => {
  test.each([
    ["verifies and confirms once where the deletion comes within two seconds", 2000, 3 + 3, 3],
    ["verifies and confirms again where it comes later", 2001, 3 + 3 + 3, 3 + 3],
  ])("%s", async (_, pause, presented, checks) => {
    const world = slowAt("verified", pause);
    const check = vi.fn(async () => true);

    await settle(new Process(world).run("rotate", { finish: true, check }));

    // Three times before the deletion, and three times after it.
    expect(probesWith(world.sandbox, world.deployed)).toHaveLength(presented);
    expect(check).toHaveBeenCalledTimes(checks);
  });

  test("looks for an endpoint that can tell once", async () => {
    const process = new Process(new World());
    await settle(process.run("rotate", { finish: true }));
    const controls = process.events.filter((event) => event.type === "verify" && event.control);
    expect(controls).toHaveLength(1);
  });
});

test.each([
  ["is not repeated after it, within two seconds", 2000, 3],
  ["is repeated after it, where that took longer", 2001, 3 + 3],
])("a verification before the delivery %s", async (_, pause, presented) => {
  // Nothing else shows that the secret is the newest.
  const world = new World({ updatedAt: "absent" });
  await settle(new Process(world).run("rotate", { sinks: [{ name: "service", deliver: () => sleep(pause) }] }));
  expect(probesWith(world.sandbox, (await world.latest())?.secret ?? "")).toHaveLength(presented);
});

test("a later run verifies and confirms again, however soon it comes", async () => {
  const world = new World();
  const check = vi.fn(async () => true);
  await settle(new Process(world).run("rotate", { check }));
  await settle(new Process(world).run("finish", { check }));

  expect(check).toHaveBeenCalledTimes(3 + 3);
  expect(probesWith(world.sandbox, world.deployed)).toHaveLength(3 + 3 + 3);
});

describe("a refusal that the journal recorded", () => {
  /** Ours was deleted by somebody else, and finishing has found out. */
  async function refused(): Promise<{ world: World; dead: string }> {
    const world = await verified({ onSecondRotation: "keep" });
    await world.elsewhere.rotate();
    await world.elsewhere.deleteOld();
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
    return { world, dead: world.deployed };
  }

  test("is not waited for again by a recovery that follows within ten minutes", async () => {
    const { world, dead } = await refused();
    const before = probesWith(world.sandbox, dead).length;
    await vi.advanceTimersByTimeAsync(590_000);
    const start = Date.now();

    await settle(new Process(world).run("recover"));

    expect(probesWith(world.sandbox, dead)).toHaveLength(before);
    // No more than the verification of the new one takes.
    expect(Date.now() - start).toBeLessThan(5000);
    expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  });

  test.each([
    ["is believed at once", 0, true],
    ["is believed for ten minutes", 600_000, true],
    ["is looked into again later", 600_001, false],
    ["is looked into again where it seems to come from the future", -1, false],
  ])("%s", async (_, passed, isBelieved) => {
    const { world, dead } = await refused();
    const before = probesWith(world.sandbox, dead).length;
    vi.setSystemTime(((await world.latest())?.refusedAt ?? 0) + passed);

    await settle(new Process(world).run("recover"));
    expect(probesWith(world.sandbox, dead).length === before).toBe(isBelieved);
  });

  test("is forgotten once the issuer has accepted the secret, so that recovering does not give it up", async () => {
    const world = new World({ issuer: { learning: Array(12).fill(false) } });
    const deliver = vi.fn(() => Promise.reject(new Error("not now")));
    await failure(new Process(world).run("rotate", { sinks: [{ name: "service", deliver }] }));
    expect(await failure(new Process(world).run("resume"))).toMatchObject({ code: "verification-failed" });
    // Accepted and delivered; only the check says no.
    expect(await failure(new Process(world).run("resume", { check: async () => false }))).toMatchObject({
      code: "check-failed",
      phase: "delivered",
    });

    const error = await settle(new Process(world).run("recover")).catch((error) => error);
    expect(world.posts).toBe(1);
    expect(error).toMatchObject({ code: "rotation-in-progress", nextStep: "resume" });
  });

  test("does not keep a secret that is accepted later from being finished, nor is it remembered then", async () => {
    const no = Array(12).fill(false);
    const world = new World({ issuer: { learning: no } });
    await failure(new Process(world).run("rotate"));
    expect((await world.latest())?.refusedAt).toEqual(expect.any(Number));

    await settle(new Process(world).run("resume"));
    expect((await world.latest())?.refusedAt).toBeUndefined();
  });

  test("is told also where the journal does not take it", async () => {
    const journal = new FailingJournal();
    const world = await verified({}, journal);
    await world.elsewhere.deleteOld();
    journal.writing = ({ refusedAt }) => (refusedAt === undefined ? undefined : "before");
    const verify = async () => "refused" as const;
    const error = await failure(new Process(world).run("finish", { verify }));
    expect(["verification-failed", "client-changed"]).toContain(error.code);
    expect((await world.latest())?.refusedAt).toBeUndefined();
  });

  test("is not told where another process has continued meanwhile", async () => {
    const world = await verified();
    let isGone = false;
    const { journal } = world;
    const faster: Journal = {
      latest: (key) => journal.latest(key),
      erase: (key, before) => journal.erase(key, before),
      append: async (key, sequence, entry) => {
        // Another process is a moment faster.
        if (entry.includes("refusedAt") && !isGone) {
          isGone = true;
          await journal.append(key, sequence, entry.replace(/"writtenBy":"[^"]*"/, '"writtenBy":"another"'));
        }
        return journal.append(key, sequence, entry);
      },
    };
    const verify = async () => "refused" as const;
    expect(await failure(new Process(world).run("finish", { verify, journal: faster }))).toMatchObject({
      code: "locked",
    });
  });

  test("is as old as its request, however late it was written down", async () => {
    const no = Array(12).fill(false);
    const world = new World({ issuer: { learning: no } });
    let asked = 0;
    world.network = async (what, send) => {
      if (what === "POST token" && world.posts === 1) asked = Date.now();
      // The process was stopped between the refusal and the read that follows it.
      else if (what === `GET ${clientId}` && asked > 0) await sleep(200_000);
      return send();
    };

    await failure(new Process(world).run("rotate", {}, { timeout: 600_000 }));

    expect((await world.latest())?.refusedAt).toBe(asked);
  });
});

test("a journal that holds nothing older is not asked to erase it", async () => {
  const world = new World();
  const { journal, sandbox } = world;
  await settle(new Process(world).run("rotate", { finish: true }));
  const erase = vi.spyOn(journal, "erase");
  const target = { accountId: sandbox.accountId, clientId };

  expect(await inspectRotation(target, { journal })).toMatchObject({ phase: "done" });
  await settle(new Process(world).run("rotate"));

  expect(erase).not.toHaveBeenCalled();
});

describe("a deletion that was refused", () => {
  test("needs no settling: the next finish sends it at once", async () => {
    const world = await verified({ faults: [{ operation: deletion, kind: "throttled" }] });
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ phase: "verified", nextStep: "finish" });
    const start = Date.now();

    const finish = new Process(world);
    expect(await settle(finish.run("finish"))).toMatchObject({ phase: "done" });
    expect(Date.now() - start).toBeLessThan(10_000);
    expect(world.deletes).toBe(2);
  });

  test("to make room needs none, either", async () => {
    const world = new World({
      onSecondRotation: "refuse",
      faults: [{ operation: deletion, kind: "throttled" }],
    });
    await world.elsewhere.rotate();
    expect(await failure(new Process(world).run("recover"))).toMatchObject({ phase: "recovering", nextStep: "resume" });
    const start = Date.now();

    expect(await settle(new Process(world).run("resume"))).toMatchObject({ phase: "verified" });
    expect(Date.now() - start).toBeLessThan(10_000);
  });
});
