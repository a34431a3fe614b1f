import type { Journal } from "../../../src/rotation/index.ts";
import type { Faults } from "./faults.ts";
import { last } from "./last.ts";
import type { Append, EntryFields, Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Scheduler } from "./scheduler.ts";
import { clientId } from "./server.ts";

interface Stored extends Append {
  readonly visibleFrom: number;
  isErased: boolean;
}

/** A journal that outlives the processes that use it. */
export class SimulatedJournal {
  readonly name: string;
  /** How long half a call takes when nothing goes wrong, in ms. */
  readonly pace: number;
  readonly appends: Stored[] = [];
  /** The log of the client's creation; undefined where the client exists from the start. */
  creation: SimulatedJournal | undefined;
  /** Called when an entry was appended. */
  onAppend: (process: Process, entry: EntryFields) => void = () => {};
  #fullUntil = 0;
  #downUntil = 0;
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #ledger: Ledger;

  constructor(
    name: string,
    pace: number,
    world: { readonly scheduler: Scheduler; readonly faults: Faults; readonly ledger: Ledger },
  ) {
    this.name = name;
    this.pace = pace;
    this.#scheduler = world.scheduler;
    this.#faults = world.faults;
    this.#ledger = world.ledger;
  }

  /** The latest entry, in truth. */
  get latest(): Stored | undefined {
    return this.appends.at(-1);
  }

  /** Whether any entry that is left holds a secret. */
  holds(value: string): boolean {
    return this.appends.some(({ entry, isErased }) => !isErased && entry.secret === value);
  }

  heal(): void {
    this.#fullUntil = this.#downUntil = 0;
  }

  /** The journal as one process has it. */
  for(process: Process): Journal {
    const own = this.#logFor(process);
    const creation = this.creation ? this.creation.#logFor(process) : undefined;
    const of = (key: string) => (creation && !key.endsWith(`/${clientId}`) ? creation : own);
    return {
      latest: (key) => of(key).latest(key),
      append: (key, ...entry) => of(key).append(key, ...entry),
      erase: (key, before) => of(key).erase(key, before),
    };
  }

  #logFor(process: Process): Journal {
    const faults = this.#faults;
    // On the way there, or on the way back.
    const slow = (): [number, number] => {
      const delay = faults.draw("journal slow", 500, 60_000);
      const { pace } = this;
      if (delay === undefined) return [pace, pace];
      process.delayed += delay;
      process.onStall(delay);
      return delay % 2 ? [delay, pace] : [pace, delay];
    };
    return {
      latest: async (key) => {
        this.#noLeak(key);
        const fails = faults.draw("journal read fails");
        const [before, after] = slow();
        return process.call(
          "journal latest",
          before,
          () => {
            const now = this.#scheduler.now;
            if (fails || now < this.#downUntil) throw new Error("EIO: the journal could not be read");
            const shown = last(this.appends, ({ visibleFrom }) => visibleFrom <= now);
            process.saw(now, shown, this.name);
            return shown && { sequence: shown.sequence, entry: shown.text };
          },
          after,
        );
      },
      append: (key, sequence, text) => {
        this.#noLeak(key);
        const calledAt = this.#scheduler.now;
        const fails = faults.draw("journal fails before");
        const failsAfter = faults.draw("journal fails after");
        const down = faults.draw("journal down", 100, 60_000);
        if (down !== undefined) this.#downUntil = calledAt + down;
        const full = faults.draw("journal full", 1000, 900_000);
        if (full !== undefined) this.#fullUntil = calledAt + full;
        const lag = faults.draw("journal lags", 100, 3000) ?? 0;
        const [before, after] = slow();
        return process.call(
          "journal append",
          before,
          () => {
            const at = this.#scheduler.now;
            const entry: EntryFields = JSON.parse(text);
            process.unjournaled = entry.secret;
            if (at < this.#fullUntil) throw new Error("ENOSPC: no space left on device");
            if (fails || at < this.#downUntil) throw new Error(`EIO: the journal could not be written: ${text}`);
            if ((this.latest?.sequence ?? 0) >= sequence) return false;
            const stored = { sequence, by: process, calledAt, at, entry, text, uses: 0, visibleFrom: at + lag };
            this.appends.push({ ...stored, isErased: false });
            process.won = this.latest;
            if (process.command.name === "adopt") this.#ledger.adopted.add(entry.secret ?? "");
            process.saw(at, stored, this.name);
            this.#ledger.count(`phase ${entry.phase}`);
            this.#ledger.note(`${process.name} appends ${sequence} ${entry.phase} to ${this.name}`);
            this.onAppend(process, entry);
            if (failsAfter) throw new Error(`EIO: the journal may not have been written: ${text}`);
            process.unjournaled = undefined;
            return true;
          },
          after,
        );
      },
      erase: (key, before) => {
        this.#noLeak(key);
        return process.call(
          "journal erase",
          this.pace,
          () => {
            for (const stored of this.appends) if (stored.sequence < before) stored.isErased = true;
          },
          this.pace,
        );
      },
    };
  }

  #noLeak(key: string): void {
    if (this.#ledger.isLeakedIn(key)) this.#ledger.break("leak", "a journal's key holds a secret");
  }
}
