import { inspect } from "node:util";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { parseEntry } from "../../src/rotation/entry.ts";
import { MemoryJournal, type RotationError, type Sink } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, sleep, untilDone, World } from "../support/rotation-world.ts";
import { FailingJournal } from "./failing-journal.ts";

beforeEach(() => holdClock());
/** A world whose journal is full from the response on: it does not take the new secret. */
function full(): { world: World; journal: FailingJournal } {
  const journal = new FailingJournal();
  journal.writing = ({ phase }) => (phase === "issued" ? "before" : undefined);
  return { world: new World({ onSecondRotation: "keep" }, journal), journal };
}

type Latest = { readonly sequence: number; readonly entry: string };

/** The same, and reads of the journal show something else from then on. */
function fullAndThen(shown: (found: Latest) => Latest): ReturnType<typeof full> {
  const { world, journal } = full();
  const latest = journal.latest.bind(journal);
  let isIssued = false;
  journal.writing = ({ phase }) => {
    isIssued ||= phase === "issued";
    return phase === "issued" ? "before" : undefined;
  };
  journal.latest = async (key) => {
    const found = await latest(key);
    return isIssued && found ? shown(found) : found;
  };
  return { world, journal };
}

/** A sink that does not take the secret. */
const closed: Sink = {
  name: "service",
  deliver: async () => {
    throw new Error("not now");
  },
};

/** The new secret, as the server has it. */
function issued({ sandbox }: World): string {
  return sandbox.secretsOf(clientId)[1] ?? "";
}

describe("a secret that the journal does not take", () => {
  test("is delivered anyway, and the error names the sinks that hold it", async () => {
    const { world } = full();

    const error = await failure(new Process(world).run("rotate", { finish: true }));

    expect(world.deployed).toBe(issued(world));
    // The rotation as this run knows it; the journal's latest entry is still `requesting`.
    expect(error).toMatchObject({ code: "journal-failed", phase: "issued", nextStep: "adopt" });
    expect(error.state).toMatchObject({ delivered: ["service"] });
    expect(error.message).toContain("the journal may not hold the new one");
    expect(error.message).toContain("These sinks hold it: service");
    expect(error.message).toContain("ENOSPC");
    expect([world.posts, world.deletes]).toEqual([1, 0]);
  });

  test("is not handed over where a sink holds it", async () => {
    const { world } = full();
    const error = await failure(new Process(world).run("rotate"));
    expect(error.revealSecret()).toBeUndefined();
  });

  test("is handed over where no sink takes it, with nothing deleted", async () => {
    const { world } = full();

    const error = await failure(new Process(world).run("rotate", { sinks: [closed], check: false, finish: true }));

    expect(error.revealSecret()).toBe(issued(world));
    expect(error.message).toContain("revealSecret()");
    expect(world.sandbox.accepts(clientId, issued(world))).toBe(true);
    expect([world.posts, world.deletes]).toEqual([1, 0]);
  });

  test("is handed over where no sink takes it and the journal is not sure to keep it", async () => {
    const { world, journal } = full();
    journal.writing = ({ phase }) => (phase === "issued" ? "after" : undefined);

    const error = await failure(new Process(world).run("rotate", { sinks: [closed], check: false }));

    expect(error).toMatchObject({ code: "journal-failed", nextStep: "resume" });
    expect(error.revealSecret()).toBe(issued(world));
  });

  test("goes to no further sink once another person was seen to have changed the client", async () => {
    const { world } = full();
    const first: Sink = {
      name: "first",
      deliver: async () => {
        await sleep(5000);
        await world.elsewhere.rotate();
      },
    };
    const deliver = vi.fn(async () => {});

    const error = await failure(
      new Process(world).run("rotate", { sinks: [first, { name: "second", deliver }], check: false }),
    );

    expect(error).toMatchObject({ code: "client-changed", nextStep: "adopt" });
    expect(error.message).toContain("These sinks hold it: first");
    expect(deliver).not.toHaveBeenCalled();
    expect(world.deletes).toBe(0);
  });

  test("is not delivered by a read that was old when it was answered", async () => {
    const { world } = full();
    const first: Sink = { name: "first", deliver: () => sleep(5000) };
    const deliver = vi.fn(async () => {});
    let reads = 0;
    world.network = async (what, send) => {
      const response = await send();
      // As a process that is stopped while it waits for the response to the second read since the request.
      if (what === `GET ${clientId}` && world.posts === 1 && ++reads === 2) {
        await world.elsewhere.rotate();
        vi.setSystemTime(Date.now() + 282_000);
      }
      return response;
    };

    const error = await failure(
      new Process(world).run("rotate", { sinks: [first, { name: "second", deliver }], check: false }),
    );

    expect(error).toMatchObject({ code: "client-changed" });
    expect(deliver).not.toHaveBeenCalled();
  });

  test("is delivered where the journal cannot be read, and to nobody once it was seen to have moved", async () => {
    for (const hasMoved of [false, true]) {
      const { world } = fullAndThen((found) => {
        if (!hasMoved) throw new Error("no such host");
        return { ...found, sequence: found.sequence + 1 };
      });
      const error = await failure(new Process(world).run("rotate"));
      expect(error.code, `${hasMoved}`).toBe(hasMoved ? "locked" : "journal-failed");
      expect(world.deployed === issued(world)).toBe(!hasMoved);
    }
  });

  test.each([
    ["is delivered where the journal cannot be read later, either", false],
    ["is delivered to nobody where the journal is seen to have moved after it refused the secret", true],
  ])("%s", async (_, hasMoved) => {
    let looks = 0;
    const { world } = fullAndThen((found) => {
      // The first look is that of the write that failed.
      if (++looks === 1) return found;
      if (!hasMoved) throw new Error("no such host");
      return { ...found, sequence: found.sequence + 1 };
    });
    world.network = async (what, send) => {
      const response = await send();
      // What was read of the journal before is old by then.
      if (what === "POST rotate_secret") await sleep(1000);
      return response;
    };
    const error = await failure(new Process(world).run("rotate"));
    expect(error.code).toBe(hasMoved ? "locked" : "journal-failed");
    expect(world.deployed === issued(world)).toBe(!hasMoved);
  });

  test.each([
    ["once where that takes two seconds", 2000, 1],
    ["three times where that takes longer", 2001, 3],
  ])("is delivered after the client was read %s", async (_, milliseconds, reads) => {
    const { world } = full();
    const rotate = new Process(world);
    world.network = async (what, send) => {
      if (what === `GET ${clientId}` && world.posts > 0) await sleep(milliseconds);
      return send();
    };
    await failure(rotate.run("rotate"));
    expect(world.deployed).toBe(issued(world));
    const since = rotate.sent.slice(rotate.sent.indexOf("POST rotate_secret"));
    expect(since.filter((what) => what.startsWith("GET"))).toHaveLength(reads);
  });

  test("is not kept from the sinks by a read that hangs", async () => {
    const { world } = full();
    world.sandbox.faults.push({ operation: "oauth-clients-get", kind: "lost", skip: 1, times: Infinity });
    const rotate = new Process(world);
    const times: Record<string, number> = {};
    rotate.onMoment = ({ what, point }) => {
      if (point === "before") times[what] ??= Date.now();
    };
    await failure(rotate.run("rotate", {}, { timeout: 60_000, maxRetries: 2 }));
    expect(world.deployed).toBe(issued(world));
    expect((times.deliver ?? Infinity) - (times["POST rotate_secret"] ?? 0)).toBeLessThan(6000);
  });

  test("is delivered where the client cannot be read: only what was seen stops it", async () => {
    const { world } = full();
    world.sandbox.faults.push({ operation: "oauth-clients-get", kind: "error", skip: 1, times: Infinity });

    const error = await failure(new Process(world).run("rotate"));
    expect(error.message).toContain("These sinks hold it: service");
    expect(world.deployed).toBe(issued(world));
  });

  test("goes to the other sinks where one does not take it", async () => {
    const { world } = full();
    const open: Sink = {
      name: "backup",
      deliver: async (secret) => {
        world.deployed = secret;
      },
    };

    const error = await failure(new Process(world).run("rotate", { sinks: [closed, open], check: false }));

    expect(world.deployed).toBe(issued(world));
    expect(error.message).toContain("These sinks hold it: backup");
    expect(error.revealSecret()).toBeUndefined();
  });

  test("is written down after a delivery where the journal has room again, and the run continues", async () => {
    const { world, journal } = full();
    journal.failOnce("issued", "before");

    expect(await settle(new Process(world).run("rotate", { finish: true }))).toMatchObject({ phase: "done" });
    expect([world.posts, world.deletes]).toEqual([1, 1]);
    expect(world.outages).toEqual([]);
  });

  test("is written down after the second delivery where the first came too early for it", async () => {
    const { world, journal } = full();
    let writes = 0;
    journal.writing = ({ phase }) => (phase === "issued" && ++writes <= 2 ? "before" : undefined);
    const sinks = ["first", "second"].map((name) => ({ name, deliver: async () => {} }));

    const rotation = await settle(new Process(world).run("rotate", { sinks, check: false }));
    expect(rotation).toMatchObject({ phase: "verified", delivered: ["first", "second"] });
  });

  test("is delivered once to each sink where the journal takes it late", async () => {
    const { world, journal } = full();
    journal.failOnce("issued", "before");
    const delivered: string[] = [];
    const sinks = ["first", "second"].map((name) => ({ name, deliver: async () => void delivered.push(name) }));

    await settle(new Process(world).run("rotate", { sinks, check: false }));
    expect(delivered).toEqual(["first", "second"]);
  });

  test("leads to done by what the error says comes next", async () => {
    const { world, journal } = full();
    const error = await failure(new Process(world).run("rotate"));
    journal.writing = () => undefined;
    expect(error.nextStep).toBe("adopt");

    const commands = await untilDone(world, {}, error.nextStep);
    expect(commands).not.toContain("recover");
    expect([world.posts, world.deletes]).toEqual([1, 1]);
    expect(world.outages).toEqual([]);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  });

  test("leaves the journal's earlier entry as it is", async () => {
    const { world } = full();
    await failure(new Process(world).run("rotate"));
    expect(await world.latest()).toMatchObject({ phase: "requesting" });
  });
});

describe("the error that hands a secret over", () => {
  async function handingOver(): Promise<{ error: RotationError; secret: string }> {
    const { world } = full();
    const error = await failure(new Process(world).run("rotate", { sinks: [closed], check: false }));
    return { error, secret: issued(world) };
  }

  test("does not show it when it is inspected, logged or serialized", async () => {
    const { error, secret } = await handingOver();
    for (const text of [
      inspect(error, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(error),
      String(error),
      error.stack ?? "",
    ])
      expect(text).not.toContain(secret);
  });

  test("has no property that holds it", async () => {
    const { error, secret } = await handingOver();
    expect(Object.getOwnPropertyNames(error)).not.toContain("secret");
    for (const name of Reflect.ownKeys(error)) expect(String(Reflect.get(error, name))).not.toContain(secret);
    expect(JSON.stringify({ ...error })).not.toContain(secret);
  });
});

test("a secret whose entry was refused because somebody has continued is delivered to nobody", async () => {
  const journal = new MemoryJournal();
  const world = new World({ onSecondRotation: "keep" }, journal);
  // The write fails, and another run has taken its place.
  const { append } = journal;
  journal.append = async (key, sequence, text) => {
    if (parseEntry(text)?.phase !== "issued") return append.call(journal, key, sequence, text);
    journal.append = append;
    const entry = await world.latest();
    await append.call(journal, key, sequence, JSON.stringify({ ...entry, writtenBy: "0123456789abcdef" }));
    throw new Error("ENETDOWN");
  };
  const before = world.deployed;

  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code: "locked" });
  expect(world.deployed).toBe(before);
  expect(error.revealSecret()).toBe(issued(world));
});

describe("the message of a secret that the journal does not take", () => {
  const reason = "ENOSPC: no space left on device";
  const kept = "This rotation has deleted no secret.";
  const only = "Only this error holds it (revealSecret()). To continue, adopt it.";
  const held = "These sinks hold it: app.";
  const adoption = "To continue, adopt the secret from a sink.";
  const app: Sink = { name: "app", deliver: async () => undefined };

  test.each([
    ["before", [app], `the journal may not hold the new one: ${reason}. ${held} ${kept} ${adoption}`, "adopt"],
    ["before", [closed], `the journal may not hold the new one: ${reason}. ${only} ${kept}`, undefined],
    ["after", [closed], `the journal may not keep the new one: ${reason}. ${only} ${kept}`, "resume"],
    ["after", [app], `the journal may not keep the new one: ${reason}. ${held} ${kept}`, "resume"],
  ] as const)("%s, %j", async (how, sinks, expected, nextStep) => {
    const { world, journal } = full();
    journal.writing = ({ phase }) => (phase === "issued" ? how : undefined);
    const error = await failure(new Process(world).run("rotate", { sinks, check: false }));
    expect(error.message).toBe(`The secret was rotated, but ${expected}`);
    expect(error.nextStep).toBe(nextStep);
    expect(error.cause).toMatchObject({ message: reason });
  });

  test("where another process has continued says nothing of what was deleted", async () => {
    const { world } = fullAndThen((found) => ({ ...found, sequence: found.sequence + 1 }));
    const error = await failure(new Process(world).run("rotate", { sinks: [app], check: false }));
    expect(error.message).toBe(
      `The secret was rotated, but the journal may not hold the new one: another process has changed this rotation. ${only}`,
    );
  });

  test("after a sink that took it and a journal that has moved meanwhile names that sink, and goes to no other", async () => {
    const { world, journal } = full();
    const first: Sink = {
      name: "first",
      deliver: async () => {
        const { entry = "", sequence = 0 } = (await journal.latest(`${world.sandbox.accountId}/${clientId}`)) ?? {};
        journal.writing = () => undefined;
        await journal.append(
          `${world.sandbox.accountId}/${clientId}`,
          sequence + 1,
          entry.replace(/"writtenBy":"."/, "$&0"),
        );
      },
    };
    const deliver = vi.fn(async () => {});
    const error = await failure(
      new Process(world).run("rotate", { sinks: [first, { name: "second", deliver }], check: false }),
    );
    expect(error).toMatchObject({ code: "locked", nextStep: "adopt" });
    expect(error.message).toContain("another process has changed this rotation. These sinks hold it: first.");
    expect(deliver).not.toHaveBeenCalled();
  });
});
