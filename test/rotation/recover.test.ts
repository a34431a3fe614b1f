import { beforeEach, describe, expect, test, vi } from "vitest";
import type { OAuthClientGetResponse } from "../../src/client/iam.ts";
import type { RotationErrorCode, RotationOptions } from "../../src/rotation/index.ts";
import {
  clientId,
  failure,
  holdClock,
  Process,
  refusal,
  settle,
  showing,
  sleep,
  untilDone,
  verified,
  World,
} from "../support/rotation-world.ts";
import { FailingJournal } from "./failing-journal.ts";

beforeEach(() => holdClock());
const rotation = "oauth-clients-rotate-secret";
const deletion = "oauth-clients-delete-rotated-secret";
const behaviours = ["keep", "refuse", "replace"] as const;

/** A world in which a second secret exists whose response was lost. */
async function lost(options: ConstructorParameters<typeof World>[0] = {}, timeout = 5000): Promise<World> {
  const world = new World({ ...options, faults: [{ operation: rotation, kind: "error-applied" }] });
  await failure(new Process(world).run("rotate", {}, { timeout }));
  return world;
}

describe.each(behaviours)("where the server would %s a second rotation", (onSecondRotation) => {
  test("a secret that nobody holds is made up for by another, and all the others are gone when it is done", async () => {
    const world = await lost({ onSecondRotation });

    expect(await settle(new Process(world).run("recover"))).toMatchObject({ phase: "verified", nextStep: "finish" });
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  });

  test("resume recovers too, if downtime is accepted", async () => {
    const world = await lost({ onSecondRotation });
    const resumed = new Process(world).run("resume", { acceptDowntime: true });
    expect(await settle(resumed)).toMatchObject({ phase: "verified", nextStep: "finish" });
  });

  test("so is one of a rotation that no journal here knows of", async () => {
    const world = new World({ onSecondRotation });
    await world.elsewhere.rotate();

    await untilDone(world, {}, "recover");
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  });

  test.each(["rotate", "resume", "finish"] as const)("%s alone never recovers", async (command) => {
    const world = await lost({ onSecondRotation });
    const process = new Process(world);

    expect(await failure(process.run(command))).toMatchObject({ code: "secret-missing", nextStep: undefined });
    expect(process.sent.filter((what) => !what.startsWith("GET"))).toEqual([]);
    expect(world.outages).toEqual([]);
  });

  test("it is said before from when on no secret may work, and afterwards for how long none did", async () => {
    const world = await lost({ onSecondRotation });
    const recover = new Process(world);
    const begun = Date.now();
    const { downtime = Number.NaN } = await settle(recover.run("recover"));

    const firstChange = recover.events.findIndex((event) => event.type === "request" && event.request !== "read");
    const announced = recover.events.findIndex(({ type }) => type === "downtime");
    expect(recover.events[announced]).toMatchObject({ until: undefined });
    expect(announced).toBeGreaterThan(-1);
    expect(announced).toBeLessThan(firstChange);

    const over = recover.events.filter(({ type }) => type === "downtime").at(-1);
    expect(over).toEqual({ type: "downtime", from: expect.any(Number), until: expect.any(Number) });
    expect(downtime).toBeGreaterThanOrEqual(0);
    expect(downtime).toBeLessThanOrEqual(Date.now() - begun);
  });
});

test("the downtime begins when the recovery does, however long the server takes to refuse a third secret", async () => {
  const world = await lost({ onSecondRotation: "refuse" });
  world.network = async (what, send) => {
    if (what === "POST rotate_secret") await sleep(3000);
    return send();
  };
  const { downtime } = await settle(new Process(world).run("recover"));
  // Two requests.
  expect(downtime).toBe(6000);
});

test("an ordinary rotation announces no downtime", async () => {
  const rotate = new Process(new World());
  const { downtime } = await settle(rotate.run("rotate", { finish: true }));
  expect(downtime).toBeUndefined();
  expect(rotate.events.map(({ type }) => type)).not.toContain("downtime");
});

describe("where the server keeps more than two secrets", () => {
  test("recovering deletes nothing, and the deployed secret works all along", async () => {
    const world = await lost({ onSecondRotation: "keep" });
    await settle(new Process(world).run("recover"));

    expect(world.deletes).toBe(0);
    expect(world.outages).toEqual([]);
  });
});

describe("where the server refuses a third secret", () => {
  test("the older one is deleted only after it has refused", async () => {
    const world = await lost({ onSecondRotation: "refuse" });
    const recover = new Process(world);
    await settle(recover.run("recover"));

    expect(recover.sent.filter((what) => what.endsWith("rotate_secret"))).toEqual([
      "POST rotate_secret",
      "DELETE rotate_secret",
      "POST rotate_secret",
    ]);
  });

  test.each([400, 409, 422])("the older one is deleted, whether it refuses with %i", async (status) => {
    const world = await lost({ onSecondRotation: "keep" });
    const recover = new Process(world);
    world.network = async (what, send) => {
      if (what !== "POST rotate_secret" || recover.sent.includes("DELETE rotate_secret")) return send();
      return refusal(status);
    };

    expect(await settle(recover.run("recover"))).toMatchObject({ phase: "verified" });
    expect(recover.sent).toContain("DELETE rotate_secret");
  });

  test("nothing is deleted where it refuses for another reason, and the client shows no old secret", async () => {
    const world = await lost({ onSecondRotation: "refuse" });
    const recover = new Process(world);
    world.network = async (what, send) => {
      if (what !== "POST rotate_secret") return send();
      await world.elsewhere.deleteOld();
      return refusal(409);
    };

    expect(await failure(recover.run("recover"))).toMatchObject({ code: "api-failed", phase: "done" });
    expect(recover.sent).not.toContain("DELETE rotate_secret");
  });

  test.each([401, 403, 404, 429])("nothing is deleted where it answers %i", async (status) => {
    const world = await lost({ onSecondRotation: "keep" });
    const recover = new Process(world);
    world.network = async (what, send) => {
      return what === "POST rotate_secret" ? refusal(status) : send();
    };

    await failure(recover.run("recover"));
    expect(recover.sent).not.toContain("DELETE rotate_secret");
  });

  test("a rotation that did not ask for recovering deletes nothing where it is refused", async () => {
    const world = new World({ onSecondRotation: "refuse" });
    const rotate = new Process(world);
    world.network = async (what, send) => {
      // Somebody else is faster, by so little that our read has not shown it.
      if (what === "POST rotate_secret" && world.posts === 0) await world.elsewhere.rotate();
      return send();
    };

    const error = await failure(rotate.run("rotate"));
    expect(error).toMatchObject({ code: "rotation-in-progress", phase: "done", nextStep: undefined });
    expect(error.message).toMatch(/finish.+adopt.+recover/i);
    expect(rotate.sent).not.toContain("DELETE rotate_secret");
  });

  test.each([
    ["silent", 1],
    ["lost", 2],
    ["error-applied", 1],
    ["error", 2],
  ] as const)("a deletion that meets %s is settled by the next run", async (kind, deletes) => {
    const world = await lost({ onSecondRotation: "refuse" });
    world.sandbox.faults.push({ operation: deletion, kind });

    const error = await failure(new Process(world).run("recover"));
    expect(error).toMatchObject({ code: "outcome-unknown", phase: "recovering", nextStep: "resume" });
    expect(error.message).toContain("Whether the older secret was deleted is not known");

    expect(await settle(new Process(world).run("resume"))).toMatchObject({ phase: "verified" });
    expect(world.deletes).toBe(deletes);
    await untilDone(world, {}, "finish");
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  });

  test("a deletion that is repeated has first had the time that a lost one may take", async () => {
    const world = await lost({ onSecondRotation: "refuse" });
    world.sandbox.faults.push({ operation: deletion, kind: "error" });
    await failure(new Process(world).run("recover", {}, { timeout: 1000 }));
    await settle(new Process(world).run("resume", {}, { timeout: 1000 }));

    const [first, second] = world.sandbox.requests.filter(({ operation }) => operation === deletion);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(31_000);
  });

  describe("after a deletion that was lost, no secret is asked for, and nothing deleted again, before its time", () => {
    /** The changes that the next run sends, and after which time, where reads show something else meanwhile. */
    async function resumedAfter(
      meanwhile: (world: World, before: OAuthClientGetResponse) => void | Promise<void>,
      options: ConstructorParameters<typeof World>[0] = {},
      kind: "lost" | "error-applied" = "lost",
    ) {
      const world = new World({ onSecondRotation: "refuse", ...options });
      const before = await world.elsewhere.read();
      await vi.advanceTimersByTimeAsync(1000);
      await world.elsewhere.rotate();
      world.sandbox.faults.push({ operation: deletion, kind });
      await failure(new Process(world).run("recover"));
      const start = Date.now();
      await meanwhile(world, before);
      const resume = new Process(world);
      let waited = 0;
      resume.onMoment = ({ what }) => {
        if (/^(POST|DELETE) rotate_secret/.test(what)) waited ||= Date.now() - start;
      };
      await settle(resume.run("resume"));
      return { waited, changes: resume.sent.filter((what) => /^(POST|DELETE) rotate_secret/.test(what)) };
    }

    test("where somebody has changed the client", async () => {
      const { waited, changes } = await resumedAfter((world) => world.elsewhere.rename("Another name"));
      expect(changes).toEqual(["DELETE rotate_secret", "POST rotate_secret"]);
      expect(waited).toBeGreaterThan(30_000);
    });

    test("where a read lags, and shows no old secret", async () => {
      const { changes } = await resumedAfter((world, before) => {
        const until = Date.now() + 18_000;
        showing(world, (client) => (Date.now() < until ? before : client));
      });
      expect(changes).toEqual(["DELETE rotate_secret", "POST rotate_secret"]);
    });

    test("where the deletion moves no updated_at, which would show it", async () => {
      const { waited, changes } = await resumedAfter(() => {}, { updatedAt: "still" }, "error-applied");
      expect(changes).toEqual(["POST rotate_secret"]);
      expect(waited).toBeGreaterThan(30_000);
    });
  });

  test("a deletion that is refused leaves everything as it is", async () => {
    const world = await lost({ onSecondRotation: "refuse" });
    world.sandbox.faults.push({ operation: deletion, kind: "challenge" });

    const error = await failure(new Process(world).run("recover"));
    expect(error).toMatchObject({ code: "api-failed", phase: "recovering", nextStep: "resume" });
    expect(world.outages).toEqual([]);
  });

  test("the new secret is delivered before anything else is waited for", async () => {
    const world = await lost({ onSecondRotation: "refuse" });
    await settle(new Process(world).run("recover"));

    const { requests } = world.sandbox;
    const deleted = requests.find(({ operation }) => operation === deletion);
    const { downtimeUntil = 0 } = (await world.latest()) ?? {};
    expect(downtimeUntil - (deleted?.at ?? 0)).toBeLessThan(1000);
  });
});

describe("after a deletion that made room for the new secret, no error claims that nothing was deleted:", () => {
  const claim = /has deleted no secret|no secret was deleted|nothing was (changed|deleted)/i;
  const sink = (deliver: () => Promise<void>) => ({ name: "service", deliver });
  test.each<[string, RotationErrorCode, Partial<RotationOptions>]>([
    ["a sink fails", "delivery-failed", { sinks: [sink(() => Promise.reject(new Error("no")))] }],
    ["the check says no", "check-failed", { sinks: [sink(async () => {})], check: async () => false }],
    [
      "the check fails",
      "check-failed",
      { sinks: [sink(async () => {})], check: () => Promise.reject(new Error("no")) },
    ],
    ["a read-back differs", "check-failed", { sinks: [{ ...sink(async () => {}), readBack: async () => "another" }] }],
    ["the secret is refused", "verification-failed", { verify: async () => "refused" }],
    ["the verification is inconclusive", "verification-inconclusive", { verify: async () => "inconclusive" }],
  ])("%s", async (_, code, options) => {
    const world = await lost({ onSecondRotation: "refuse" });

    const error = await failure(new Process(world).run("recover", options));

    expect(world.deletes).toBe(1);
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(claim);
  });

  test("the journal does not take the secret", async () => {
    const journal = new FailingJournal();
    journal.writing = ({ phase }) => (phase === "issued" ? "before" : undefined);
    const world = new World({ onSecondRotation: "refuse" }, journal);
    await world.elsewhere.rotate();

    const error = await failure(new Process(world).run("recover"));

    expect(world.deletes).toBe(1);
    expect(error).toMatchObject({ code: "journal-failed" });
    expect(error.message).not.toMatch(claim);
  });
});

test("that the old secret continues working is not claimed where a recovery may have replaced it", async () => {
  const world = await lost({ onSecondRotation: "replace" });
  world.sandbox.faults.push({ operation: rotation, kind: "error-applied" });
  await failure(new Process(world).run("recover"));
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(false);

  const error = await failure(new Process(world).run("resume"));
  expect(error).toMatchObject({ code: "secret-missing", nextStep: undefined });
  expect(error.message).toContain("recover");
  expect(error.message).not.toMatch(/goes on working|still works/);
});

test.each(behaviours)(
  "where the server would %s a second rotation, a recovery can end at any point, and what comes next leads to done",
  async (onSecondRotation) => {
    const whole = new Process(await lost({ onSecondRotation }));
    await settle(whole.run("recover", { finish: true }));
    for (const [index, { what, point }] of whole.moments.entries()) {
      const name = `${point} ${what} (${index})`;
      const world = await lost({ onSecondRotation });
      const process = new Process(world, index);
      const run = process.run("recover", { finish: true });
      run.catch(() => undefined);
      await settle(Promise.race([process.ended, run]));

      await untilDone(world, { finish: true });
      expect(world.sandbox.secretsOf(clientId), name).toEqual([world.deployed]);
      expect((await world.latest())?.secret, name).toBeUndefined();
    }
  },
);

test("a request of a recovery that was lost is repeated only when it has had its time", async () => {
  const timeout = 1000;
  const world = await lost({ onSecondRotation: "keep" }, timeout);
  world.sandbox.faults.push({ operation: rotation, kind: "lost" });
  await failure(new Process(world).run("recover", {}, { timeout }));
  await settle(new Process(world).run("recover", {}, { timeout }));

  const [ordinary = 0, first = 0, second = 0] = world.sandbox.requests
    .filter(({ operation }) => operation === rotation)
    .map(({ at }) => at);
  // Until its time is over, a process may be waiting for the response to the ordinary one.
  expect(first - ordinary).toBeGreaterThanOrEqual(60_000 + timeout);
  expect(second - first).toBeGreaterThanOrEqual(60_000 + timeout);
  expect(second - first).toBeLessThan(60_000 + timeout + 2000);
});

test("a rotation that another person has overtaken is abandoned by recovering, though its secret works", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  await world.elsewhere.rotate();
  const overtaken = world.deployed;

  expect(await settle(new Process(world).run("recover"))).toMatchObject({ phase: "verified" });
  expect(world.deployed).not.toBe(overtaken);
  await settle(new Process(world).run("finish"));
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

describe("recovering where there is nothing to recover", () => {
  test.each(["delivered", "verified"] as const)("says so, and changes nothing, while it is %s", async (phase) => {
    const world = new World();
    const rotate = new Process(world);
    const check = phase === "delivered" ? async () => false : async () => true;
    const sink = {
      name: "service",
      deliver: async (secret: string) => {
        world.deployed = secret;
      },
    };
    await settle(rotate.run("rotate", { sinks: [sink], check })).catch(() => undefined);
    expect((await world.latest())?.phase).toBe(phase);

    const recover = new Process(world);
    const error = await failure(recover.run("recover"));
    expect(error).toMatchObject({
      code: "rotation-in-progress",
      phase,
      nextStep: phase === "delivered" ? "resume" : "finish",
    });
    expect(error.message).toContain("nothing to recover: the new secret is in the journal and works, and nobody");
    expect(recover.sent).not.toContain("POST rotate_secret");
    expect((await world.latest())?.secret).toBe(world.deployed);
  });

  test("does not say that the secret works, where its verification was declined", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate", { verify: false }));

    const recover = new Process(world);
    const { message } = await failure(recover.run("recover"));
    expect(message).toContain("nothing to recover: the new secret is in the journal, and nobody");
    expect(recover.sent).not.toContain("POST token");
  });

  test.each([
    ["was not applied", "lost"],
    ["was applied", "silent"],
  ] as const)("says so, and changes nothing, after a lost deletion that %s", async (_, kind) => {
    const world = new World({ faults: [{ operation: deletion, kind }] });
    await failure(new Process(world).run("rotate", { finish: true }));

    const recover = new Process(world);
    expect(await failure(recover.run("recover"))).toMatchObject({
      code: "rotation-in-progress",
      phase: "finishing",
      nextStep: "finish",
    });
    expect(recover.sent).not.toContain("POST rotate_secret");
  });

  test("is an ordinary rotation where none is under way", async () => {
    const world = new World();
    const recover = new Process(world);
    expect(await settle(recover.run("recover"))).toMatchObject({ phase: "verified", downtime: undefined });
    expect(recover.events.map(({ type }) => type)).not.toContain("downtime");
    expect([world.posts, world.deletes]).toEqual([1, 0]);
    expect(world.outages).toEqual([]);
  });

  test("keeps the secret where its verification is inconclusive", async () => {
    const world = await verified();
    const verify = async () => "inconclusive" as const;

    expect(await failure(new Process(world).run("recover", { verify }))).toMatchObject({
      code: "verification-inconclusive",
      phase: "verified",
      // To finish would not be what was wanted.
      nextStep: undefined,
    });
    expect((await world.latest())?.secret).toBe(world.deployed);
  });

  test("keeps the secret where no endpoint tells whether it works", async () => {
    const world = await verified();
    for (const operation of ["token", "revocation"] as const)
      world.sandbox.faults.push({ operation, kind: "challenge", times: Infinity });
    expect(await failure(new Process(world).run("recover"))).toMatchObject({ code: "verification-inconclusive" });
    expect((await world.latest())?.secret).toBe(world.deployed);
  });

  test("keeps a secret that works where nothing shows whether somebody has changed the client", async () => {
    const world = await verified({ onSecondRotation: "keep", updatedAt: "absent" });
    const recover = new Process(world);
    expect(await failure(recover.run("recover"))).toMatchObject({ code: "rotation-in-progress", phase: "verified" });
    expect(recover.sent).not.toContain("POST rotate_secret");
    expect((await world.latest())?.secret).toBe(world.deployed);
  });
});

test("a secret that was issued, but not delivered, is abandoned by recovering once another person has rotated", async () => {
  const world = new World({ onSecondRotation: "keep" });
  const closed = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
  await failure(new Process(world).run("rotate", { sinks: [closed], check: false }));
  const { secret } = (await world.latest()) ?? {};
  await vi.advanceTimersByTimeAsync(5000);
  await world.elsewhere.rotate();

  expect(await settle(new Process(world).run("recover"))).toMatchObject({ phase: "verified" });
  expect(world.deployed).not.toBe(secret);
});

test("a secret that was issued, but not delivered, is delivered by recovering, not abandoned", async () => {
  const world = new World();
  const sink = {
    name: "service",
    deliver: async () => {
      throw new Error("not now");
    },
  };
  await failure(new Process(world).run("rotate", { sinks: [sink], check: false }));

  expect(await settle(new Process(world).run("recover"))).toMatchObject({ phase: "verified" });
  expect(world.posts).toBe(1);
});

describe("where a recovery may give up the rotation under way, and begin another", () => {
  /** Ours is deployed; somebody else has rotated since. */
  async function overtaken(): Promise<World> {
    const world = await verified({ onSecondRotation: "keep" });
    await world.elsewhere.rotate();
    return world;
  }

  test.each([
    ["a sink", { sinks: [] }, "at least one sink"],
    [
      "a confirmation of deployment, to finish at once",
      { sinks: [{ name: "service", deliver: async () => {} }], finish: true },
      "needs to confirm",
    ],
  ])("it needs %s, and nothing is abandoned without", async (_, options, message) => {
    const world = await overtaken();
    const error = await failure(new Process(world).run("recover", options));
    expect(error).toMatchObject({ code: "usage", phase: "verified" });
    expect(error.message).toContain(message);
    expect([world.posts, world.deletes]).toEqual([2, 0]);
    expect(await world.latest()).toMatchObject({ phase: "verified" });
  });
});
