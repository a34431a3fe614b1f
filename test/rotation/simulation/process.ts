import type { Faults } from "./faults.ts";
import type { Append, EntryFields, Ledger } from "./ledger.ts";
import type { Clock, Host, Scheduler } from "./scheduler.ts";

/** A command that an operator enters, and with what. */
export interface Command {
  readonly name: "create" | "rotate" | "resume" | "finish" | "recover" | "adopt" | "record" | "count";
  readonly finish?: boolean;
  readonly overlap?: number;
  readonly endOverlap?: boolean;
  readonly acceptChange?: string | undefined;
  /** Whether a check is given, declined, or neither. */
  readonly check?: "given" | "declined";
  readonly isVerifyDeclined?: boolean;
  /** Whether the caller verifies in a way of their own. */
  readonly isVerifyOwn?: boolean;
  /** The secret to adopt. */
  readonly secret?: string;
  /** Whether the digest that is given with it is the secret's. */
  readonly sha256?: "right" | "wrong";
  /** Sinks that get the secret again. */
  readonly redeliver?: readonly string[];
  /** An option that cannot be meant. */
  readonly misuse?: "no sinks" | "negative overlap" | "finish with an overlap" | "unknown sink" | "a date to come";
}

/** What the issuer said of one secret, since this process last asked anything else. */
export interface Probes {
  readonly value: string;
  accepted: number;
  refused: number;
}

/** What a process read of the client, and how old it was. */
export interface Read {
  readonly sentAt: number;
  readonly servedAt: number;
  readonly snapshotAt: number;
  /** What it showed; undefined if it did not say. */
  readonly hasOld: boolean | undefined;
  /** The same of `updated_at`; `none` if it did not say. */
  readonly updatedAt: string;
}

/** One life of an operator's process: everything that it does passes here, so that it can be killed or frozen at any await. */
export class Process implements Host {
  readonly name: string;
  readonly journal: string;
  readonly command: Command;
  readonly timeout: number;
  readonly startedAt: number;
  readonly clock: Clock;
  isAlive = true;
  hasEnded = false;
  hasCrashed = false;
  frozenUntil = 0;
  slept = 0;
  frozen = 0;
  /** Milliseconds that sinks and journals took for themselves, beyond what is ordinary. */
  delayed = 0;
  stepsAtStart = 0;
  readonly reads: Read[] = [];
  /** The latest look at the journal: when it was answered, and the latest entry that was shown up to then. */
  look:
    | { readonly at: number; readonly sequence: number; readonly entry: EntryFields | undefined; readonly log: string }
    | undefined;
  /** What it asked for last. */
  lastCall = "";
  /** What it had asked for before the change that it asks for now. */
  callBefore = "";
  /** The last entry that it won. */
  won: Append | undefined;
  /** When each sink was last shown to it to have what it has. */
  readonly confirmed = new Map<string, number>();
  /** When it sent what was last accepted: nothing is known to it of what came after. */
  acceptedSentAt = 0;
  probes: Probes = { value: "", accepted: 0, refused: 0 };
  /** Requests to the API, whatever became of them. */
  requests = 0;
  /** Whether it was ended by a signal. */
  isInterrupted = false;
  /** The secret that it was sent, and that the journal has not taken. */
  unjournaled: string | undefined;
  /** Sinks that it called to take a secret. */
  readonly offered = new Set<string>();
  onCall: (what: string) => void = () => {};
  /** Called when it is going to stand still for so long, in ms. */
  onStall: (duration: number) => void = () => {};
  onCrash: () => void = () => {};
  /** Called when its machine falls asleep, so that whatever else runs there does so, too. */
  onSleep: (duration: number) => void = () => {};
  /** Whether it has asked for something else since it last asked an issuer. */
  #hasProbed = true;
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #ledger: Ledger;

  constructor(
    name: string,
    journal: string,
    command: Command,
    timeout: number,
    clock: Clock,
    world: { readonly scheduler: Scheduler; readonly faults: Faults; readonly ledger: Ledger },
  ) {
    this.name = name;
    this.journal = journal;
    this.command = command;
    this.timeout = timeout;
    this.clock = clock;
    this.#scheduler = world.scheduler;
    this.#faults = world.faults;
    this.#ledger = world.ledger;
    this.startedAt = world.scheduler.now;
    this.stepsAtStart = world.scheduler.steps;
  }

  /** Ends it for good, wherever it is: what it was going to do does not happen, what it has sent goes on. */
  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.hasCrashed = true;
    this.#ledger.note(`${this.name} is killed`);
    this.onCrash();
  }

  freeze(duration: number, isAsleep: boolean): void {
    if (!this.isAlive) return;
    this.rest(duration, isAsleep);
    if (isAsleep) this.onSleep(duration);
  }

  /** It alone stands still, although its machine may sleep. */
  rest(duration: number, isAsleep: boolean): void {
    this.frozen += duration;
    this.#ledger.note(`${this.name} ${isAsleep ? "sleeps" : "is stopped"} for ${duration / 1000} s`);
    this.#scheduler.freeze(this, duration, isAsleep);
    this.onStall(duration);
  }

  /** By how many milliseconds the clock of its machine is ahead. */
  ahead(now: number): number {
    return this.#scheduler.date(this) - now;
  }

  /** Whether it was frozen at some moment since then. */
  frozenSince(at: number): boolean {
    return this.frozenUntil > at;
  }

  /** What may happen to a process at any await: called when it asks for something. False: it is dead. */
  pass(what: string): boolean {
    this.callBefore = this.lastCall;
    this.lastCall = what;
    if (!isProbe(what)) this.#hasProbed = true;
    else if (this.#hasProbed) {
      this.#hasProbed = false;
      this.probes = { value: "", accepted: 0, refused: 0 };
    }
    this.onCall(what);
    const faults = this.#faults;
    const crash = faults.draw("crash", 1, 3000);
    if (crash === 1) {
      this.kill();
      return false;
    }
    if (crash !== undefined) this.#scheduler.after(crash, () => this.kill());
    const stop = faults.draw("freeze stop", 500, 300_000);
    if (stop !== undefined) this.#soon("freeze stop", () => this.freeze(stop, false));
    // When standing still hurts most: with the last read before a DELETE, the last probe, or just after an announcement.
    const isLastRead = what.startsWith("GET a1b2") && this.confirmed.size > 0;
    const last = isLastRead ? faults.draw("freeze at the last read", 2000, 120_000) : undefined;
    if (last !== undefined) this.#scheduler.after(1, () => this.freeze(last, false));
    const isLastProbe = isProbe(what) && this.probes.accepted >= 2;
    const probe = isLastProbe ? faults.draw("freeze at the last probe", 2000, 120_000) : undefined;
    if (probe !== undefined) this.#scheduler.after(1, () => this.freeze(probe, false));
    const isAnnounced =
      this.callBefore === "journal append" && what === "journal latest" && announcing.includes(this.won?.entry.phase);
    const announced = isAnnounced ? faults.draw("freeze after announcing", 2000, 120_000) : undefined;
    if (announced !== undefined) this.#scheduler.after(1, () => this.freeze(announced, false));
    const sleep = faults.draw("freeze sleep", 500, 300_000);
    if (sleep !== undefined) this.#soon("freeze sleep", () => this.freeze(sleep, true));
    const jump = faults.draw("clock jumps", 1000, 700_000_000);
    if (jump !== undefined) {
      const by = jump % 2 ? jump : -jump;
      this.clock.offset += by;
      this.clock.setAt = this.#scheduler.now;
      this.#ledger.hasClockJumped = true;
      this.#ledger.note(`the clock of ${this.name} jumps by ${by / 1000} s`);
    }
    return true;
  }

  /** Records what the journal showed. The process still knows what it knew before a read that lags. */
  saw(at: number, shown: Pick<Append, "sequence" | "entry"> | undefined, log: string): void {
    const { sequence = 0, entry } = shown ?? {};
    const isLater = this.look?.log === log && this.look.sequence > sequence;
    // Once the client has a log, that of its creation tells nothing any more.
    if (this.look && log !== this.journal && this.look.log === this.journal) this.look = { ...this.look, at };
    else this.look = this.look && isLater ? { ...this.look, at } : { at, sequence, entry, log };
  }

  /** Takes down what an issuer said of a secret. */
  probed(value: string, isAccepted: boolean, sentAt: number): void {
    if (this.probes.value !== value) this.probes = { value, accepted: 0, refused: 0 };
    if (isAccepted) {
      this.probes.accepted++;
      this.#ledger.acceptances.set(value, sentAt);
    } else {
      this.probes.refused++;
      this.#ledger.refusals.set(value, [...(this.#ledger.refusals.get(value) ?? []), sentAt]);
    }
    if (isAccepted) this.acceptedSentAt = sentAt;
  }

  /** A few milliseconds later, so that what was asked for is under way; half of the time not at all later. */
  #soon(what: string, run: () => void): void {
    this.#scheduler.after((what.length * 7 + this.#scheduler.steps) % 2 ? 1 : 30, run);
  }

  /**
   * Asks something of the outside: `effect` happens there after a while, whatever becomes of the process, and what it gives
   * comes back another while later, if the process is still there.
   */
  call<T>(what: string, before: number, effect: () => T, after: number): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.pass(what)) return;
      this.#scheduler.after(before, () => {
        let outcome: { readonly value: T } | { readonly reason: unknown };
        try {
          outcome = { value: effect() };
        } catch (reason) {
          outcome = { reason };
        }
        this.#scheduler.after(
          after,
          () => ("value" in outcome ? resolve(outcome.value) : reject(outcome.reason)),
          this,
        );
      });
    });
  }
}

/** Phases of entries that announce a change. */
const announcing: readonly (string | undefined)[] = ["requesting", "finishing", "recovering"];

function isProbe(what: string): boolean {
  return what === "POST token" || what === "POST revoke" || what === "verify";
}
