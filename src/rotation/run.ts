import type { Cloudflare } from "../client/cloudflare.ts";
import { isAPIError, isCloudflareError } from "../client/error-kind.ts";
import type { OAuthClientGetResponse } from "../client/iam.ts";
import { withoutSecret } from "../client/redact.ts";
import { areCredentialsRefused } from "../client/refused-credentials.ts";
import { type Moment, now } from "./clock.ts";
import { randomHex } from "./digest.ts";
import { type Entry, journalKey } from "./entry.ts";
import { RotationError, type RotationErrorCode } from "./error.ts";
import { defaultIssuer } from "./issuer.ts";
import { Log, LogFailure } from "./log.ts";
import type { RotationEvent, RotationOptions, Target } from "./options.ts";
import { type Comparison, compare, latestServerTime, longestLag, type Reading } from "./reading.ts";
import type { Sink } from "./sink.ts";
import { decisionBeforeFinish, factsOf, type NextStep, stateOf } from "./state.ts";
import { findVerifier, type Verification, type Verifier } from "./verify.ts";

/** How far a run is to go. */
export type Goal = "rotate" | "finish" | "recover";

/** What an error has in addition to its code. */
interface Details {
  /** The state of the rotation, if `happened` says a part of it already. */
  readonly standing?: string;
  /** What a person can do; it follows the state of the rotation in the message. */
  readonly todo?: string | undefined;
  /** What continues the rotation. Default: what its state says. Null: nothing, or a person has to decide first. */
  readonly next?: NextStep | null | undefined;
  readonly cause?: unknown;
  /** Whether another process has continued, so that this run does not know the state of the rotation. */
  readonly isOutdated?: boolean;
  /** A secret that nothing else holds. */
  readonly secret?: string | undefined;
}

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
    const text = cause instanceof Error ? cause.message : String(cause);
    return secret === undefined ? text : withoutSecret(text, secret);
  }

  /** Says, once, that from now on no deployed secret may work. */
  announceDowntime(): void {
    const from = this.entry?.downtimeFrom;
    if (from === undefined || this.#hasAnnouncedDowntime) return;
    this.#hasAnnouncedDowntime = true;
    this.emit({ type: "downtime", from, until: undefined });
  }

  /** The state of the rotation, for a message. */
  get #standing(): string {
    const { entry } = this;
    const isEnd = entry?.phase === "done" && entry.abandoned === undefined && this.log.hasWritten;
    if (entry && (this.isUnderWay || isEnd)) return factsOf(entry);
    return entry?.abandoned !== undefined && entry.downtimeFrom !== undefined
      ? "An earlier step may have deleted an older secret."
      : "Nothing was changed.";
  }

  /** An error that says what happened, what is true now and what to do. */
  error(code: RotationErrorCode, happened: string, details: Details = {}): RotationError {
    const { standing = this.#standing, todo, next, cause, secret, isOutdated = false } = details;
    const state = this.entry && stateOf(this.entry);
    // With `next`, the caller says what a person has to decide.
    const decision = next === undefined && !isOutdated && this.entry && decisionBeforeFinish(this.entry);
    const begins = this.goal === "recover" ? undefined : "rotate";
    const byState = this.isUnderWay ? state?.nextStep : begins;
    const recovers = this.goal === "recover" && !this.isUnderWay && next === undefined && "Recover again.";
    // What the caller's code throws may hold anything; an error of the client is known to hold no credential.
    const shown = isCloudflareError(cause) || cause === undefined ? cause : new Error(this.describe(cause));
    return new RotationError(
      code,
      [happened, !isOutdated && standing, todo, decision, recovers].filter(Boolean).join(" "),
      {
        state,
        nextStep: next === null ? undefined : (next ?? byState),
        ...(shown !== undefined && { cause: shown }),
        secret,
      },
    );
  }

  /** The error for a failed request. Its code says what the caller can do. */
  apiError(error: unknown, what: string, details: Details = {}): unknown {
    this.signal.throwIfAborted();
    if (!isCloudflareError(error)) return error;
    const isRefusal = !isAPIError(error) || areCredentialsRefused(error);
    // The same request would be refused again.
    const isFinal = !isRefusal && [400, 404, 405, 409, 410, 422].includes(error.status ?? 0);
    return this.error(isRefusal ? "credentials-refused" : "api-failed", `${what}: ${error.message}`, {
      ...(isFinal && {
        next: null,
        todo: "The API would refuse the same request again. Its reason is above.",
      }),
      ...details,
      cause: error,
    });
  }

  /**
   * Appends an entry, and so wins the transition that it announces.
   *
   * @throws {RotationError} `locked` if another process has continued; `journal-failed` if it is not known to be durable.
   */
  async append(entry: Entry): Promise<void> {
    const before = this.entry?.phase;
    await this.#inLog(() => this.log.append(entry), entry.secret);
    if (before !== entry.phase) this.emit({ type: "phase", phase: entry.phase, abandoned: entry.abandoned });
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
      if (!(failure instanceof LogFailure)) throw failure;
      throw failure.code === "locked" ? this.#locked() : this.#journalFailed(failure, secret);
    }
  }

  #locked(): RotationError {
    return this.error("locked", "Another process has changed this rotation.", {
      todo: "Check its state. If that process has stopped, resume.",
      next: "resume",
      isOutdated: true,
    });
  }

  #journalFailed({ cause, isWritten }: LogFailure, secret: string | undefined): RotationError {
    const reason = this.describe(cause, secret);
    const known =
      isWritten === undefined
        ? " Whether the entry was written is not known."
        : isWritten
          ? " The entry is written."
          : "";
    return this.error("journal-failed", `The journal failed: ${reason}.${known}`, {
      cause: new Error(reason),
      ...(isWritten &&
        this.entry?.phase === "done" &&
        this.entry.abandoned === undefined && { todo: "Nothing is left to do.", next: null }),
    });
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

  /** Compares a reading with the rotation. An accepted change becomes the new baseline. */
  compare(reading: Reading): Comparison {
    const { acceptChange } = this.options;
    const { updated_at } = reading.client;
    // Where nothing is shown nothing would show the next change either, so that is not remembered.
    // Before the delivery it is accepted for that alone: if it was a rotation, the deletion would remove the secret in use.
    const isForDeletion = this.current.phase !== "issued";
    if (
      isForDeletion &&
      acceptChange !== undefined &&
      acceptChange === updated_at &&
      updated_at !== this.current.baseline
    )
      this.log.learn({ baseline: updated_at, changeSeen: updated_at });
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
