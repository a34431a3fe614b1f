import type { Sink } from "../../../src/rotation/index.ts";
import type { Faults } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";

/** How long a sink that hangs takes before it gives up by itself, in ms. */
const longestHang = 600_000;

/** A place where a secret is deployed; a service uses what is there. */
export class Place {
  readonly name: string;
  readonly canReadBack: boolean;
  /** Whether what it holds can be looked at without a command: a file. */
  readonly canPeek: boolean;
  /** Whether a service goes on with what it has until it is restarted. */
  readonly needsRestart: boolean;
  readonly #ledger: Ledger;
  readonly #now: () => number;
  #value: string;
  /** What is stored, where the service has not taken it yet. */
  #stored: string | undefined;
  changedAt = 0;
  /** Who put there what is there now; undefined for somebody else. */
  by: Process | undefined;

  constructor(
    name: string,
    value: string,
    can: { readonly readBack: boolean; readonly peek: boolean; readonly needsRestart: boolean },
    ledger: Ledger,
    now: () => number,
  ) {
    this.name = name;
    this.#value = value;
    this.canReadBack = can.readBack;
    this.canPeek = can.peek;
    this.needsRestart = can.needsRestart;
    this.#ledger = ledger;
    this.#now = now;
  }

  /** What the service uses. */
  get value(): string {
    return this.#value;
  }

  /** What a read-back shows. */
  get stored(): string {
    return this.#stored ?? this.#value;
  }

  /** Stores a secret; the service uses it at once, unless it has to be restarted. */
  store(value: string, by: Process): void {
    if (!this.needsRestart) {
      this.put(value, by, `delivered by ${by.name}`);
      return;
    }
    this.#stored = value;
    this.by = by;
    this.changedAt = this.#now();
    this.#ledger.note(`${this.name} stores ${this.#ledger.nameOf(value)} (delivered by ${by.name})`);
  }

  /** The service takes what is stored. */
  restart(by: Process): void {
    if (this.#stored !== undefined) this.put(this.#stored, by, `restarted by ${by.name}`);
  }

  put(value: string, by: Process | undefined, why: string): void {
    this.#value = value;
    this.#stored = undefined;
    this.by = by;
    this.changedAt = this.#now();
    this.#ledger.note(`${this.name} holds ${this.#ledger.nameOf(value)} (${why})`);
  }

  /** Takes down that a process was shown what it holds. */
  confirm(process: Process): void {
    process.confirmed.set(this.name, this.#now());
    this.#ledger.confirmations.set(`${this.name} ${this.stored}`, this.#now());
  }

  /** The place as a sink of one process. */
  for(
    process: Process,
    world: { readonly scheduler: Scheduler; readonly faults: Faults; readonly ledger: Ledger },
    onDelivery: (place: Place, before: string, value: string, calledAt: number) => void,
  ): Sink {
    const { scheduler, faults, ledger } = world;
    const sink = {
      name: this.name,
      deliver: (secret: string) => {
        const calledAt = scheduler.now;
        const hangs = faults.draw("sink hangs", 10_000, longestHang);
        const slow = faults.draw("sink slow", 1000, 20_000) ?? 0;
        const fails = faults.draw("sink fails");
        const failsAfter = faults.draw("sink fails after");
        const forgets = faults.draw("sink forgets");
        const rollback = faults.draw("sink rolled back", 1000, 300_000);
        process.delayed += slow + (hangs ?? 0);
        const before = this.stored;
        process.offered.add(this.name);
        return process.call(
          `deliver to ${this.name}`,
          5 + slow,
          () => {
            if (fails) throw new Error(`the sink is not there: put ${secret}`);
            const isTold = !failsAfter && hangs === undefined;
            const replaced = this.stored;
            if (forgets) ledger.note(`${this.name} forgets ${ledger.nameOf(secret)}`);
            else this.store(secret, process);
            ledger.deliveries.push({
              sink: this.name,
              value: secret,
              by: process,
              calledAt,
              at: scheduler.now,
              isTold,
            });
            if (!forgets) onDelivery(this, replaced, secret, calledAt);
            if (rollback !== undefined)
              scheduler.after(rollback, () => {
                if (!faults.isOver && this.stored === secret) this.put(before, undefined, "rolled back");
              });
            if (failsAfter || hangs) throw new Error(`the sink does not say whether it took "${secret}"`);
          },
          5 + (hangs ?? 0),
        );
      },
    };
    const read = (what: string, isConfirmation: boolean) => () => {
      const fails = faults.draw(`sink ${what} fails`);
      return process.call(
        `${what} ${this.name}`,
        3,
        () => {
          if (fails) throw new Error("the sink cannot be read");
          if (isConfirmation) this.confirm(process);
          return this.stored;
        },
        3,
      );
    };
    return {
      ...sink,
      ...(this.canReadBack && { readBack: read("read-back", true) }),
      ...(this.canPeek && { peek: read("peek", false) }),
    };
  }
}
