import { beforeEach, describe, expect, test } from "vitest";
import { RotationError, type RotationOptions, type Sink } from "../../src/rotation/index.ts";
import {
  clientId,
  failure,
  holdClock,
  type Moment,
  Process,
  settle,
  untilDone,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** Runs a rotation whose signal is aborted at a moment. */
async function abortedAt(
  index: number,
  world = new World(),
): Promise<{ world: World; process: Process; end: unknown }> {
  const controller = new AbortController();
  const process = new Process(world);
  process.onMoment = (_, passed) => passed === index && controller.abort(new Error("SIGTERM"));
  const end = await settle(process.run("rotate", { finish: true, signal: controller.signal })).catch(
    (error: unknown) => error,
  );
  return { world, process, end };
}

async function moments(): Promise<Moment[]> {
  const process = new Process(new World());
  await settle(process.run("rotate", { finish: true }));
  return process.moments;
}

async function indexOf(what: string, point: Moment["point"]): Promise<number> {
  return (await moments()).findIndex((moment) => moment.what === what && moment.point === point);
}

test("a signal at any moment loses nothing, repeats nothing, and what the error says comes next leads to done", async () => {
  let interrupted = 0;
  for (const [index, { what, point }] of (await moments()).entries()) {
    const name = `${point} ${what} (${index})`;
    const { world, end } = await abortedAt(index);

    if (end instanceof RotationError) {
      const phase = (await world.latest())?.phase;
      expect(end, name).toMatchObject({ code: "interrupted", phase, nextStep: expect.any(String) });
      // Whatever came last, a rotation that is done is told as done.
      expect(phase, name).not.toBe("done");
      interrupted++;
      await untilDone(world, { finish: true }, end.nextStep);
    } else expect(end, name).toMatchObject({ phase: "done" });

    expect({ posts: world.posts, deletes: world.deletes, outages: world.outages }, name).toEqual({
      posts: 1,
      deletes: 1,
      outages: [],
    });
    expect(world.sandbox.secretsOf(clientId), name).toEqual([world.deployed]);
  }
  expect(interrupted).toBeGreaterThan(20);
});

test("the request for a new secret is not aborted: its response is written down before the run ends", async () => {
  const { world, process, end } = await abortedAt(await indexOf("POST rotate_secret", "before"));

  expect(end).toMatchObject({ code: "interrupted", phase: "issued", nextStep: "resume" });
  expect((await world.latest())?.secret).toBe(world.sandbox.secretsOf(clientId)[1]);
  expect(process.events.map(({ type }) => type)).not.toContain("deliver");
});

test("the request for a new secret is handed no signal that the caller's could abort", async () => {
  const controller = new AbortController();
  const world = new World();
  let aborted: boolean | undefined;
  world.network = async (what, send, init) => {
    if (what !== "POST rotate_secret") return send();
    controller.abort(new Error("SIGTERM"));
    aborted = init.signal?.aborted;
    return send();
  };
  await failure(new Process(world).run("rotate", { signal: controller.signal }));
  expect(aborted).toBe(false);
});

test("the deletion is not aborted either, and its response is known", async () => {
  const { world, end } = await abortedAt(await indexOf("DELETE rotate_secret", "before"));

  expect(end).toMatchObject({ code: "interrupted", phase: "finishing", nextStep: "finish" });
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("nothing is sent any more between an abort and the next step", async () => {
  const { world } = await abortedAt(await indexOf("append requesting", "after"));
  expect(world.posts).toBe(0);
});

describe("a wait is ended at once", () => {
  test("for a lost request to settle", async () => {
    const world = new World({ faults: [{ operation: "oauth-clients-rotate-secret", kind: "lost" }] });
    await failure(new Process(world).run("rotate"));
    const controller = new AbortController();
    const start = Date.now();
    const onEvent = ({ type }: { type: string }) => type === "wait" && controller.abort(new Error("SIGINT"));

    const run = new Process(world).run("resume", { signal: controller.signal, onEvent });
    expect(await failure(run)).toMatchObject({ code: "interrupted", phase: "requesting", nextStep: "resume" });
    expect(Date.now()).toBe(start);
  });

  test("for a response to a read", async () => {
    const world = new World({ faults: [{ operation: "oauth-clients-get", kind: "lost" }] });
    const controller = new AbortController();
    const start = Date.now();
    setTimeout(() => controller.abort(new Error("SIGINT")), 3000);
    world.network = (_, send, init) => send(init);

    const run = new Process(world).run("rotate", { signal: controller.signal });
    expect(await failure(run)).toMatchObject({ code: "interrupted", phase: undefined, nextStep: "rotate" });
    expect(Date.now() - start).toBe(3000);
  });

  test("between two probes", async () => {
    const world = new World({ issuer: { learnsNever: true } });
    const controller = new AbortController();
    const start = Date.now();
    setTimeout(() => controller.abort(new Error("SIGINT")), 20_000);

    const run = new Process(world).run("rotate", { signal: controller.signal });
    expect(await failure(run)).toMatchObject({ code: "interrupted", phase: "delivered", nextStep: "resume" });
    expect(Date.now() - start).toBe(20_000);
  });
});

test("a delivery that heeds the signal is repeated by the next run", async () => {
  const world = new World();
  const controller = new AbortController();
  const sink = {
    name: "service",
    deliver: async (_: string, { signal }: { signal: AbortSignal }) => {
      controller.abort(new Error("SIGTERM"));
      signal.throwIfAborted();
    },
  };

  const run = new Process(world).run("rotate", { sinks: [sink], check: false, signal: controller.signal });
  expect(await failure(run)).toMatchObject({ code: "interrupted", phase: "issued", nextStep: "resume" });
  expect(await settle(new Process(world).run("resume"))).toMatchObject({ phase: "verified" });
  expect(world.posts).toBe(1);
});

describe("the caller's own code", () => {
  const names = ["preflight", "verify", "deliver", "readBack", "check"] as const;
  type Name = (typeof names)[number];

  /** Options whose code does as it should, but that it calls this first, with the signal that it was given. */
  function calling(world: World, first: (name: Name, signal: AbortSignal) => void): Partial<RotationOptions> {
    const service: Sink = {
      name: "service",
      preflight: async ({ signal }) => void (await first("preflight", signal)),
      deliver: async (secret, { signal }) => {
        first("deliver", signal);
        world.deployed = secret;
      },
      readBack: async ({ signal }) => {
        first("readBack", signal);
        return world.deployed;
      },
    };
    return {
      sinks: [service, { name: "backup", deliver: async () => {} }],
      verify: async (_, { signal }) => {
        first("verify", signal);
        return "accepted";
      },
      check: async (_, { signal }) => {
        first("check", signal);
        return true;
      },
    };
  }

  test("is handed the signal, so that it can end what it does", async () => {
    const world = new World();
    const { signal } = new AbortController();
    const handed: Partial<Record<Name, AbortSignal>> = {};
    const options = calling(world, (name, given) => {
      handed[name] = given;
    });

    await settle(new Process(world).run("rotate", { ...options, signal }));
    for (const name of names) expect(handed[name], name).toBe(signal);
  });

  test.each([
    ["preflight", undefined, "rotate"],
    ["deliver", "issued", "resume"],
    ["verify", "delivered", "resume"],
    ["readBack", "delivered", "resume"],
    ["check", "delivered", "resume"],
  ] as const)("that fails in its %s since the signal was aborted is no failure", async (failing, phase, nextStep) => {
    const world = new World();
    const controller = new AbortController();
    const options = calling(world, (name, signal) => {
      if (name !== failing) return;
      controller.abort(new Error("SIGTERM"));
      signal.throwIfAborted();
    });

    const run = new Process(world).run("rotate", { ...options, signal: controller.signal });
    expect(await failure(run)).toMatchObject({ code: "interrupted", phase, nextStep });
    await untilDone(world, { ...calling(world, () => {}), finish: true }, nextStep);
    expect([world.posts, world.deletes]).toEqual([1, 1]);
  });

  test("is not called any more once the signal is aborted: the next sink is left for the next run", async () => {
    const world = new World();
    const controller = new AbortController();
    const delivered: string[] = [];
    const sinks = ["first", "second"].map((name) => ({
      name,
      deliver: async () => {
        delivered.push(name);
        controller.abort(new Error("SIGTERM"));
      },
    }));

    const run = new Process(world).run("rotate", { sinks, check: false, signal: controller.signal });
    expect(await failure(run)).toMatchObject({ code: "interrupted", phase: "issued", nextStep: "resume" });
    expect(delivered).toEqual(["first"]);
    expect(await world.latest()).toMatchObject({ delivered: ["first"] });
  });
});

test("before anything is begun it is said that nothing was, and rotating comes next", async () => {
  const world = new World();
  const run = new Process(world).run("rotate", { signal: AbortSignal.abort(new Error("SIGTERM")) });

  expect(await failure(run)).toMatchObject({ code: "interrupted", phase: undefined, nextStep: "rotate" });
  expect(world.sandbox.requests).toEqual([]);
});

test("a failure that is none of the signal's is told as what it is", async () => {
  const world = new World({ faults: [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" }] });
  const controller = new AbortController();
  const onEvent = (event: { type: string }) =>
    "request" in event && event.request === "rotate" && controller.abort(new Error("SIGTERM"));

  const run = new Process(world).run("rotate", { signal: controller.signal, onEvent });
  expect(await failure(run)).toMatchObject({ code: "outcome-unknown", phase: "requesting" });
});
