import { rememberSecret } from "../client/known-secrets.ts";
import { wait } from "../client/wait.ts";
import { age, type Moment, monotonicAge, now } from "./clock.ts";
import { type Entry, journalKey, parseEntry } from "./entry.ts";
import { RotationError, type RotationErrorCode } from "./error.ts";
import type { Journal } from "./journal.ts";
import type { Target } from "./options.ts";
import { JournalKeyError } from "./sealed.ts";
import type { NextStep } from "./state.ts";

/** How long a journal may take until its reads show what was appended, in ms. */
const longestJournalLag = 5000;

/** How long what was read counts, in ms. */
export const freshness = 2000;

/** The process may have been stopped during a read that takes longer, in ms. */
const longestRead = 1000;
/** A slow journal, such as a command that reaches a store, may take twice as long as its quickest read; at most this, in ms. */
const longestSlowRead = 10_000;
/** How often a read that took longer is repeated. */
const mostReads = 3;

/** Why a log cannot be continued. The run turns it into an error that describes the state of the rotation. */
export class LogFailure {
  readonly code: RotationErrorCode & ("locked" | "journal-failed");
  readonly cause: unknown;
  /** Whether the entry that was to be written was seen in the journal; undefined if it could not be read. */
  readonly isWritten: boolean | undefined;

  constructor(code: "locked" | "journal-failed", cause?: unknown, isWritten?: boolean) {
    this.code = code;
    this.cause = cause;
    this.isWritten = isWritten;
  }
}

/** One run's place in a client's log: the entry that it knows as the latest, and the way to the next one. */
export class Log {
  readonly #journal: Journal;
  readonly #key: string;
  readonly #writer: string;
  readonly #signal: AbortSignal;
  /** The latest entry, and its sequence; none before the first rotation. */
  entry: Entry | undefined;
  sequence = 0;
  /** Whether this run has written an entry. */
  hasWritten = false;
  /** When this run came to know that entry. */
  known: Moment = now();
  #text: string | undefined;
  /** What this run tried to write as the next entry, without learning whether it is there; by its text. */
  readonly #unsure = new Map<string, Entry>();
  /** When a read last showed this place as the latest; undefined if the process may have been stopped during that read. */
  #seen: Moment | undefined;
  /** How long the quickest read took, in ms. */
  #quickest: number | undefined;

  constructor(journal: Journal, key: string, writer: string, signal: AbortSignal) {
    this.#journal = journal;
    this.#key = key;
    this.#writer = writer;
    this.#signal = signal;
  }

  /** Takes an entry that was read for the latest one. */
  open({ sequence, entry, text, seen }: Found): void {
    this.entry = entry;
    this.sequence = sequence;
    this.#text = text;
    this.known = seen;
    this.#saw(seen);
  }

  /**
   * Appends an entry, and so wins the transition that it announces.
   *
   * @throws {LogFailure} `locked` if another process has continued; `journal-failed` if the entry is not known to be durable.
   */
  async append(entry: Entry): Promise<void> {
    if (entry.secret !== undefined) rememberSecret(entry.secret);
    const sequence = this.sequence + 1;
    const text = JSON.stringify({ ...entry, writtenBy: this.#writer });
    let isWritten = false;
    let failure: { readonly cause: unknown } | undefined;
    try {
      isWritten = await this.#journal.append(this.#key, sequence, text);
    } catch (cause) {
      failure = { cause };
    }
    // Read back, do not trust `append`: a store may fail after it wrote; and once another process has continued and erased, a sequence that
    // was taken is free again.
    const seen = now();
    let found: { readonly sequence: number; readonly entry: string } | undefined;
    try {
      // A store that failed is not given the time to show what it did not write: a secret may be waiting for a sink.
      found = await this.#latest(sequence, failure ? 0 : longestJournalLag);
    } catch (cause) {
      // `append` has succeeded: a read that fails now changes nothing.
      if (isWritten) return this.#accept(entry, sequence, text, undefined);
      this.#unsure.set(text, entry);
      throw new LogFailure("journal-failed", failure?.cause ?? cause, undefined);
    }
    const shown = found?.sequence ?? 0;
    if (shown === sequence && this.#acceptUnsure(sequence, found?.entry, seen)) return this.append(entry);
    if (shown > sequence || (shown === sequence && found?.entry !== text)) throw new LogFailure("locked");
    if (shown === sequence) {
      this.#accept(entry, sequence, text, seen);
      if (failure) throw new LogFailure("journal-failed", failure.cause, true);
    } else if (isWritten) this.#accept(entry, sequence, text, undefined);
    else if (failure) {
      // A store whose reads lag may show it later.
      this.#unsure.set(text, entry);
      throw new LogFailure("journal-failed", failure.cause, false);
      // An earlier write of this run may have taken the sequence.
    } else if (this.#unsure.size > 0) throw new LogFailure("journal-failed", lagging(), false);
    else throw new LogFailure("locked");
  }

  /**
   * Makes sure that no other process has continued.
   *
   * @param milliseconds a read that was answered no longer ago than this counts.
   * @throws {LogFailure} `locked` if one has; `journal-failed` if it cannot be told.
   */
  async requireLatest(milliseconds = 0): Promise<void> {
    if (this.#seen && age(this.#seen) <= milliseconds) return;
    for (let reads = 0; reads < mostReads; reads++) {
      await this.#look();
      if (this.#seen) return;
    }
  }

  async #look(): Promise<void> {
    const seen = now();
    let found: { readonly sequence: number; readonly entry: string } | undefined;
    try {
      found = await this.#latest(this.sequence, longestJournalLag);
    } catch (cause) {
      throw new LogFailure("journal-failed", cause, false);
    }
    const shown = found?.sequence ?? 0;
    if (shown < this.sequence) throw new LogFailure("journal-failed", lagging(), false);
    if (shown === this.sequence + 1 && this.#acceptUnsure(shown, found?.entry, seen)) return;
    if (shown > this.sequence || found?.entry !== this.#text) throw new LogFailure("locked");
    this.#saw(seen);
  }

  /** Records that a read, sent at that moment, has shown this place as the latest. */
  #saw(sent: Moment): void {
    const took = age(sent);
    const longest = Math.max(longestRead, Math.min(2 * (this.#quickest ?? 0), longestSlowRead));
    // A process that was stopped while it read knows only what was then.
    this.#seen = took <= longest ? now() : undefined;
    this.#quickest = Math.min(took, this.#quickest ?? took);
  }

  /** Removes the entries before the latest. */
  async erase(): Promise<void> {
    await this.#journal.erase(this.#key, this.sequence);
  }

  /** Adds to the entry what this run has learnt; it is written with the next one. */
  learn(fields: Partial<Entry>): void {
    if (this.entry) this.entry = { ...this.entry, ...fields };
  }

  #accept(entry: Entry, sequence: number, text: string, seen: Moment | undefined): void {
    this.entry = entry;
    this.sequence = sequence;
    this.#text = text;
    this.known = now();
    this.#seen = undefined;
    if (seen) this.#saw(seen);
    this.hasWritten = true;
    this.#unsure.clear();
  }

  /** Takes for its own what it was not sure to have written. */
  #acceptUnsure(sequence: number, text: string | undefined, seen: Moment): boolean {
    const entry = text === undefined ? undefined : this.#unsure.get(text);
    if (!entry || text === undefined) return false;
    this.#accept(entry, sequence, text, seen);
    return true;
  }

  /** The latest entry; read again for a while where it is older than one that is known to be there. */
  async #latest(sequence: number, patience: number): ReturnType<Journal["latest"]> {
    const start = now();
    for (let gap = 100; ; gap = Math.min(gap * 2, 1000)) {
      const found = await this.#journal.latest(this.#key);
      if ((found?.sequence ?? 0) >= sequence || monotonicAge(start) >= patience) return found;
      // Once ended by a signal, it does not wait: a secret may have to be written down.
      if (this.#signal.aborted) return found;
      await wait(gap, this.#signal).catch(() => undefined);
    }
  }
}

function lagging(): Error {
  return new Error("its reads lag behind what was written");
}

/** An entry as it was read. */
export interface Found {
  readonly sequence: number;
  readonly entry: Entry;
  readonly text: string;
  /** When the read was sent. */
  readonly seen: Moment;
  /** Whether older entries may be there. */
  readonly hasOlder: boolean;
}

/** What is expected of a log that is read. */
export interface Expected {
  /** The API that it must belong to. */
  readonly baseURL?: string | undefined;
  /** What to do again if it cannot be read. */
  readonly again?: NextStep | undefined;
  /** Whether something was sent or written before. */
  readonly hasActed?: boolean | undefined;
}

/**
 * Reads the latest entry of a client.
 *
 * @throws {RotationError} `journal-failed` if it cannot be read; `journal-mismatch` if it is cut, or is of another account,
 *   client or API.
 */
export async function readJournal(
  journal: Journal,
  { accountId, clientId }: Target,
  { baseURL, again, hasActed }: Expected = {},
): Promise<Found | undefined> {
  const seen = now();
  let latest: Awaited<ReturnType<Journal["latest"]>>;
  try {
    latest = await journal.latest(journalKey(accountId, clientId));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof JournalKeyError)
      throw new RotationError(
        "journal-mismatch",
        `The journal could not be opened: ${reason}. Nothing was sent or written. Give the key with which it was written, or another journal.`,
        { cause },
      );
    throw new RotationError(
      "journal-failed",
      `The journal could not be read: ${reason}.${hasActed ? "" : " Nothing was sent or written."} Try again.`,
      {
        nextStep: again,
        cause,
      },
    );
  }
  if (!latest) return undefined;
  const mismatch = (what: string) =>
    new RotationError(
      "journal-mismatch",
      `The latest journal entry of this client ${what}. It was not changed, and nothing was sent. Use another journal, or restore this one.`,
    );
  const entry = parseEntry(latest.entry);
  if (!entry) throw mismatch("is empty, incomplete or not an entry");
  if (entry.accountId !== accountId || entry.clientId !== clientId)
    throw mismatch("belongs to another account or client");
  if (baseURL !== undefined && entry.baseURL !== baseURL) throw mismatch(`belongs to another API, at ${entry.baseURL}`);
  const { sequence, hasOlder = true } = latest;
  return { sequence, entry, text: latest.entry, seen, hasOlder };
}
