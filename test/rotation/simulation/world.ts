import { createHash } from "node:crypto";
import type { RotationError } from "../../../src/rotation/index.ts";
import { Random } from "../../support/random.ts";
import { type FaultChoice, Faults } from "./faults.ts";
import { SimulatedJournal } from "./journals.ts";
import { type Change, Ledger } from "./ledger.ts";
import type { Outside } from "./network.ts";
import type { Operator } from "./operator.ts";
import { Oracle } from "./oracle.ts";
import type { Process } from "./process.ts";
import { Rival, rivalActs, stallActs } from "./rivals.ts";
import { Scheduler } from "./scheduler.ts";
import { Server, type ServerManners } from "./server.ts";
import { Place } from "./services.ts";
import type { Source } from "./source.ts";

/** How often somebody else may act in a history. */
const mostReactions = 4;

/** Everything around the code under test, owned by the simulator. */
export class World implements Outside {
  readonly source: Source;
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly server: Server;
  readonly random: Random;
  readonly oracle: Oracle;
  readonly rival: Rival;
  readonly journals: SimulatedJournal[] = [];
  readonly places: Place[] = [];
  readonly processes: Process[] = [];
  readonly accepted = new Map<string, Set<string>>();
  challengedUntil = 0;
  /** Called whenever a process asks for something; for scenarios. */
  onCall: (what: string, process: Process) => void = () => {};
  /** Whether some clock is, or was, wrong. */
  isSomeClockWrong = false;
  readonly #placesOf = new Map<Process, readonly Place[]>();
  readonly #shownAt = new Map<Change, string>();
  /** Called when a process stands still: its operator may try again in another terminal. */
  onStall: (operator: Operator, duration: number) => void = () => {};
  readonly #reactions: Random;
  #reacted = 0;

  constructor(source: Source, seed: number, manners: ServerManners, choice: FaultChoice, turns?: number) {
    this.source = source;
    this.seed = seed;
    this.scheduler = new Scheduler(turns);
    this.faults = new Faults(seed, choice);
    const now = () => this.scheduler.now;
    this.ledger = new Ledger(now);
    this.ledger.note(JSON.stringify(manners));
    this.random = new Random(`${seed} world`);
    this.#reactions = new Random(`${seed} reactions`);
    this.server = new Server(manners, this.ledger, now, new Random(`${seed} server`));
    this.rival = new Rival(this, this.places, new Random(`${seed} rival`), () => this.faults.isOver);
    this.oracle = new Oracle(
      {
        ledger: this.ledger,
        server: this.server,
        places: this.places,
        now,
        placesOf: (process) => this.#placesOf.get(process) ?? [],
        accepted: this.accepted,
        shownAt: this.#shownAt,
        areClocksKnowable: () => manners.hasDate || !(this.isSomeClockWrong || this.ledger.hasClockJumped),
      },
      this.journals,
    );
  }

  /** Has a sink lead to another place of the same name from now on: the old one was a mistake. */
  movePlace(old: Place): Place {
    const { name, canReadBack: readBack, canPeek: peek, needsRestart } = old;
    const place = this.addPlace(name, { readBack, peek, needsRestart });
    place.changedAt = this.scheduler.now;
    this.places.splice(this.places.indexOf(old), 1);
    this.ledger.note(`the sink ${name} is another place from now on, which holds S0`);
    return place;
  }

  /** A journal that takes a moment, or as long as a command that reaches a store over the network. */
  addJournal(name: string, pace = 1): SimulatedJournal {
    const journal = new SimulatedJournal(name, pace, this);
    if (this.server.manners.isNew) journal.creation = new SimulatedJournal(`${name}, creation`, pace, this);
    for (const log of [journal, journal.creation]) {
      if (!log) continue;
      log.onAppend = (process, entry) => this.oracle.appended(process, entry);
      this.journals.push(log);
    }
    return journal;
  }

  /** A place in which the first secret is deployed. */
  addPlace(name: string, can: ConstructorParameters<typeof Place>[2]): Place {
    const place = new Place(name, this.ledger.secrets[0]?.value ?? "", can, this.ledger, () => this.scheduler.now);
    this.places.push(place);
    return place;
  }

  begins(operator: Operator, process: Process): void {
    this.processes.push(process);
    this.#placesOf.set(process, [...operator.places]);
    const { acceptChange } = process.command;
    if (acceptChange !== undefined)
      this.accepted.set(process.journal, (this.accepted.get(process.journal) ?? new Set()).add(acceptChange));
    process.onCall = (what) => {
      this.onCall(what, process);
      this.#react();
    };
    process.onSleep = (duration) => {
      for (const other of this.processes)
        if (other !== process && other.isAlive && other.clock === process.clock) other.rest(duration, true);
    };
    process.onStall = (duration) => {
      if (duration < 500) return;
      const delay = this.faults.draw("rival acts in a stall", 20, Math.min(duration, 60_000));
      if (delay !== undefined) this.#act(delay, true);
      this.onStall(operator, duration);
    };
  }

  onSend(change: Change): void {
    this.#shownAt.set(change, this.server.updatedAtShown);
    this.ledger.note(`${change.by?.name} sends the ${change.kind}`);
    this.oracle.sent(change);
  }

  onSecondClient(change: Change): void {
    this.oracle.createdTwice(change);
  }

  onApply(change: Change): void {
    const made = change.secret ? `, S${change.secret.number} is made` : "";
    this.ledger.note(`the ${change.kind} of ${change.by?.name} is applied${made}; accepted: ${this.#alive}`);
    this.oracle.applied(change);
  }

  isRotationError(error: unknown): error is RotationError {
    return error instanceof this.source.rotation.RotationError;
  }

  digestOf(value: string): string {
    return createHash("sha256").update(value).digest("hex");
  }

  /** From here on everything works, and nobody else does anything. */
  heal(operators: readonly Operator[]): void {
    this.ledger.note("-- faults stop --");
    this.faults.end();
    this.challengedUntil = 0;
    this.server.heal();
    for (const journal of this.journals) journal.heal();
    for (const { clock } of operators) clock.offset = clock.drift = 0;
  }

  get #alive(): string {
    return this.ledger.alive.map(({ number }) => `S${number}`).join(" ");
  }

  /** Somebody else acts just when one of ours does something: that is when it hurts. */
  #react(): void {
    const delay = this.faults.draw("rival reacts", 1, 8000);
    if (delay !== undefined) this.#act(delay, false);
  }

  #act(delay: number, isStall: boolean): void {
    if (this.#reacted++ >= mostReactions) return;
    const act = this.#reactions.pick(isStall ? stallActs : rivalActs);
    this.scheduler.after(delay, () => this.faults.isOver || this.rival.act(act));
  }
}
