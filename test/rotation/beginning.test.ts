import { beforeEach, describe, expect, test, vi } from "vitest";
import type { OAuthClientGetResponse } from "../../src/client/iam.ts";
import Cloudflare from "../../src/client/index.ts";
import { finishRotation, inspectRotation, resumeRotation } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, showing, verified, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
test("a client that does not authenticate has no secret to rotate", async () => {
  const world = new World({ clients: [{ client_id: clientId, token_endpoint_auth_method: "none" }] });

  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "no-client-secret", phase: undefined, nextStep: undefined });
  expect(world.posts).toBe(0);
  expect(await world.latest()).toBeUndefined();
});

test.each(["keep", "refuse", "replace"] as const)(
  "where an old secret is waiting to be deleted, nothing is begun, though the server would %s it",
  async (onSecondRotation) => {
    const world = new World({ onSecondRotation });
    await world.elsewhere.rotate();
    const rotate = new Process(world);

    const error = await failure(rotate.run("rotate"));
    expect(error).toMatchObject({ code: "rotation-in-progress", phase: undefined, nextStep: undefined });
    expect(error.message).toContain("Nothing was changed");
    // In the order in which they are to be tried.
    expect(error.message).toMatch(/finish.+where it began.+adopt.+recover/i);
    expect(rotate.sent).not.toContain("POST rotate_secret");
    expect(await world.latest()).toBeUndefined();
  },
);

describe("a client that is not recognised", () => {
  const recognise = ({ client_name }: OAuthClientGetResponse) => {
    if (client_name !== "Checkout") throw new TypeError(`it is ${client_name}`);
  };
  const other = { clients: [{ client_id: clientId, client_name: "Other" }] };

  test("gets no new secret", async () => {
    const world = new World(other);
    const rotate = new Process(world);
    await expect(settle(rotate.run("rotate", { recognise }))).rejects.toThrow("it is Other");
    expect(rotate.sent).toEqual([`GET ${clientId}`]);
    expect(await world.latest()).toBeUndefined();
  });

  test("keeps its old secret", async () => {
    const world = await verified(other);
    const finish = new Process(world);
    await expect(settle(finish.run("finish", { recognise }))).rejects.toThrow("it is Other");
    expect(finish.sent).toEqual([`GET ${clientId}`]);
    expect(await world.latest()).toMatchObject({ phase: "verified" });
  });

  test("is looked at once in a run, and rotated if it is recognised", async () => {
    const looks: unknown[] = [];
    const world = new World();
    const recognised = (client: OAuthClientGetResponse) => void looks.push(client.client_id);
    await settle(new Process(world).run("rotate", { finish: true, recognise: recognised }));
    expect(looks).toEqual([clientId]);
  });
});

test("a read that lags behind an earlier one does not hide another person's rotation", async () => {
  const world = new World({ onSecondRotation: "replace" });
  const shown: OAuthClientGetResponse[] = [];
  let lagging = Number.NaN;
  showing(world, (client) => {
    const [first = client] = shown;
    return shown.push(client) === lagging ? first : client;
  });
  await settle(new Process(world).run("rotate", { finish: true }));
  await world.elsewhere.rotate();
  // The second read from here on is of a replica that has seen neither rotation.
  lagging = shown.length + 2;
  const rotate = new Process(world);

  expect(await failure(rotate.run("rotate"))).toMatchObject({ code: "rotation-in-progress" });

  expect(shown.length).toBeGreaterThan(lagging);
  expect(rotate.sent).not.toContain("POST rotate_secret");
});

test("a journal that cannot be written ends the run before anything is changed", async () => {
  const world = new World();
  vi.spyOn(world.journal, "append").mockRejectedValue(new Error("read-only file system"));

  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "journal-failed", phase: undefined, nextStep: "rotate" });
  expect(error.message).toContain("read-only file system");
  expect(world.posts).toBe(0);
});

test("where no digest can be made, as on a page without https, nothing is sent: the rotation cannot start", async () => {
  const world = new World();
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const rotate = new Process(world);

  const error = await failure(rotate.run("rotate")).finally(() => vi.unstubAllGlobals());
  // The same run would fail again here.
  expect(error).toMatchObject({ code: "usage", phase: undefined, nextStep: undefined });
  expect(error.cause).toBeInstanceOf(Error);
  expect(error.message).toContain("crypto.subtle");
  expect(rotate.sent).toEqual([]);
});

test("credentials without the permission are told as such", async () => {
  const world = new World();
  const error = await failure(new Process(world).run("rotate", {}, { apiToken: "another-token-that-is-unknown-here" }));
  expect(error).toMatchObject({ code: "credentials-refused", nextStep: "rotate" });
  expect(world.posts).toBe(0);
});

describe("a rotation needs", () => {
  test.each([
    ["a sink", []],
    ["a sink that is given", undefined],
    ["a name for each sink", [{ name: "", deliver: async () => {} }]],
    [
      "another name for each sink",
      [
        { name: "service", deliver: async () => {} },
        { name: "service", deliver: async () => {} },
      ],
    ],
  ])("%s", async (_, sinks) => {
    const world = new World();
    expect(await failure(new Process(world).run("rotate", { sinks }))).toMatchObject({ code: "usage" });
    expect(world.sandbox.requests).toEqual([]);
  });
});

test("the next rotation needs a sink as the last one did", async () => {
  const world = new World();
  await settle(new Process(world).run("rotate", { finish: true }));
  const next = new Process(world);

  expect(await failure(next.run("rotate", { sinks: [] }))).toMatchObject({ code: "usage", phase: "done" });
  expect(next.sent).toEqual([]);
});

test.each([
  ["two seconds old is good enough", 2000, 1],
  ["older is repeated", 2001, 2],
] as const)("just before the request a read that is %s", async (_, age, reads) => {
  const world = new World();
  world.network = async (what, send) => {
    if (what === "POST token" && world.posts === 0) vi.setSystemTime(Date.now() + age);
    return send();
  };
  const rotate = new Process(world);
  await settle(rotate.run("rotate"));

  const before = rotate.sent.slice(0, rotate.sent.indexOf("POST rotate_secret"));
  expect(before.filter((what) => what === `GET ${clientId}`)).toHaveLength(reads);
});

describe("where no rotation was begun", () => {
  test.each(["resume", "finish"] as const)("%s says so, and sends nothing", async (command) => {
    const world = new World();
    expect(await failure(new Process(world).run(command))).toMatchObject({ code: "no-rotation", nextStep: "rotate" });
    expect(world.sandbox.requests).toEqual([]);
  });

  test.each([
    ["resumeRotation", resumeRotation],
    ["finishRotation", finishRotation],
  ])("%s says so with nothing given but the journal", async (_, perform) => {
    const { sandbox, journal } = new World();
    const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch: sandbox.fetch });
    const run = perform(client, { accountId: sandbox.accountId, clientId }, { journal });
    expect(await failure(run)).toMatchObject({ code: "no-rotation" });
  });

  test("inspecting finds none", async () => {
    const { sandbox, journal } = new World();
    expect(await inspectRotation({ accountId: sandbox.accountId, clientId }, { journal })).toBeUndefined();
  });
});

describe("a rotation under way", () => {
  test("is continued by rotating again, not begun anew", async () => {
    const world = await verified();
    expect(await settle(new Process(world).run("rotate"))).toMatchObject({ phase: "verified", nextStep: "finish" });
    expect(world.posts).toBe(1);
  });

  test("is resumed to its rest, where the secret can be taken from the result", async () => {
    const world = await verified();
    const resumed = await settle(new Process(world).run("resume"));
    expect(resumed.revealSecret()).toBe(world.deployed);
  });

  test("needs the sinks that have not had the secret", async () => {
    const world = new World();
    const failing = {
      name: "service",
      deliver: async () => {
        throw new Error("no space left");
      },
    };
    const error = await failure(new Process(world).run("rotate", { sinks: [failing], check: false }));
    expect(error).toMatchObject({ code: "delivery-failed", phase: "issued", nextStep: "resume" });
    expect(error.message).toContain("no space left");
    expect(error.message).toContain("The new secret is in the journal");

    const missing = await failure(new Process(world).run("resume", { sinks: [] }));
    expect(missing).toMatchObject({ code: "usage", phase: "issued" });
    expect(missing.message).toContain("service");
    expect(await settle(new Process(world).run("resume"))).toMatchObject({ phase: "verified" });
  });

  test("does not deliver again to a sink that has the secret", async () => {
    const world = new World();
    const delivered: string[] = [];
    const sink = (name: string, fails = false) => ({
      name,
      deliver: async () => {
        if (fails) throw new Error("not now");
        delivered.push(name);
      },
    });
    const error = await failure(
      new Process(world).run("rotate", { sinks: [sink("first"), sink("second", true)], check: false }),
    );
    expect(error.message).toContain("1 of 2 sinks have it");
    expect(error.state).toMatchObject({ delivered: ["first"], nextStep: "resume" });

    await settle(new Process(world).run("resume", { sinks: [sink("first"), sink("second")] }));
    expect(delivered).toEqual(["first", "second"]);
  });
});

test("a sink that could not take a secret is found out before there is one", async () => {
  const world = new World();
  const full = {
    name: "service",
    preflight: async () => {
      throw new Error("no space left");
    },
    deliver: async () => {},
  };
  const rotate = new Process(world);

  const error = await failure(rotate.run("rotate", { sinks: [full] }));
  expect(error).toMatchObject({ code: "delivery-failed", phase: undefined, nextStep: "rotate" });
  expect(error.message).toContain("The sink service could not take a new secret: no space left. Nothing was changed.");
  expect(rotate.sent).toEqual([]);
});

describe("before there is a new secret", () => {
  const sink = { name: "app", deliver: async () => undefined };
  const asked: unknown[] = [];
  const cannot = async (context: { signal: AbortSignal }) => {
    asked.push(context.signal);
    throw new Error("no such program");
  };
  const check = Object.assign(async () => true, { preflight: cannot });
  const verify = Object.assign(async () => "accepted" as const, { preflight: cannot });
  beforeEach(() => void asked.splice(0));

  test.each([
    [{ check }, "check-failed", "The check could not run: no such program."],
    [{ check: false, verify }, "verification-inconclusive", "The verification could not run: no such program."],
    [
      { check: false, sinks: [{ ...sink, preflight: cannot }] },
      "delivery-failed",
      "The sink app could not take a new secret: no such program.",
    ],
  ] as const)("%#: what cannot run is refused", async (options, code, happened) => {
    const world = new World();
    const error = await failure(new Process(world).run("rotate", { sinks: [sink], ...options }));
    expect(error).toMatchObject({ code, nextStep: "rotate", cause: { message: "no such program" } });
    expect(error.message).toBe(`${happened} Nothing was changed.`);
    expect(asked).toEqual([expect.any(AbortSignal)]);
    expect([world.posts, await world.latest()]).toEqual([0, undefined]);
  });

  test.each([{ check }, { check: false, verify }] as const)(
    "%#: a signal that comes meanwhile is the reason",
    async (options) => {
      const world = new World();
      const controller = new AbortController();
      const ended = async () => {
        controller.abort();
        throw new Error("killed");
      };
      for (const option of [check, verify]) option.preflight = ended;
      const run = new Process(world).run("rotate", { sinks: [sink], ...options, signal: controller.signal });
      expect(await failure(run)).toMatchObject({ code: "interrupted" });
      for (const option of [check, verify]) option.preflight = cannot;
    },
  );

  test("what a sink notes is a warning, and nothing is one where it notes nothing", async () => {
    const world = new World();
    const process = new Process(world);
    const noting = { ...sink, preflight: async () => "another file overrides it" };
    await settle(
      process.run("rotate", {
        sinks: [noting, { ...sink, name: "quiet", preflight: async () => undefined }],
        check: false,
      }),
    );
    expect(process.events.filter(({ type }) => type === "warning")).toEqual([
      { type: "warning", message: "The sink app: another file overrides it." },
    ]);
  });

  test("the entry that announces it has no downtime, unless an old secret is to be deleted", async () => {
    for (const [command, hasOld, from] of [
      ["rotate", false, undefined],
      ["recover", false, undefined],
      ["recover", true, expect.any(Number)],
    ] as const) {
      const world = new World();
      if (hasOld) await world.elsewhere.rotate();
      const entries: { acceptDowntime: boolean; downtimeFrom?: number }[] = [];
      const { journal } = world;
      const append = journal.append.bind(journal);
      journal.append = (key, sequence, text) => {
        entries.push(JSON.parse(text));
        return append(key, sequence, text);
      };
      await settle(new Process(world).run(command));
      expect(entries[0], command).toMatchObject({ acceptDowntime: command === "recover" });
      expect(entries[0]?.downtimeFrom).toEqual(from);
    }
  });
});

describe("a journal that cannot be read names what to do again", () => {
  test.each([
    ["rotate", "rotate"],
    ["resume", "resume"],
    ["finish", "finish"],
    // Its consent is a person's.
    ["recover", undefined],
  ] as const)("%s", async (command, nextStep) => {
    const world = new World();
    world.journal.latest = () => Promise.reject(new Error("no such host"));
    const error = await failure(new Process(world).run(command));
    expect(error).toMatchObject({ code: "journal-failed", cause: { message: "no such host" } });
    expect(error.nextStep).toBe(nextStep);
  });
});

describe("where no rotation is under way", () => {
  test.each(["resume", "finish"] as const)("%s says that one can begin", async (command) => {
    const error = await failure(new Process(new World()).run(command));
    expect(error).toMatchObject({ code: "no-rotation", nextStep: "rotate" });
  });

  test("resume says so of one that is done, and finish has it", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate", { finish: true }));
    const error = await failure(new Process(world).run("resume"));
    expect(error).toMatchObject({ code: "no-rotation", nextStep: undefined });
    expect(error.message).toContain("; the last one is done.");
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  });
});
