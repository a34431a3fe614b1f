import type { Ending, Operator as Person } from "./operator.ts";
import { Operator } from "./operator.ts";
import type { Plan } from "./plan.ts";
import type { Command, Process } from "./process.ts";
import type { RivalAct } from "./rivals.ts";
import type { ServerManners } from "./server.ts";
import type { Source } from "./source.ts";
import { World } from "./world.ts";

/** The stage of a scenario that is written by hand. */
export interface Stage {
  readonly world: World;
  readonly a: Person;
  /** At the same service, with the same journal unless the scenario says otherwise. */
  readonly b: Person;
  /** Milliseconds since it began. */
  now(): number;
  /** Enters a command, and resolves nothing: `then` is called with its ending. */
  enter(who: Person, command: Command, then?: (ending: Ending) => void): void;
  after(milliseconds: number, what: () => void): void;
  rival(act: RivalAct, deployAfter?: number): void;
  /** Nobody does anything more. */
  rest(): void;
}

/** A case of the second set, as a history. */
export interface Scenario {
  readonly name: string;
  /** What 0.1.0 shows. */
  readonly shows: RegExp;
  readonly manners?: Partial<ServerManners>;
  readonly journals?: 1 | 2;
  readonly timeout?: number;
  readonly offsetOfA?: number;
  /** What goes wrong: an amount, or undefined. Called at each chance. */
  readonly fault?: (name: string, stage: Stage) => number | undefined;
  /** Called whenever a process asks for something. */
  readonly call?: (what: string, process: Process, stage: Stage) => void;
  readonly play: (stage: Stage) => void;
}

const manners: ServerManners = {
  second: "keep",
  flag: "shown",
  updatedAt: "moves",
  hasDate: true,
  method: "client_secret_basic",
  replicas: 1,
  hasMilliseconds: true,
  isNew: false,
};

/** The world in which a scenario is played, as `runHistory` takes it. */
export function stageOf(scenario: Scenario): (source: Source, seed: number) => Plan {
  return (source, seed) => {
    let stage: Stage | undefined;
    const only = (name: string) => (stage ? scenario.fault?.(name, stage) : undefined);
    const world = new World(source, seed, { ...manners, ...scenario.manners }, { only });
    const journal = world.addJournal("journal A");
    const place = world.addPlace("service", { readBack: true, peek: true, needsRestart: false });
    const { timeout = 10_000, offsetOfA = 0 } = scenario;
    world.isSomeClockWrong = offsetOfA !== 0;
    const how = (offset: number) => ({ clock: { offset, drift: 0 }, timeout, maxRetries: 0 });
    const a = new Operator(world, "A", journal, [place], how(offsetOfA));
    const other = scenario.journals === 2 ? world.addJournal("journal B") : journal;
    const b = new Operator(world, "B", other, [place], how(0));
    const begun = world.scheduler.now;
    const start = (rest: () => void) => {
      const here: Stage = {
        world,
        a,
        b,
        rest: () => world.scheduler.after(1, rest),
        now: () => world.scheduler.now - begun,
        enter: (who, command, then = () => {}) => who.enter(command, then),
        after: (milliseconds, what) => world.scheduler.after(milliseconds, what),
        rival: (act, deployAfter) => world.rival.act(act, deployAfter),
      };
      stage = here;
      world.onCall = (what, process) => scenario.call?.(what, process, here);
      world.scheduler.after(0, () => scenario.play(here));
    };
    return { world, operators: [a, b], start };
  };
}
