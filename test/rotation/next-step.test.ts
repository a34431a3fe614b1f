import { beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { type Entry, journalKey } from "../../src/rotation/entry.ts";
import {
  inspectRotation,
  MemoryJournal,
  type NextStep,
  type Phase,
  RotationError,
  type RotationOptions,
  type Sink,
} from "../../src/rotation/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  refusal,
  settle,
  showing,
  untilDone,
  verified,
  World,
} from "../support/rotation-world.ts";
import { FailingJournal } from "./failing-journal.ts";

beforeEach(() => holdClock());
const rotation = "oauth-clients-rotate-secret";
const deletion = "oauth-clients-delete-rotated-secret";

const inspect = ({ sandbox, journal }: World) =>
  inspectRotation({ accountId: sandbox.accountId, clientId }, { journal });

test("a next step is a function that needs no consent", () => {
  expectTypeOf<NextStep>().toEqualTypeOf<"create" | "rotate" | "resume" | "finish" | "adopt">();
});

describe("of a rotation that is inspected, the next step", () => {
  /** Every entry that a rotation and its finish write; the latest of each phase. */
  async function entries(command: "rotate" | "recover", options: ConstructorParameters<typeof World>[0] = {}) {
    const world = new World(options);
    if (command === "recover") await world.elsewhere.rotate();
    const found = new Map<Phase, Entry>();
    const append = world.journal.append.bind(world.journal);
    vi.spyOn(world.journal, "append").mockImplementation((key, sequence, text) => {
      const entry: Entry = JSON.parse(text);
      found.set(entry.phase, entry);
      return append(key, sequence, text);
    });
    await settle(new Process(world).run(command, { finish: true }));
    return found;
  }

  /** What is said of an entry. */
  async function stateOf(entry: Entry | undefined) {
    const journal = new MemoryJournal();
    await journal.append(journalKey(entry?.accountId ?? "", clientId), 1, JSON.stringify(entry));
    return inspectRotation({ accountId: entry?.accountId ?? "", clientId }, { journal });
  }

  test.each([
    ["requesting", "resume"],
    ["issued", "resume"],
    ["delivered", "resume"],
    ["verified", "finish"],
    ["finishing", "finish"],
    ["done", undefined],
  ] as const)("is, while it is %s, %s, and its summary says where it stands", async (phase, nextStep) => {
    const state = await stateOf((await entries("rotate")).get(phase));
    expect(state).toMatchObject({ phase, nextStep, summary: expect.stringMatching(/^[A-Z].+\.$/) });
    expect(state?.summary).not.toMatch(/only the new secret|still works/);
  });

  test("is, while room is made, resume", async () => {
    const found = await entries("recover", { onSecondRotation: "refuse" });
    expect(await stateOf(found.get("recovering"))).toMatchObject({ nextStep: "resume" });
  });

  test("is none where finishing needs a change to be accepted, and the summary says so", async () => {
    const world = new World({ updatedAt: "absent" });
    const verified = await settle(new Process(world).run("rotate"));

    for (const state of [verified, await inspect(world)])
      expect(state).toMatchObject({
        nextStep: undefined,
        summary: expect.stringContaining("client to be accepted as it is now"),
      });
  });

  test("is none where finishing needs a check or a read-back, and the summary names the sinks", async () => {
    const world = new World();
    const sinks: Sink[] = [{ name: "service", deliver: async () => {} }];
    const verified = await settle(new Process(world).run("rotate", { sinks }));

    expect(verified).toMatchObject({ nextStep: undefined, summary: expect.stringMatching(/read-back for service/) });
    const declined = await settle(new Process(new World()).run("rotate", { sinks, check: false }));
    expect(declined).toMatchObject({ nextStep: "finish" });
  });
});

describe("an error's state is the rotation as the run knows it", () => {
  test("where it stopped", async () => {
    const world = new World({ issuer: { learnsNever: true } });
    const error = await failure(new Process(world).run("rotate"));
    expect(error.state).toMatchObject({ phase: "delivered", delivered: ["service"], nextStep: "resume" });
    expect(error.message).toContain(error.state?.summary);
  });

  test("and undefined where none was begun", async () => {
    expect((await failure(new Process(new World()).run("resume"))).state).toBeUndefined();
  });

  test("without the secret, however it is shown", async () => {
    const world = new World({ issuer: { learnsNever: true } });
    const error = await failure(new Process(world).run("rotate"));
    expect(JSON.stringify([error, error.state])).not.toContain(world.deployed);
  });
});

describe("a next step leads on:", () => {
  /** Follows the next steps, which need no decision, until one is missing. */
  async function followed(world: World, options: Partial<RotationOptions>, first: NextStep): Promise<unknown[]> {
    const ends: unknown[] = [];
    let next: NextStep | undefined = first;
    while (next !== undefined && ends.length < 6) {
      const end: unknown = await settle(new Process(world).run(next, options)).catch((error: unknown) => error);
      ends.push(end);
      if (!(end instanceof RotationError)) return ends;
      next = end.nextStep;
    }
    return ends;
  }

  test("a secret that is dead is not resumed for ever where no baseline shows it", async () => {
    const world = new World({ updatedAt: "absent", onSecondRotation: "replace" });
    const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
    await failure(new Process(world).run("rotate", { sinks: [closed] }));
    await world.elsewhere.rotate();
    await world.elsewhere.rotate();

    const ends = await followed(world, {}, "resume");

    expect(ends.length).toBeLessThanOrEqual(2);
    expect(ends.at(-1)).toMatchObject({ code: "verification-failed", nextStep: undefined });
    expect(String(ends.at(-1))).toContain("recover");
  });

  test("a sink that holds another secret is not finished for ever", async () => {
    const world = await verified();
    world.deployed = "overwritten";
    const ends = await followed(world, {}, "finish");
    expect(ends).toMatchObject([{ code: "check-failed", nextStep: undefined }]);
  });

  test("a lost deletion of an accepted change is looked into by finish, whether or not a baseline is known", async () => {
    const world = await verified({ updatedAt: "absent", faults: [{ operation: deletion, kind: "error-applied" }] });
    const error = await failure(new Process(world).run("finish", { acceptChange: "none" }));
    expect(error).toMatchObject({ code: "outcome-unknown", phase: "finishing" });
    // It says how to find out, in one way or the other.
    expect(error.nextStep ?? error.message).toMatch(/finish\b|resume\b/);
  });

  test("an adopted secret is not finished for ever", async () => {
    const before = new World();
    await settle(new Process(before).run("rotate"));
    const world = Object.assign(new World(), { sandbox: before.sandbox, deployed: before.deployed });

    const adopted = await settle(new Process(world).run("adopt"));
    expect(adopted).toMatchObject({ phase: "verified", nextStep: undefined });
    const error = await failure(new Process(world).run("finish"));
    expect(error).toMatchObject({ code: "client-changed", nextStep: undefined });
    expect(await settle(new Process(world).run("finish", { acceptChange: changeNamedBy(error) }))).toMatchObject({
      phase: "done",
    });
  });

  test("a second rotation that the API refuses is not requested for ever", async () => {
    const world = new World({ onSecondRotation: "refuse" });
    await world.elsewhere.rotate();
    // Reads do not show the flag, so that the request is made.
    showing(world, ({ has_rotated_secret, ...client }) => client);

    const ends = await followed(world, {}, "rotate");
    expect(ends).toMatchObject([{ code: "rotation-in-progress", phase: "done", nextStep: undefined }]);
    expect(String(ends)).toMatch(/finish.+adopt.+recover/i);
  });

  test.each([400, 404, 409, 422])(
    "a request that the API refuses for good with %i is not repeated for ever",
    async (status) => {
      const world = new World();
      world.network = async (what, send) => {
        return what === "POST rotate_secret" ? refusal(status) : send();
      };
      const ends = await followed(world, {}, "rotate");
      expect(ends).toHaveLength(1);
    },
  );

  test("a journal that failed after it had written holds the secret, which is resumed", async () => {
    const journal = new FailingJournal();
    journal.failOnce("issued", "after");
    const world = new World({ onSecondRotation: "keep" }, journal);
    const closed: Sink = { name: "service", deliver: () => Promise.reject(new Error("not now")) };

    const error = await failure(new Process(world).run("rotate", { sinks: [closed], check: false }));
    expect(error).toMatchObject({ nextStep: "resume" });
    expect(error.message).not.toMatch(/not known to hold|recover/);
    expect(await untilDone(world, { check: false }, error.nextStep)).not.toContain("recover");
    expect(world.posts).toBe(1);
  });

  test("a secret that only sinks hold is adopted from one", async () => {
    const journal = new FailingJournal();
    journal.writing = ({ phase }) => (phase === "issued" ? "before" : undefined);
    const world = new World({ onSecondRotation: "keep" }, journal);

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ nextStep: "adopt" });
    expect(error.message).toContain("adopt");
    expect(error.message).not.toContain("recover");
  });

  test("a secret is not called refused where another process has long continued", async () => {
    const world = new World({ issuer: { learnsNever: true } });
    const process = new Process(world);
    let isMoved = false;
    world.network = async (what, send) => {
      if (what === "POST token" && world.posts === 1 && !isMoved) {
        isMoved = true;
        const key = journalKey(world.sandbox.accountId, clientId);
        const { sequence = 0, entry = "" } = (await world.journal.latest(key)) ?? {};
        await world.journal.append(key, sequence + 1, entry.replace('"delivered"', '"verified"'));
      }
      return send();
    };

    const error = await failure(process.run("rotate"));
    expect(error).toMatchObject({ code: "locked", nextStep: "resume" });
    expect(error.message).not.toContain("recover");
  });
});

describe("where only a person can decide, there is no next step, and the message names what to decide:", () => {
  test.each<[string, RegExp, () => Promise<RotationError>]>([
    [
      "an old secret that no journal here knows of",
      /finish.+where it began.+adopt.+recover/i,
      async () => {
        const world = new World();
        await world.elsewhere.rotate();
        return failure(new Process(world).run("rotate"));
      },
    ],
    [
      "a response that was lost",
      /recover \(may cause downtime\)/,
      async () => {
        const world = new World({ faults: [{ operation: rotation, kind: "error-applied" }] });
        await failure(new Process(world).run("rotate"));
        return failure(new Process(world).run("resume"));
      },
    ],
    [
      "a change by somebody else",
      /Find out who changed the client.+accept the change \S+\.$/,
      async () => {
        const world = await verified();
        await world.elsewhere.rename("Another name");
        return failure(new Process(world).run("finish"));
      },
    ],
    [
      "a deletion of which nothing shows whether it was applied",
      /accept the client as it is now: \S+\.$/,
      async () => {
        const world = new World({ faults: [{ operation: deletion, kind: "lost" }] });
        showing(world, ({ has_rotated_secret, ...client }) => client);
        const shown = await failure(new Process(world).run("rotate", { finish: true }));
        await failure(new Process(world).run("finish", { acceptChange: changeNamedBy(shown) }));
        return failure(new Process(world).run("finish"));
      },
    ],
    [
      "a recovery whose deletion nothing shows",
      /by hand.+recover again/,
      async () => {
        const world = new World({ onSecondRotation: "refuse", faults: [{ operation: deletion, kind: "lost" }] });
        await world.elsewhere.rotate();
        await failure(new Process(world).run("recover"));
        showing(world, ({ has_rotated_secret, ...client }) => client);
        return failure(new Process(world).run("resume"));
      },
    ],
  ])("%s", async (_, message, perform) => {
    const error = await perform();
    expect(error.nextStep).toBeUndefined();
    expect(error.message).toMatch(message);
  });
});
