import { beforeEach, describe, expect, test } from "vitest";
import type { Sink } from "../../src/rotation/index.ts";
import { failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());

const closed = (name: string): Sink => ({ name, deliver: () => Promise.reject(new Error("not now")) });
const open = (name: string): Sink => ({ name, deliver: async () => undefined });

/** A rotation of two sinks, of which the first has the secret. */
async function begun(): Promise<World> {
  const world = new World();
  await failure(new Process(world).run("rotate", { sinks: [open("first"), closed("second")], check: false }));
  return world;
}

describe("of a rotation under way", () => {
  test("a sink that has the secret need not be given", async () => {
    const world = await begun();
    const resumed = await settle(new Process(world).run("resume", { sinks: [open("second")] }));
    expect(resumed).toMatchObject({ phase: "verified", delivered: ["first", "second"] });
  });

  test.each(["rotate", "resume"] as const)("other sinks are refused by %s, naming its own", async (command) => {
    const world = await begun();
    const error = await failure(new Process(world).run(command, { sinks: [open("first"), open("third")] }));
    expect(error).toMatchObject({ code: "rotation-in-progress", nextStep: "resume" });
    expect(error.message).toContain("with other sinks (first, second)");
    expect(await world.latest()).toMatchObject({ phase: "issued", delivered: ["first"] });
  });

  test("a sink that lacks the secret must be given", async () => {
    const world = await begun();
    const error = await failure(new Process(world).run("resume", { sinks: [open("first")] }));
    expect(error).toMatchObject({ code: "usage" });
    expect(error.message).toContain("has a sink named second, which was not given");
  });

  test.each([
    ["that is given, and not its own", "third", ["first", "second", "third"]],
    ["that is its own, and not given", "first", ["second"]],
  ])("a sink to deliver to again %s is refused", async (_, name, given) => {
    const world = await begun();
    const options = { sinks: given.map(open), redeliver: [name] };
    const error = await failure(new Process(world).run("resume", options));
    expect(error).toMatchObject({ code: "usage" });
    expect(error.message).toContain(
      `To deliver to ${name} again, the rotation must have a sink of that name (it has first`,
    );
  });
});

test.each([
  [3650 * 86_400_000, "verified"],
  [3650 * 86_400_000 + 1, "usage"],
  [-1, "usage"],
  [Number.NaN, "usage"],
])("an overlap of %d ms: %s", async (overlap, outcome) => {
  const world = new World();
  const run = new Process(world).run("rotate", { overlap });
  const ended = await settle(run.then(({ phase }) => phase).catch(({ code }: { code: string }) => code));
  expect(ended).toBe(outcome);
});

test("a rotation needs a sink", async () => {
  const world = new World();
  expect(await failure(new Process(world).run("rotate", { sinks: [] }))).toMatchObject({ code: "usage" });
  expect(await failure(new Process(world).run("rotate", { sinks: undefined }))).toMatchObject({ code: "usage" });
  expect(world.sandbox.requests).toEqual([]);
});
