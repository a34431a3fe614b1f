import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { Sink } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";
import { FailingJournal } from "./failing-journal.ts";
import { probesWith } from "./probing.ts";

beforeEach(() => holdClock());
const rotation = "oauth-clients-rotate-secret";

/** A sink that is a file. */
function file(world: World, name = "service"): Sink {
  return {
    name,
    deliver: async (secret) => {
      world.deployed = secret;
    },
    readBack: async () => world.deployed,
    peek: async () => world.deployed,
  };
}

const lost = { faults: [{ operation: rotation, kind: "error-applied" }] } as const;

/** A rotation whose response was lost, and which is resumed with these sinks. */
async function resumed(world: World, sinks: Sink[], change: () => void) {
  await failure(new Process(world).run("rotate", { sinks }));
  change();
  return failure(new Process(world).run("resume", { sinks }));
}

describe("a sink that holds a secret which it did not hold before the request", () => {
  test("is named where the issuer accepts that, and adopting it leads to done without a recovery", async () => {
    const world = new World(lost);
    const sinks = [file(world)];
    const error = await resumed(world, sinks, () => {
      // A script of the operator has stored it.
      world.deployed = world.sandbox.secretsOf(clientId)[1] ?? "";
    });

    expect(error).toMatchObject({ code: "secret-missing", phase: "requesting", nextStep: undefined });
    expect(error.message).toMatch(/the sink service holds.+adopt/);
    expect(error.message).not.toContain("recover");
    expect(error.message).not.toContain(world.deployed);

    expect(await settle(new Process(world).run("adopt", { sinks }))).toMatchObject({ phase: "verified" });
    expect(world.posts).toBe(1);
    expect(world.outages).toEqual([]);
  });

  test("is named also where the journal was full when the secret came, and the process is gone", async () => {
    const journal = new FailingJournal();
    journal.writing = ({ phase }) => (phase === "issued" ? "before" : undefined);
    const world = new World({ onSecondRotation: "keep" }, journal);
    const sinks = [file(world)];
    await failure(new Process(world).run("rotate", { sinks }));
    journal.writing = () => undefined;

    const error = await failure(new Process(world).run("resume", { sinks }));
    expect(error).toMatchObject({ code: "secret-missing", nextStep: undefined });
    expect(error.message).toMatch(/the sink service holds.+adopt/);
  });

  test("is not named where the issuer refuses that", async () => {
    const world = new World(lost);
    const error = await resumed(world, [file(world)], () => {
      world.deployed = "something else";
    });
    expect(error.message).not.toContain("the sink service");
    expect(error.message).toContain("recover");
  });
});

test.each([
  ["accepts it", async () => "accepted" as const, true],
  ["refuses it", async () => "refused" as const, false],
  ["cannot tell", async () => Promise.reject(new Error("no network")), false],
])("with a verification of the caller's own that %s, the sink is named: %#", async (_, verdict, isNamed) => {
  const world = new World(lost);
  const sinks = [file(world)];
  await failure(new Process(world).run("rotate", { sinks, verify: verdict }));
  world.deployed = world.sandbox.secretsOf(clientId)[1] ?? "";
  const given: string[] = [];
  const verify = async (secret: string) => {
    given.push(secret);
    return verdict();
  };
  const error = await failure(new Process(world).run("resume", { sinks, verify }));
  expect(error).toMatchObject({ code: "secret-missing" });
  expect(error.message.includes("the sink service holds")).toBe(isNamed);
  expect(given).toEqual([world.deployed]);
});

test("a sink that holds what it held before is not named, and that old secret is not sent to the issuer", async () => {
  const world = new World(lost);
  const error = await resumed(world, [file(world)], () => {});

  expect(error).toMatchObject({ code: "secret-missing" });
  expect(error.message).not.toContain("the sink service");
  expect(probesWith(world.sandbox, world.deployed)).toEqual([]);
});

test("an old secret that is copied from one sink to another is not sent to the issuer, either", async () => {
  const world = new World(lost);
  const [old = ""] = world.sandbox.secretsOf(clientId);
  let stored = "";
  const backup: Sink = { name: "backup", deliver: async () => {}, peek: async () => stored };
  await resumed(world, [file(world), backup], () => {
    stored = old;
  });

  expect(probesWith(world.sandbox, old)).toEqual([]);
});

test("a sink that cannot be read does no harm, before the request or after it", async () => {
  const world = new World(lost);
  const unreadable: Sink = { ...file(world), peek: () => Promise.reject(new Error("EACCES")) };

  const error = await resumed(world, [unreadable], () => {});
  expect(error).toMatchObject({ code: "secret-missing" });
  expect(error.message).toContain("recover");
});

test("what a sink holds that could not be read before the request may be the old secret, and is sent to nobody", async () => {
  const world = new World(lost);
  const sink = file(world);
  let isReadable = false;
  const peek = () => (isReadable ? sink.peek?.() : undefined) ?? Promise.reject(new Error("EACCES"));
  await resumed(world, [{ ...sink, peek }], () => {
    isReadable = true;
  });

  expect(probesWith(world.sandbox, world.deployed)).toEqual([]);
});

test("a sink is not named where no endpoint can tell what it holds", async () => {
  const world = new World(lost);
  const error = await resumed(world, [file(world)], () => {
    world.deployed = world.sandbox.secretsOf(clientId)[1] ?? "";
    for (const operation of ["token", "revocation"] as const)
      world.sandbox.faults.push({ operation, kind: "challenge", times: Infinity });
  });
  expect(error).toMatchObject({ code: "secret-missing", phase: "requesting" });
  expect(error.message).not.toContain("the sink service");
});

test("a signal ends the verification of what a sink holds, and the caller's own is handed it", async () => {
  const world = new World(lost);
  const sinks = [file(world)];
  await failure(new Process(world).run("rotate", { sinks }));
  world.deployed = world.sandbox.secretsOf(clientId)[1] ?? "";
  const controller = new AbortController();
  let handed: AbortSignal | undefined;
  const verify = async (_: string, { signal }: { readonly signal: AbortSignal }) => {
    handed = signal;
    controller.abort(new Error("SIGTERM"));
    throw new Error("ended");
  };
  const error = await failure(new Process(world).run("resume", { sinks, verify, signal: controller.signal }));
  expect(error).toMatchObject({ code: "interrupted", phase: "requesting", nextStep: "resume" });
  expect(handed).toBe(controller.signal);
});

describe("what a sink held before the request", () => {
  test("is in the journal only as an HMAC, until the new secret is, and in no state", async () => {
    const world = new World(lost);
    const { deployed } = world;
    const error = await failure(new Process(world).run("rotate", { sinks: [file(world)] }));

    const entry = await world.latest();
    expect(entry?.held).toEqual({ service: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const digest = createHash("sha256").update(deployed).digest("hex");
    for (const text of [JSON.stringify(entry), JSON.stringify(error.state)]) {
      expect(text).not.toContain(deployed);
      expect(text).not.toContain(digest);
    }
    expect(JSON.stringify(error.state)).not.toContain(entry?.held?.service);
  });

  test("is remembered differently by each rotation", async () => {
    const held: (string | undefined)[] = [];
    for (const world of [new World(lost), new World(lost)]) {
      await failure(new Process(world).run("rotate", { sinks: [file(world)] }));
      held.push((await world.latest())?.held?.service);
    }
    expect(new Set(held).size).toBe(2);
  });

  test("is forgotten once the new secret is in the journal, or the rotation is abandoned", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate", { sinks: [file(world)] }));
    expect(await world.latest()).not.toHaveProperty("held");

    const refused = new World({ faults: [{ operation: rotation, kind: "throttled" }] });
    await failure(new Process(refused).run("rotate", { sinks: [file(refused)] }));
    expect(await refused.latest()).toMatchObject({ phase: "done" });
    expect(await refused.latest()).not.toHaveProperty("held");
  });
});
