import { Random } from "../../support/random.ts";
import { firstCommand, nextCommand } from "./commands.ts";
import type { FaultChoice } from "./faults.ts";
import type { Ending } from "./operator.ts";
import { Operator } from "./operator.ts";
import type { Command } from "./process.ts";
import { rivalActs } from "./rivals.ts";
import type { ServerManners } from "./server.ts";
import type { Place } from "./services.ts";
import type { Source } from "./source.ts";
import { World } from "./world.ts";

/** A world in which a history can begin. */
export interface Plan {
  readonly world: World;
  readonly operators: readonly Operator[];
  /** Begins it; `onRest` is called when all operators are through with what they want to do. */
  start(onRest: () => void): void;
}

/** Draws a world and what its people do from a seed. */
export function plan(source: Source, seed: number, choice: FaultChoice, turns: number): Plan {
  const random = new Random(`${seed} plan`);
  const manners = { ...mannersFrom(random), isNew: new Random(`${seed} creation`).chance(150) };
  const world = new World(source, seed, manners, choice, turns);
  world.server.learning = world.faults.draw("issuer learns slowly", 100, 30_000) ?? 0;
  const operators = operatorsFrom(random, world, seed);
  const count = operators.length;
  for (let rivals = random.pick([0, 0, 1, 1, 2]); rivals > 0; rivals--) {
    const act = random.pick(rivalActs);
    const at = random.magnitude(10, 900_000);
    if (!choice.without?.has(`rival ${rivals}`) && !choice.only)
      world.scheduler.after(at, () => world.faults.isOver || world.rival.act(act));
  }
  const start = (onRest: () => void) => {
    let working = operators.length;
    const rest = () => {
      if (--working === 0) onRest();
    };
    const colleagues = new Random(`${seed} colleagues`);
    world.onStall = ({ journal, places, clock, timeout, maxRetries }, duration) => {
      const delay = world.faults.draw("colleague resumes in a stall", 500, Math.max(1000, duration));
      if (delay === undefined || operators.length > 3) return;
      const name = "CD"[operators.length - count] ?? "E";
      const colleague = new Operator(world, name, journal, places, {
        // In another terminal of that machine, or at another one.
        clock: colleagues.chance(300) ? clock : { offset: clockError(world), drift: 0 },
        timeout,
        maxRetries,
      });
      operators.push(colleague);
      working++;
      const some = colleagues.pick<Command["name"]>(["resume", "resume", "rotate", "finish"]);
      const first = { name: world.server.exists ? some : "create" };
      world.scheduler.after(delay, () => work(world, colleague, colleagues, choice, rest, first));
    };
    operators.forEach((operator, index) => {
      const mood = new Random(`${seed} mood ${index}`);
      const begin = index === 0 ? 0 : random.magnitude(10, 120_000);
      world.scheduler.after(begin, () => work(world, operator, mood, choice, rest));
    });
  };
  return { world, operators, start };
}

function mannersFrom(random: Random): Omit<ServerManners, "isNew"> {
  return {
    second: random.pick([
      "keep",
      "keep",
      "refuse with 409",
      "refuse with 400",
      "replace the oldest",
      "replace the newest",
    ]),
    flag: random.pick(["shown", "shown", "shown", "shown", "absent"]),
    updatedAt: random.pick(["moves", "moves", "moves", "moves", "still", "absent"]),
    hasDate: !random.chance(300),
    method: random.pick(["client_secret_basic", "client_secret_post"]),
    replicas: random.pick([1, 2, 3]),
    hasMilliseconds: random.chance(700),
  };
}

function operatorsFrom(random: Random, world: World, seed: number): Operator[] {
  const paces = new Random(`${seed} paces`);
  const pace = () => (paces.chance(200) ? paces.magnitude(50, 2500) : 1);
  const count = random.pick([1, 1, 2]);
  // Two journals in which one name is created at once cannot know of each other.
  const isSameJournal = random.chance(600) || world.server.manners.isNew;
  const isSameService = isSameJournal || random.chance(600);
  const wrongClock = random.between(0, count - 1);
  const first = world.addJournal("journal A", pace());
  const restarts = new Random(`${seed} restarts`);
  const service = places(random, restarts, world, "service");
  const isSameMachine = random.chance(300);
  const machine = { offset: 0, drift: 0 };
  return Array.from({ length: count }, (_, index) => {
    const clock = isSameMachine ? machine : { offset: 0, drift: 0 };
    if (index === wrongClock) {
      clock.offset = clockError(world);
      const drift = world.faults.draw("clock drifts", 100, 20_000);
      if (drift !== undefined) clock.drift = drift % 2 ? drift : -drift;
      world.isSomeClockWrong ||= drift !== undefined;
    }
    return new Operator(
      world,
      index === 0 ? "A" : "B",
      index === 0 || isSameJournal ? first : world.addJournal("journal B", pace()),
      index === 0 || isSameService ? service : places(random, restarts, world, "other service"),
      { clock, timeout: random.pick([10_000, 30_000, 60_000]), maxRetries: random.pick([0, 2]) },
    );
  });
}

/** By how much a machine's clock is ahead, in ms. */
function clockError(world: World): number {
  const off = world.faults.draw("clock is off", 1000, 700_000_000);
  if (off === undefined) return 0;
  world.isSomeClockWrong = true;
  return off % 2 ? off : -off;
}

function places(random: Random, restarts: Random, world: World, name: string): Place[] {
  const count = random.pick([1, 1, 2]);
  return Array.from({ length: count }, (_, index) => {
    const readBack = random.chance(700);
    const peek = random.chance(readBack ? 700 : 200);
    return world.addPlace(`${name} ${index + 1}`, { readBack, peek, needsRestart: restarts.chance(300) });
  });
}

/** Enters one command after another, as the mood and what was just seen suggest. */
function work(
  world: World,
  operator: Operator,
  mood: Random,
  choice: FaultChoice,
  onRest: () => void,
  first?: Command,
): void {
  const most = mood.between(1, 6);
  // Someone who does what the last line says, and nothing else.
  const isObedient = mood.chance(400);
  let count = 0;
  // A schedule, which counts what fails.
  const schedule = new Random(`${world.seed} ${operator.name} schedule`);
  const counts = schedule.chance(150);
  const enter = (command: Command) => {
    if (choice.without?.has(`command ${operator.name} ${count}`)) return then({});
    operator.enter(command, (ending) => {
      if (counts && ending.error && schedule.chance(700)) operator.enter({ name: "count" }, () => then(ending));
      else then(ending);
    });
  };
  const then = (ending: Partial<Ending>) => {
    if (++count >= most) return onRest();
    // Now and then it is left until the next day.
    const next = nextCommand(world, operator, mood, isObedient, ending);
    if (!next) return onRest();
    const isLeft = mood.chance(next.name === "recover" ? 300 : 60);
    const pause = isLeft ? mood.magnitude(120_000, 200_000_000) : mood.magnitude(50, 120_000);
    world.scheduler.after(pause, () => enter(next));
  };
  enter(first ?? firstCommand(world, operator, mood));
}
