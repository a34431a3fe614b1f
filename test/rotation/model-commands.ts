import fc from "fast-check";
import { expect } from "vitest";
import type { NextStep } from "../../src/rotation/index.ts";
import type { Fault } from "../../src/sandbox/index.ts";
import type { Order } from "./model-process.ts";
import type { ModelWorld, WorldOptions } from "./model-world.ts";
import { clientId } from "./world.ts";

/** What the commands have to know: which operators are busy. */
export type Model = ModelWorld["running"];

type Command = fc.AsyncCommand<Model, ModelWorld>;

const operators = [0, 1, 2] as const;

/** A command that any moment is good for. */
function always(name: string, run: (world: ModelWorld) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (_, world) => {
      await run(world);
      settled(world);
    },
    toString: () => name,
  };
}

function settled({ ledger }: ModelWorld): void {
  ledger.observe();
  if (ledger.violations.length > 0) throw new Error(ledger.violations.join("\n"));
}

/** An operator, who is free, starts a process, and so much time passes. */
export function order(operator: number, directory: number, given: Order, milliseconds: number): Command {
  const name = `order(${operator}, ${directory}, ${JSON.stringify(given)}, ${milliseconds})`;
  return {
    ...always(name, async (world) => {
      const { end } = world.start(operator, directory, given);
      await world.elapse(milliseconds, end);
    }),
    check: (running) => !running.has(operator),
  };
}

/** An operator's process is ended for good. */
export function kill(operator: number): Command {
  return {
    ...always(`kill(${operator})`, async (world) => world.running.get(operator)?.kill()),
    check: (running) => running.has(operator),
  };
}

/** Somebody who uses no journal changes the client. */
export function elsewhere(what: "rotate" | "delete" | "rename"): Command {
  return always(`elsewhere("${what}")`, (world) => world.elsewhere(what));
}

/** Something goes wrong with a request that is still to come. */
export function goWrong(fault: Fault): Command {
  return always(`goWrong(${JSON.stringify(fault)})`, async ({ sandbox }) => void sandbox.faults.push(fault));
}

/** Time passes, and what is under way goes on. */
export function pass(milliseconds: number): Command {
  return always(`pass(${milliseconds})`, (world) => world.elapse(milliseconds));
}

const untilItEnds = 600_000;
const someTime = fc.oneof(fc.nat(500), fc.nat(5000), fc.nat(60_000));

const orders: fc.Arbitrary<Order> = fc
  .record(
    {
      command: fc.constantFrom<NextStep[]>("rotate", "rotate", "resume", "finish", "finish", "recover"),
      finish: fc.boolean(),
      overlap: fc.constantFrom(0, 0, 5000),
      acceptChange: fc.boolean(),
      crashAfter: fc.option(fc.nat(30), { freq: 1 }),
    },
    { requiredKeys: ["command"] },
  )
  .map(({ crashAfter, ...given }) => ({ ...given, ...(typeof crashAfter === "number" && { crashAfter }) }));

const faults: fc.Arbitrary<Fault> = fc.record({
  operation: fc.constantFrom<Fault["operation"][]>(
    "oauth-clients-rotate-secret",
    "oauth-clients-rotate-secret",
    "oauth-clients-delete-rotated-secret",
    "oauth-clients-delete-rotated-secret",
    "oauth-clients-get",
    "token",
    "revocation",
    "discovery",
  ),
  kind: fc.constantFrom<Fault["kind"][]>(
    "error",
    "error-applied",
    "late",
    "lost",
    "silent",
    "reset",
    "reset-applied",
    "malformed",
    "throttled",
    "challenge",
  ),
  skip: fc.nat(1),
  times: fc.integer({ min: 1, max: 2 }),
  delay: fc.nat(20_000),
});

const ordered = fc
  .tuple(
    fc.constantFrom(...operators),
    fc.constantFrom(0, 0, 1),
    orders,
    fc.oneof({ weight: 2, arbitrary: fc.constant(untilItEnds) }, { weight: 1, arbitrary: someTime }),
  )
  .map((given) => order(...given));

/** Any commands, in any order. */
export const commands = fc.commands(
  [
    // Twice, so that it comes twice as often as each of the others.
    ordered,
    ordered,
    fc.constantFrom(...operators).map(kill),
    fc.constantFrom<("rotate" | "delete" | "rename")[]>("rotate", "rotate", "delete", "rename").map(elsewhere),
    faults.map(goWrong),
    someTime.map(pass),
  ],
  { maxCommands: 30, size: "max" },
);

/** Any world. */
export const worlds: fc.Arbitrary<WorldOptions> = fc.record({
  onSecondRotation: fc.constantFrom<("keep" | "refuse" | "replace")[]>("keep", "refuse", "replace"),
  updatedAt: fc.constantFrom<("moves" | "still" | "absent")[]>("moves", "moves", "moves", "still", "absent"),
  readLag: fc.oneof(fc.constant(0), fc.nat(5000)),
  latency: fc.constantFrom(0, 150),
  way: fc.constantFrom(0, 150),
  isServiceShared: fc.boolean(),
  issuer: fc.record({ learning: fc.array(fc.boolean(), { maxLength: 4 }) }),
});

/**
 * Nothing goes wrong any more: what is under way ends, and each operator does what comes next until the rotation is done.
 */
export async function conclude(world: ModelWorld): Promise<void> {
  world.sandbox.faults.splice(0);
  await world.elapse(untilItEnds, Promise.all([...world.running.values()].map(({ end }) => end)));
  await world.elapse(60_000);
  settled(world);
  for (const index of world.directories.keys()) await untilDone(world, index);
}

async function untilDone(world: ModelWorld, index: number): Promise<void> {
  const { name, entry, service } = world.directory(index);
  const steps: string[] = [];
  if (!entry || entry.phase === "done") return;
  let next: Order = { command: "resume" };
  while (steps.length < 12) {
    const { end } = world.start(operators.length, index, next);
    await world.elapse(untilItEnds, end);
    settled(world);
    const result = await end;
    if (!result) throw new Error("The process ended without a result.");
    const code = "code" in result ? result.code : undefined;
    steps.push(`${next.command}: ${code ?? result.phase}`);
    if (!("code" in result) && result.phase === "done" && result.abandoned === undefined) {
      expect(world.sandbox.secretsOf(clientId), `${name}: ${steps.join(", ")}`).toEqual([service.deployed]);
      return;
    }
    next = { command: result.nextStep ?? "rotate", finish: true };
    // What a person adds to what comes next.
    if (code === "overlap-not-over") await world.elapse(5000);
    // Another directory, or a roll-back, has put another secret there since, and no command delivers a second time.
    if (code === "check-failed") world.deployAgain(index);
    // Whoever has looked who changed the client accepts that by name.
    if (code === "client-changed" && next.command === "finish") next = { ...next, acceptChange: true };
    // Where nothing tells that somebody else was there, the secret is given up by a person.
    const directory = world.directory(index);
    const nothingTells = world.ledger.mayMistakeChange(directory) || directory.entry?.baseline === undefined;
    if (code === "verification-failed" && nothingTells) next = { command: "recover", finish: true };
  }
  throw new Error(`${name} is not done after ${steps.join(", ")}`);
}
