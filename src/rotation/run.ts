import type { Cloudflare } from "../client/cloudflare.ts";
import { isCloudflareError } from "../client/error-kind.ts";
import type { OAuthClientGetResponse } from "../client/iam.ts";
import { type Moment, now } from "./clock.ts";
import { randomHex } from "./digest.ts";
import { type Entry, journalKey } from "./entry.ts";
import { RotationError, type RotationErrorCode } from "./error.ts";
import { defaultIssuer } from "./issuer.ts";
import { Log, LogFailure } from "./log.ts";
import type { Goal, RotationEvent, RotationOptions, Target } from "./options.ts";
import { type Comparison, compare, latestServerTime, longestLag, type Reading } from "./reading.ts";
import { type Details, describe, journalError, requestError, type Stopped, stopError } from "./run-error.ts";
import type { Sink } from "./sink.ts";
import { findVerifier, type Verification, type Verifier } from "./verify.ts";

/** One run of the loop: what the steps share. */
export class Run {
  readonly client: Cloudflare;
  readonly target: Target;
  readonly options: RotationOptions & { readonly sinks: readonly Sink[] };
  readonly goal: Goal;
  /** Names this run; random. */
  readonly id: string = randomHex(8);
  /** Never aborted if the caller gave none. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The latest read of the client in this run. */
  reading: Reading | undefined;
  /** Whether a clock that is wrong was reported. */
  hasReportedClock = false;
  /** When this run announced the change that its entry names, until it has sent it. */
  announced: Moment | undefined;
  /** When this run last sent a change of the client. */
  changed: Moment | undefined;
  /** When the request was sent by which this run last saw the issuer accept the secret. */
  verified: Moment | undefined;
  /** When this run last finished a verification together with the confirmation of every sink. */
  confirmed: Moment | undefined;
  #verifier: { readonly method: string; readonly verifier: Verifier } | undefined;
  #hasAnnouncedDowntime = false;

  constructor(client: Cloudflare, target: Target, options: RotationOptions, goal: Goal) {
    this.client = client;
    this.target = target;
    this.options = { ...options, sinks: options.sinks ?? [] };
    this.goal = goal;
    this.signal = options.signal ?? new AbortController().signal;
    this.log = new Log(options.journal, journalKey(target.accountId, target.clientId), this.id, this.signal);
  }

  /** The latest entry; none before the first rotation. */
  get entry(): Entry | undefined {
    return this.log.entry;
  }

  /** Whether a rotation has begun and not ended. */
  get isUnderWay(): boolean {
    return this.entry !== undefined && this.entry.phase !== "done";
  }

  get issuer(): string {
    const begun = this.isUnderWay ? this.entry?.issuer : undefined;
    return begun ?? this.options.issuer ?? defaultIssuer;
  }

  /** The entry of a rotation that is under way. */
  get current(): Entry {
    if (!this.entry) throw this.error("no-rotation", "The journal has no rotation of this client.");
    return this.entry;
  }

  /** The new secret, in the phases that have one. */
  get secret(): string {
    const { secret } = this.current;
    if (secret === undefined)
      throw this.error("journal-mismatch", "The journal's entry lacks the secret that its phase needs.", {
        next: null,
      });
    return secret;
  }

  emit(event: RotationEvent): void {
    try {
      this.options.onEvent?.(event);
    } catch {
      // A display that fails must not end a rotation half-way.
    }
  }

  /** A failure of the caller's own code in a few words, without the new secret, which it may repeat. */
  describe(cause: unknown, secret: string | undefined = this.entry?.secret): string {
    return describe(cause, secret);
  }

  /** Says, once, that from now on no deployed secret may work. */
  announceDowntime(): void {
    const from = this.entry?.downtimeFrom;
    if (from === undefined || this.#hasAnnouncedDowntime) return;
    this.#hasAnnouncedDowntime = true;
    this.emit({ type: "downtime", from, until: undefined });
  }

  get #stopped(): Stopped {
    const { entry, isUnderWay, goal, log } = this;
    return { entry, isUnderWay, hasWritten: log.hasWritten, goal };
  }

  /** An error that says what happened, what is true now and what to do. */
  error(code: RotationErrorCode, happened: string, details: Details = {}): RotationError {
    return stopError(this.#stopped, code, happened, details);
  }

  /** The error for a failed request; what is no error of the client's is returned as it is. */
  apiError(error: unknown, what: string, details: Details = {}): unknown {
    this.signal.throwIfAborted();
    return isCloudflareError(error) ? requestError(this.#stopped, error, what, details) : error;
  }

  /**
   * Appends an entry, and so wins the transition that it announces.
   *
   * @throws {RotationError} `locked` if another process has continued; `journal-failed` if it is not known to be durable.
   */
  async append(entry: Entry): Promise<void> {
    const before = this.entry?.phase;
    await this.#inLog(() => this.log.append(entry), entry.secret);
    const { phase, abandoned, isOnly } = entry;
    // The log of its client says that a creation is done.
    if (before !== phase && (this.goal !== "create" || phase !== "done"))
      this.emit({ type: "phase", phase, abandoned, ...(isOnly && { isOnly }) });
  }

  /** Appends an entry that announces a change, which this run is to send (R17). */
  async announce(entry: Entry): Promise<void> {
    const announced = now();
    const span = this.settling;
    const server = latestServerTime(this.reading);
    await this.append({
      ...entry,
      settleUntil: announced.date + span,
      settling: span,
      server: { ...entry.server, settleUntil: server === undefined ? undefined : server + 1000 + span },
    });
    this.announced = announced;
  }

  /** Stops if another process has continued; a read of the journal no longer ago than so many milliseconds counts. */
  async requireLatest(milliseconds = 0): Promise<void> {
    await this.#inLog(() => this.log.requireLatest(milliseconds), this.entry?.secret);
  }

  async #inLog(act: () => Promise<void>, secret: string | undefined): Promise<void> {
    try {
      await act();
    } catch (failure) {
      throw failure instanceof LogFailure ? journalError(this.#stopped, failure, secret) : failure;
    }
  }

  /** Removes the entries before the latest, which hold the secret. */
  async eraseOlder(): Promise<void> {
    try {
      await this.log.erase();
    } catch {
      this.emit({
        type: "warning",
        message: "Older entries of the journal could not be erased; the next run tries again.",
      });
    }
  }

  /** Compares a reading with the rotation. A change that is accepted after the delivery becomes the new baseline. */
  compare(reading: Reading): Comparison {
    const { acceptChange } = this.options;
    const { updated_at } = reading.client;
    const { phase, baseline } = this.current;
    // Before the delivery it is accepted for that alone: if it was a rotation, the deletion would remove the secret in use.
    // Where nothing is shown nothing would show the next change either, so that is not remembered.
    const isAccepted = phase !== "issued" && acceptChange !== undefined && acceptChange === updated_at;
    if (isAccepted && updated_at !== baseline) this.log.learn({ baseline: updated_at, changeSeen: updated_at });
    const comparison = compare(this.current, reading);
    if (comparison.since === "changed" && updated_at !== undefined && this.current.changeSeen !== updated_at)
      this.log.learn({ changeSeen: updated_at });
    return comparison;
  }

  /** The time after its announcement in which a change is sent, answered and shown, in ms. */
  get settling(): number {
    return longestLag + this.client.timeout + longestLag;
  }

  /** An endpoint of the issuer that tells a right secret from a wrong one; found once a run and authentication method. */
  async verifier(client: OAuthClientGetResponse): Promise<Verifier | Verification> {
    const method = client.token_endpoint_auth_method;
    if (method === "none")
      return { verdict: "inconclusive", reason: "the client has no secret: it authenticates by none" };
    if (this.#verifier && this.#verifier.method === method) return this.#verifier.verifier;
    const found = await findVerifier({
      issuer: this.issuer,
      clientId: this.target.clientId,
      method: method ?? "client_secret_basic",
      fetch: this.options.fetch,
      signal: this.signal,
      onEvent: (event) => this.emit(event),
    });
    if ("verify" in found) this.#verifier = { method: method ?? "client_secret_basic", verifier: found };
    return found;
  }
}

/**
 * Whether a step succeeds that this run can do without.
 *
 * @throws {RotationError} `locked` if another process has continued: then what this run knows is old.
 */
export async function succeeds(step: Promise<void>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if (error instanceof RotationError && error.code === "locked") throw error;
    return false;
  }
}
