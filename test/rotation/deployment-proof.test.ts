import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Entry } from "../../src/rotation/entry.ts";
import type { RotationOptions, Sink } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, verified, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** A sink that cannot be read back, like most commands. */
function writeOnly(world: World): Sink {
  return {
    name: "service",
    deliver: async (secret) => {
      world.deployed = secret;
    },
  };
}

/** A sink that takes the secret and puts it where nobody looks. */
const astray: Sink = { name: "service", deliver: async () => {} };

describe("deleting the old secret in the same run", () => {
  test("is refused before anything is sent where nothing could confirm the deployment", async () => {
    const world = new World();
    const error = await failure(new Process(world).run("rotate", { sinks: [astray], finish: true }));

    expect(error).toMatchObject({ code: "usage", phase: undefined });
    expect(error.message).toContain("service");
    expect(error.message).toContain("decline the check");
    expect(world.sandbox.requests).toEqual([]);
    expect(await world.latest()).toBeUndefined();
  });

  test("needs a confirmation of each sink, and names those that lack one", async () => {
    const world = new World();
    const sinks = [
      { ...writeOnly(world), readBack: async () => world.deployed },
      { ...astray, name: "backup" },
    ];

    const error = await failure(new Process(world).run("rotate", { sinks, finish: true }));
    expect(error).toMatchObject({ code: "usage" });
    expect(error.message).toContain("a read-back for backup");
    expect(world.posts).toBe(0);
  });

  test("does not happen where the check says that the new secret is not deployed", async () => {
    const world = new World();
    const options = { sinks: [astray], finish: true, check: async () => false };

    const error = await failure(new Process(world).run("rotate", options));
    // Whether to wait for a roll-out or to deliver again is for a person to decide.
    expect(error).toMatchObject({ code: "check-failed", phase: "delivered", nextStep: undefined });
    expect(error.message).toMatch(/rollout.+deliver the new one again/);
    expect(error.message).not.toContain("It had succeeded");
    expect(world.deletes).toBe(0);
    expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  });

  test("does not happen where the check fails, whose reason is told", async () => {
    const world = new World();
    const check = async () => {
      throw new Error("no route to the service");
    };

    const error = await failure(new Process(world).run("rotate", { sinks: [astray], finish: true, check }));
    expect(error).toMatchObject({ code: "check-failed" });
    expect(error.message).toContain("no route to the service");
    expect(error.cause).toMatchObject({ message: "no route to the service" });
    expect(world.deletes).toBe(0);
  });

  test("happens once where the check vouches for the deployment", async () => {
    const world = new World();
    const options = { sinks: [writeOnly(world)], finish: true, check: async () => true };

    expect(await settle(new Process(world).run("rotate", options))).toMatchObject({
      phase: "done",
      confirmations: { service: { by: "check" } },
    });
    expect(world.deletes).toBe(1);
  });

  test("happens without a confirmation where the check is declined", async () => {
    const world = new World();
    const options = { sinks: [writeOnly(world)], finish: true, check: false } as const;

    expect(await settle(new Process(world).run("rotate", options))).toMatchObject({ phase: "done", confirmations: {} });
    expect(world.deletes).toBe(1);
  });
});

test("a check is given the SHA-256 of the new secret, which a service can compare, and not the secret", async () => {
  const world = new World();
  const given: unknown[] = [];
  const check = async (...parameters: unknown[]) => {
    given.push(parameters);
    return parameters[0] === createHash("sha256").update(world.deployed).digest("hex");
  };

  await settle(new Process(world).run("rotate", { sinks: [writeOnly(world)], finish: true, check }));

  // Three times in a row, and again for the deletion only where that comes more than two seconds later.
  expect(given).toHaveLength(3);
  expect(JSON.stringify(given)).not.toContain(world.deployed);
  expect(world.deletes).toBe(1);
});

test("a check has its say also where every sink was read back, as a service may still run with what it read before", async () => {
  const world = new World();
  const check = vi.fn(async () => false);

  expect(await failure(new Process(world).run("rotate", { check }))).toMatchObject({
    code: "check-failed",
    phase: "delivered",
    nextStep: undefined,
  });
  check.mockResolvedValue(true);
  const { confirmations, summary } = await settle(new Process(world).run("resume", { check }));
  expect(confirmations).toMatchObject({ service: { by: "read-back", isChecked: true } });
  expect(summary).toContain("Its deployment was confirmed by read-back and a check.");

  check.mockResolvedValue(false);
  expect(await failure(new Process(world).run("finish", { check }))).toMatchObject({ code: "check-failed" });
  expect(world.deletes).toBe(0);
});

test("a check is asked where not every sink was read back, and vouches for the others", async () => {
  const world = new World();
  const sinks = [
    { ...writeOnly(world), readBack: async () => world.deployed },
    { ...astray, name: "backup" },
  ];
  const check = vi.fn(async () => true);

  const { confirmations } = await settle(new Process(world).run("rotate", { sinks, check }));

  expect(check).toHaveBeenCalledTimes(3);
  expect(confirmations).toMatchObject({ service: { by: "read-back" }, backup: { by: "check" } });
});

describe("a check that asks one of several replicas", () => {
  /** The responses of the replicas in turn; the last stands for all that follow. */
  const replicas = (...answers: boolean[]) => {
    const asked: number[] = [];
    const check = async () => {
      asked.push(Date.now());
      return answers[Math.min(asked.length, answers.length) - 1] ?? false;
    };
    return { asked, check };
  };

  test.each([
    ["the second lacks the secret", [true, false], "It had succeeded once."],
    ["the third lacks the secret", [true, true, false], "It had succeeded 2 times."],
  ])("confirms nothing where %s", async (_, answers, said) => {
    const world = new World();
    const { check } = replicas(...answers);
    const error = await failure(new Process(world).run("rotate", { sinks: [astray], finish: true, check }));
    expect(error).toMatchObject({ code: "check-failed", phase: "delivered" });
    expect(error.message).toContain(said);
    expect(world.deletes).toBe(0);
  });

  test("confirms nothing where it fails after it had succeeded", async () => {
    const world = new World();
    const check = vi.fn(async () => true).mockImplementationOnce(async () => true);
    check.mockResolvedValueOnce(true).mockRejectedValueOnce(new Error("no route"));
    const error = await failure(new Process(world).run("rotate", { sinks: [astray], check }));
    expect(error.message).toContain("The check failed: no route. It had succeeded 2 times.");
  });

  test("is asked three times, a second apart", async () => {
    const { asked, check } = replicas(true);
    await settle(new Process(new World()).run("rotate", { sinks: [astray], check }));
    expect(asked.map((at) => at - (asked[0] ?? 0))).toEqual([0, 1000, 2000]);
  });

  test("is asked as often, and as far apart, as the caller wants", async () => {
    const { asked, check } = replicas(true);
    const options = { sinks: [astray], check, checkRuns: 5, checkInterval: 30_000 };
    await settle(new Process(new World()).run("rotate", options));
    expect(asked.map((at) => at - (asked[0] ?? 0))).toEqual([0, 30_000, 60_000, 90_000, 120_000]);
  });

  test("may be asked as often and as seldom as that", async () => {
    const options = { sinks: [astray], check: async () => true, checkRuns: 100, checkInterval: 3_600_000 };
    expect(await settle(new Process(new World()).run("rotate", options))).toMatchObject({ phase: "verified" });
  });

  test("says each time how often it was asked, and until when it waits", async () => {
    const { asked, check } = replicas(true);
    const process = new Process(new World());
    await settle(process.run("rotate", { sinks: [astray], check, checkInterval: 5000 }));
    const told = process.events.filter(({ type }) => type === "check");
    expect(told).toEqual([1, 2, 3].map((attempt) => ({ type: "check", attempt, of: 3 })));
    const waits = process.events.filter((event) => event.type === "wait" && event.why === "until the next check");
    expect(waits.map((event) => event.type === "wait" && event.until)).toEqual(asked.slice(1));
  });

  test("is repeated for as long as a rollout may take, and must succeed three times in a row", async () => {
    const { asked, check } = replicas(false, true, true, false, true);
    const process = new Process(new World());
    await settle(process.run("rotate", { sinks: [astray], check, checkTimeout: 60_000 }));
    expect(asked.length).toBe(7);
    const failure = "the new secret is not deployed";
    const until = (asked[0] ?? 0) + 60_000;
    expect(process.events).toContainEqual({ type: "check", attempt: 1, of: 3, failure, until });
    expect(process.events).toContainEqual({ type: "check", attempt: 3, of: 3, failure, until });
  });

  test("a sink that got the old secret back while the check waited keeps the old secret", async () => {
    const world = new World();
    const before = world.deployed;
    const sinks = [{ ...writeOnly(world), readBack: async () => world.deployed }];
    let asked = 0;
    const check = async () => {
      if (++asked === 60) world.deployed = before;
      return asked > 60;
    };
    const options = { sinks, check, checkTimeout: 120_000, finish: true };
    const error = await failure(new Process(world).run("rotate", options));
    expect(error.message).toContain("The sink service does not hold the new secret.");
    expect(world.deletes).toBe(0);
  });

  test("is not begun again when the time for the rollout is over by then", async () => {
    const { asked, check } = replicas(false);
    const options = { sinks: [astray], check, checkTimeout: 10_000, checkInterval: 3000 };
    const error = await failure(new Process(new World()).run("rotate", options));
    expect(error.message).toContain("The check says that the new secret is not deployed.");
    expect(asked.map((at) => at - (asked[0] ?? 0))).toEqual([0, 3000, 6000, 9000]);
  });

  test.each([
    ["checkRuns", [0, 101, 1.5, Number.NaN]],
    ["checkInterval", [-1, 3_600_001, Number.NaN]],
    ["checkTimeout", [-1, 86_400_001, Number.NaN]],
  ] as const)("is refused with a %s out of its range, before anything is sent", async (name, values) => {
    for (const value of values) {
      const world = new World();
      const options = { check: async () => true, [name]: value };
      const error = await failure(new Process(world).run("rotate", options));
      expect(error).toMatchObject({ code: "usage" });
      expect(error.message).toContain(name);
      expect(world.sandbox.requests).toEqual([]);
    }
  });
});

test.each([
  ["a line end after it", (secret: string) => `${secret}\n`, "with a line end around it"],
  ["a line end before it", (secret: string) => `\n${secret}`, "with white space around it"],
  ["a blank before it", (secret: string) => ` ${secret}`, "with white space around it"],
])("a sink that holds the secret with %s is not confirmed, since a service sends both", async (_, change, said) => {
  const world = new World();
  const sinks = [{ ...writeOnly(world), readBack: async () => change(world.deployed) }];
  const error = await failure(new Process(world).run("rotate", { sinks, finish: true }));
  expect(error).toMatchObject({ code: "check-failed", phase: "delivered", nextStep: undefined });
  expect(error.message).toContain(said);
  expect(world.deletes).toBe(0);
});

test("what a read-back warns of is told, with the sink's name", async () => {
  const world = new World();
  const sink: Sink = {
    ...writeOnly(world),
    readBack: async ({ warn }) => {
      warn?.("the line end is a guess");
      return world.deployed;
    },
  };
  const process = new Process(world);
  await settle(process.run("rotate", { sinks: [sink] }));
  expect(process.events).toContainEqual({ type: "warning", message: "service: the line end is a guess" });
});

test("each sink is confirmed by what it holds itself", async () => {
  const world = new World();
  const sinks = [
    { ...writeOnly(world), readBack: async () => world.deployed },
    { ...astray, name: "backup", readBack: async () => "another secret" },
  ];

  const error = await failure(new Process(world).run("rotate", { sinks, finish: true }));
  expect(error).toMatchObject({ code: "check-failed", phase: "delivered" });
  expect(error.message).toContain("The sink backup does not hold the new secret");
  expect(error.message).toContain("This rotation has deleted no secret.");
  expect(world.deletes).toBe(0);
});

test("sinks are read back at once, and one that fails leaves no other unread", async () => {
  const world = new World();
  const reading: string[] = [];
  const sink = (name: string, reads: () => Promise<string>): Sink => ({
    ...writeOnly(world),
    name,
    readBack: async () => {
      reading.push(`${name} begins`);
      return reads().finally(() => reading.push(`${name} ends`));
    },
  });
  const slow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return world.deployed;
  };
  const failing = async () => {
    throw new Error("no such host");
  };
  const sinks = [sink("first", failing), sink("second", slow)];

  const error = await failure(new Process(world).run("rotate", { sinks }));

  expect(error.message).toContain("The sink first could not be read back: no such host");
  expect(error.cause).toMatchObject({ message: "no such host" });
  expect(reading).toEqual(["first begins", "second begins", "first ends", "second ends"]);
});

test("finishing a rotation that was never confirmed deletes nothing, and says what it needs", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { sinks: [writeOnly(world)] }));

  const error = await failure(new Process(world).run("finish", { sinks: [writeOnly(world)] }));
  expect(error).toMatchObject({ code: "check-failed", phase: "verified", nextStep: undefined });
  expect(error.message).toMatch(/^[^.]*service[^.]*\..+Give a check or a read-back, or decline the check/);
  expect(world.deletes).toBe(0);
});

test("an earlier confirmation does not stand in for one just before the deletion", async () => {
  const world = await verified();

  expect(await failure(new Process(world).run("finish", { sinks: [writeOnly(world)] }))).toMatchObject({
    code: "check-failed",
  });
  expect(world.deletes).toBe(0);
});

test("what was declined at the beginning need not be declined again", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { sinks: [writeOnly(world)], check: false }));

  expect(await settle(new Process(world).run("finish", { sinks: undefined }))).toMatchObject({ phase: "done" });
});

describe("what the journal knows as declined", () => {
  const declining = { verify: false, check: false } as const;
  const cases: [string, Partial<RotationOptions>, Partial<RotationOptions>, Entry["declined"]][] = [
    ["is nothing by default", {}, {}, { verify: false, check: false }],
    [
      "is nothing where something else was given",
      { verify: async () => "accepted", check: async () => true },
      { verify: true, check: async () => true },
      { verify: false, check: false },
    ],
    ["is the verification, declined at the beginning", { verify: false }, {}, { verify: true, check: false }],
    ["is the check, declined at the beginning", { check: false }, {}, { verify: false, check: true }],
    ["is the verification, declined later", {}, { verify: false }, { verify: true, check: false }],
    ["is the check, declined later", {}, { check: false }, { verify: false, check: true }],
    [
      "is both, declined once and not again",
      declining,
      { verify: true, check: async () => true },
      { verify: true, check: true },
    ],
  ];

  test.each(cases)("%s", async (_, first, later, declined) => {
    const world = new World();
    const entries: Entry[] = [];
    const append = world.journal.append.bind(world.journal);
    vi.spyOn(world.journal, "append").mockImplementation((key, sequence, text) => {
      entries.push(JSON.parse(text));
      return append(key, sequence, text);
    });
    await settle(new Process(world).run("rotate", first));
    await settle(new Process(world).run("finish", later));

    const atFirst = { verify: first.verify === false, check: first.check === false };
    expect(entries.map((entry) => [entry.phase, entry.declined])).toEqual([
      ["requesting", atFirst],
      ["issued", atFirst],
      ["delivered", atFirst],
      ["verified", atFirst],
      ["finishing", declined],
      ["done", declined],
    ]);
  });

  test("includes what a run declined that confirmed nothing else, so that the last one need not", async () => {
    const world = new World();
    const rotate = new Process(world).run("rotate", { sinks: [astray], verify: async () => "inconclusive" });
    expect(await failure(rotate)).toMatchObject({ phase: "delivered" });
    await settle(new Process(world).run("resume", { sinks: [astray], verify: false, check: false }));

    expect(await world.latest()).toMatchObject({ phase: "verified", declined: { verify: true, check: true } });
  });
});

test("a sink that holds another secret is not confirmed, and a person decides whether it is delivered to again", async () => {
  const world = new World();
  const wrong: Sink = { ...writeOnly(world), readBack: async () => "another secret" };

  const error = await failure(new Process(world).run("rotate", { sinks: [wrong] }));
  expect(error).toMatchObject({ code: "check-failed", phase: "delivered", nextStep: undefined });
  expect(error.message).toMatch(/service does not hold the new secret.+deliver the new one again/);
  expect(await settle(new Process(world).run("resume"))).toMatchObject({ phase: "verified" });
});

test("a sink that cannot be read back is not confirmed", async () => {
  const world = new World();
  const unreadable: Sink = {
    ...writeOnly(world),
    readBack: async () => {
      throw new Error("permission denied");
    },
  };

  const error = await failure(new Process(world).run("rotate", { sinks: [unreadable], check: async () => true }));
  expect(error).toMatchObject({ code: "check-failed", phase: "delivered", nextStep: "resume" });
  expect(error.message).toContain("permission denied");
});

test("a read-back is not made up for by the check", async () => {
  const world = new World();
  const wrong: Sink = { ...writeOnly(world), readBack: async () => "another secret" };

  expect(await failure(new Process(world).run("rotate", { sinks: [wrong], check: async () => true }))).toMatchObject({
    code: "check-failed",
  });
});

test("a roll-back to the old secret between the confirmation and the finish is noticed", async () => {
  const world = new World();
  const [old = ""] = world.sandbox.secretsOf(clientId);
  await settle(new Process(world).run("rotate"));
  world.deployed = old;

  const error = await failure(new Process(world).run("finish"));
  expect(error).toMatchObject({ code: "check-failed", phase: "verified", nextStep: undefined });
  expect(error.message).toContain("deliver the new one again");
  expect(world.deletes).toBe(0);
  expect(world.sandbox.accepts(clientId, old)).toBe(true);
});

test("a roll-back between a lost deletion and the next attempt is noticed", async () => {
  const world = new World();
  const [old = ""] = world.sandbox.secretsOf(clientId);
  await settle(new Process(world).run("rotate"));
  world.sandbox.faults.push({ operation: "oauth-clients-delete-rotated-secret", kind: "error" });
  await failure(new Process(world).run("finish"));
  world.deployed = old;

  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "check-failed", phase: "finishing" });
  expect(world.deletes).toBe(1);
  expect(world.sandbox.accepts(clientId, old)).toBe(true);
});
