import { beforeEach, describe, expect, test, vi } from "vitest";
import { MemoryJournal, type Phase, type Sink } from "../../src/rotation/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  showing,
  sleep,
  untilDone,
  verified,
  World,
} from "../support/rotation-world.ts";
import { probesWith } from "./probing.ts";

beforeEach(() => holdClock());

/** A world whose rotation was ended as soon as the phase was written. */
async function endedAfter(phase: Phase, options: ConstructorParameters<typeof World>[0]): Promise<World> {
  const whole = new Process(new World(options));
  await settle(whole.run("rotate"));
  const index = whole.moments.findIndex(({ what, point }) => what === `append ${phase}` && point === "after");
  const world = new World(options);
  const process = new Process(world, index);
  process.run("rotate").catch(() => undefined);
  await settle(process.ended);
  return world;
}

/** A sink that takes some time for each delivery. */
function slow(world: World, name: string, milliseconds = 0): Sink {
  return {
    name,
    deliver: async (secret) => {
      await sleep(milliseconds);
      world.deployed = secret;
    },
  };
}

test("a secret that works is not delivered over the newer one that another journal's rotation deployed", async () => {
  const world = await endedAfter("issued", { onSecondRotation: "keep" });
  await vi.advanceTimersByTimeAsync(3000);
  const other = new MemoryJournal();
  await settle(new Process(world).run("recover", { journal: other }));
  const { deployed } = world;

  const error = await failure(new Process(world).run("resume"));

  expect(error).toMatchObject({ code: "client-changed", phase: "issued", nextStep: undefined });
  expect(error.message).toContain("Nothing was delivered");
  expect(world.deployed).toBe(deployed);
  await settle(new Process(world).run("finish", { journal: other }));
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

describe("while the first sink takes its time", () => {
  test("another person's rotation keeps the secret from the second", async () => {
    const world = new World({ onSecondRotation: "keep" });
    const deliver = vi.fn(async () => {});
    const first: Sink = {
      name: "first",
      deliver: async () => {
        await sleep(10_000);
        await world.elsewhere.rotate();
      },
    };

    const error = await failure(new Process(world).run("rotate", { sinks: [first, { name: "second", deliver }] }));

    expect(error).toMatchObject({ code: "client-changed", phase: "issued", nextStep: undefined });
    expect(error.state?.delivered).toEqual(["first"]);
    expect(deliver).not.toHaveBeenCalled();
  });

  test("nothing else happens: the second gets it after one more look at the client", async () => {
    const world = new World();
    const rotate = new Process(world);
    await settle(rotate.run("rotate", { sinks: [slow(world, "first", 10_000), slow(world, "second")], check: false }));

    const reads = rotate.sent.filter((what) => what.startsWith("GET"));
    // Before the request, as the rotation shows, and before the second delivery.
    expect(reads).toHaveLength(3);
  });
});

describe("where nothing shows whether somebody has changed the client", () => {
  test("the secret is verified once before it is delivered to every sink", async () => {
    const world = new World({ updatedAt: "absent" });
    const accepted: number[] = [];
    const sink = (name: string): Sink => ({
      name,
      deliver: async (secret) => void accepted.push(probesWith(world.sandbox, secret).length),
    });

    await settle(new Process(world).run("rotate", { sinks: [sink("first"), sink("second")], check: false }));

    expect(accepted).toEqual([3, 3]);
  });

  test.each([
    ["within ten seconds it is not verified again before the next sink", 10_000, 3],
    ["later it is", 10_001, 3 + 3],
  ])("%s", async (_, pause, presented) => {
    const world = new World({ updatedAt: "absent" });
    const accepted: number[] = [];
    const second: Sink = {
      name: "second",
      deliver: async (secret) => void accepted.push(probesWith(world.sandbox, secret).length),
    };
    const first: Sink = { name: "first", deliver: () => sleep(pause) };
    await settle(new Process(world).run("rotate", { sinks: [first, second], check: false }));
    expect(accepted).toEqual([presented]);
  });

  test("or whether an old secret exists, the secret is verified before it is delivered", async () => {
    const world = new World();
    showing(world, ({ has_rotated_secret, ...client }) => client);
    const accepted: number[] = [];
    const sink: Sink = {
      name: "service",
      deliver: async (secret) => void accepted.push(probesWith(world.sandbox, secret).length),
    };
    await settle(new Process(world).run("rotate", { sinks: [sink], check: false }));
    expect(await world.latest()).toMatchObject({ baseline: expect.any(String) });
    expect(accepted).toEqual([3]);
  });

  test("a secret that is refused is not delivered", async () => {
    const world = new World({ updatedAt: "absent", issuer: { learnsNever: true } });
    const deliver = vi.fn(async () => {});

    const error = await failure(new Process(world).run("rotate", { sinks: [{ name: "service", deliver }] }));
    expect(error).toMatchObject({ code: "verification-failed", phase: "issued" });
    expect(deliver).not.toHaveBeenCalled();
  });

  test("a run that looked for the flag in vain for a long time verifies before it delivers", async () => {
    const world = new World();
    showing(world, (client) => ({ ...client, has_rotated_secret: false }));
    const delivered: number[] = [];
    const sink: Sink = {
      name: "service",
      deliver: async (secret) => void delivered.push(probesWith(world.sandbox, secret).length),
    };

    await settle(new Process(world).run("rotate", { sinks: [sink], check: false }));
    expect(delivered).toEqual([3]);
  });
});

test("where every response of the API takes more than two seconds, no secret is requested on what it shows, and that ends soon", async () => {
  const world = new World({ latency: 2500 });
  const { deployed } = world;
  const start = Date.now();
  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "api-failed", phase: "done", nextStep: "rotate" });
  expect(world.posts).toBe(0);
  // Two before the announcement, and five after it.
  expect(world.sandbox.count("oauth-clients-get")).toBe(2 + 5);
  expect(Date.now() - start).toBeLessThan(60_000);
  expect(world.deployed).toBe(deployed);
  expect(world.sandbox.accepts(clientId, deployed)).toBe(true);
});

test("a single response that takes so long keeps no secret from being requested", async () => {
  const world = new World();
  const rotate = new Process(world);
  let isAnnounced = false;
  rotate.onMoment = ({ what, point }) => {
    if (what === "append requesting" && point === "after") vi.setSystemTime(Date.now() + 3000);
  };
  world.network = async (what, send) => {
    const isFirst = !isAnnounced && (await world.latest())?.phase === "requesting";
    isAnnounced ||= isFirst;
    if (isFirst && what.startsWith("GET a1")) await sleep(2500);
    return send();
  };
  expect(await settle(rotate.run("rotate"))).toMatchObject({ phase: "verified" });
  expect(world.posts).toBe(1);
});

test("where every response takes two seconds once the secret is issued, it is delivered", async () => {
  const world = new World();
  world.network = async (what, send) => {
    if (what.startsWith("GET a1") && world.posts > 0) await sleep(2000);
    return send();
  };
  expect(await settle(new Process(world).run("rotate"))).toMatchObject({ phase: "verified" });
});

test("where responses take longer than that, it is not delivered on what they show, and is safe", async () => {
  const world = new World();
  const { deployed } = world;
  const reads: number[] = [];
  world.network = async (what, send) => {
    if (what.startsWith("GET a1") && world.posts > 0) {
      reads.push(Date.now());
      await sleep(2500);
    }
    return send();
  };
  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "api-failed", phase: "issued", nextStep: "resume" });
  expect(world.deployed).toBe(deployed);
  expect(world.sandbox.accepts(clientId, deployed)).toBe(true);
  const { secret = "" } = (await world.latest()) ?? {};
  expect(world.sandbox.accepts(clientId, secret)).toBe(true);
  // The one that shows the rotation, and six; each shows the client as we left it, so that nothing is verified.
  expect(reads).toHaveLength(1 + 6);
  expect(probesWith(world.sandbox, secret)).toEqual([]);
});

test("a read that lags behind our own rotation is repeated before a delivery", async () => {
  const world = await endedAfter("issued", {});
  const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
  // It keeps the baseline.
  await failure(new Process(world).run("resume", { sinks: [closed] }));
  const { client: before, baseline } = (await world.latest()) ?? {};
  expect(baseline).toEqual(expect.any(String));
  // Longer than a verification takes.
  const until = Date.now() + 8000;
  showing(world, (client) => (before && Date.now() < until ? before : client));
  const resume = new Process(world);
  let deliveredAt = 0;
  const reads: number[] = [];
  resume.onMoment = ({ what, point }) => {
    if (what === "deliver") deliveredAt = Date.now();
    else if (what.startsWith("GET") && point === "before" && deliveredAt === 0) reads.push(Date.now());
  };

  expect(await settle(resume.run("resume"))).toMatchObject({ phase: "verified", nextStep: "finish" });
  expect(deliveredAt).toBeGreaterThanOrEqual(until);
  expect(reads.slice(1).map((at, index) => at - (reads[index] ?? 0))).toEqual([500, 1000, 2000, 4000, 4000]);
  // Each wait was told of, with its end.
  const waits = resume.events.flatMap((event) =>
    event.type === "wait" && event.until <= deliveredAt ? [event.until] : [],
  );
  expect(waits).toEqual(reads.slice(1));
});

describe("a change that a person has accepted", () => {
  /** A rotation that is not delivered yet, after which the client was renamed. */
  async function renamed(): Promise<World> {
    const world = new World();
    const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
    await failure(new Process(world).run("rotate", { sinks: [closed] }));
    await vi.advanceTimersByTimeAsync(5000);
    await world.elsewhere.rename("Another name");
    return world;
  }

  test("no longer keeps the secret from being delivered; the deletion asks for itself", async () => {
    const world = await renamed();
    const error = await failure(new Process(world).run("resume"));
    expect(error).toMatchObject({ code: "client-changed", phase: "issued", nextStep: undefined });

    const resumed = await settle(new Process(world).run("resume", { acceptChange: changeNamedBy(error) }));
    expect(resumed).toMatchObject({ phase: "verified", nextStep: undefined });
    expect(resumed.summary).toContain("Finishing needs this change to be accepted.");
    const asked = await failure(new Process(world).run("finish"));
    expect(asked).toMatchObject({ code: "client-changed", nextStep: undefined });
    const acceptChange = changeNamedBy(asked);
    expect(await settle(new Process(world).run("finish", { acceptChange }))).toMatchObject({ phase: "done" });
  });

  test("for the delivery does not let a deletion remove a secret that another rotation has deployed", async () => {
    const world = new World({ onSecondRotation: "keep" });
    const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
    await failure(new Process(world).run("rotate", { sinks: [closed] }));
    await vi.advanceTimersByTimeAsync(5000);
    await world.elsewhere.rotate();
    const error = await failure(new Process(world).run("resume"));
    await settle(new Process(world).run("resume", { acceptChange: changeNamedBy(error) }));

    expect(await failure(new Process(world).run("finish"))).toMatchObject({
      code: "client-changed",
      nextStep: undefined,
    });
    expect(world.deletes).toBe(0);
  });

  test("counts until the client changes again", async () => {
    const world = await renamed();
    const error = await failure(new Process(world).run("resume"));
    await settle(new Process(world).run("resume", { acceptChange: changeNamedBy(error) }));
    await vi.advanceTimersByTimeAsync(5000);
    await world.elsewhere.rename("Yet another name");

    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
    expect(world.deletes).toBe(0);
  });
});

// What follows was found by a model of operators, crashes, faults and others.

test("a delivered secret that the rotations of another person have displaced leads to recovering, though an old secret waits", async () => {
  const world = await endedAfter("delivered", { onSecondRotation: "replace" });
  await vi.advanceTimersByTimeAsync(3000);
  await world.elsewhere.rotate();
  await world.elsewhere.rotate();

  const error = await failure(new Process(world).run("resume"));

  expect(error).toMatchObject({ code: "client-changed", phase: "delivered", nextStep: undefined });
  expect(error.message).toMatch(/the issuer refuses the new secret.+recover/);
  await untilDone(world, { finish: true }, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a verified secret that the rotations of another person have displaced leads to recovering once the change is accepted", async () => {
  const world = await verified({ onSecondRotation: "replace" });
  await world.elsewhere.rotate();
  await world.elsewhere.rotate();
  const acceptChange = changeNamedBy(await failure(new Process(world).run("finish")));

  const error = await failure(new Process(world).run("finish", { acceptChange }));
  expect(error).toMatchObject({ code: "verification-failed", phase: "verified" });
  const again = await failure(new Process(world).run("finish", { acceptChange }));

  expect(again).toMatchObject({ code: "verification-failed", phase: "verified", nextStep: undefined });
  expect(again.message).toContain("recover");
  expect(world.deletes).toBe(0);
  await untilDone(world, { finish: true }, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("another person's rotation during the negative control is noticed before the request for a new secret", async () => {
  const world = new World({ onSecondRotation: "replace" });
  world.network = async (what, send) => {
    if (what === "POST token" && world.posts === 0) {
      await world.elsewhere.rotate();
      await sleep(3000);
    }
    return send();
  };

  expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "rotation-in-progress" });
  expect(world.posts).toBe(1);
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});

test.each([
  ["", false],
  [", though an old secret waits again", true],
])(
  "a secret that somebody else has deleted since an earlier run is not delivered in place of one that works%s",
  async (_, again) => {
    const world = await endedAfter("issued", { onSecondRotation: "keep" });
    if (again) await vi.advanceTimersByTimeAsync(3000);
    world.deployed = await world.elsewhere.rotate();
    await world.elsewhere.deleteOld();
    if (again) world.deployed = await world.elsewhere.rotate();

    const error = await failure(new Process(world).run("resume"));

    expect(error).toMatchObject({ code: "client-changed", phase: "issued", nextStep: undefined });
    expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
    await untilDone(world, { finish: true }, "recover");
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  },
);

test("where rotating does not move updated_at, a change of something else that our first read missed is not taken for it", async () => {
  const world = new World({ onSecondRotation: "keep", updatedAt: "still", readLag: 5000 });
  await vi.advanceTimersByTimeAsync(10_000);
  await world.elsewhere.rename("Another name");
  await vi.advanceTimersByTimeAsync(4000);
  await settle(new Process(world).run("rotate"));
  await world.elsewhere.rotate();
  await vi.advanceTimersByTimeAsync(10_000);

  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
  expect(world.deletes).toBe(0);
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});
