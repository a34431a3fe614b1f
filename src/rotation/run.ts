import type { Cloudflare } from "../client/cloudflare.ts";
import { APIError, CloudflareError } from "../client/errors.ts";
import type { OAuthClientGetResponse } from "../client/iam.ts";
import { withoutSecret } from "../client/redact.ts";
import { randomHex } from "./digest.ts";
import { type Entry, journalKey } from "./entry.ts";
import { type NextStep, RotationError, type RotationErrorCode } from "./error.ts";
import { defaultIssuer } from "./issuer.ts";
import type { Journal } from "./journal.ts";
import type { RotationEvent, RotationOptions, Target } from "./options.ts";
import { findProver, type Prover, type Verification } from "./verify.ts";
import { wait } from "./wait.ts";

/** How far a run is to go. */
export type Goal = "rotate" | "finish" | "recover";

/** The longest that a read may lag, in ms, as far as this workflow goes. */
export const longestLag = 30_000;

function isRefusal({ status, errors }: APIError): boolean {
  return (status === 401 || status === 403) && errors.length > 0;
}

/** One run of the loop: what the steps share. */
export class Run {
  readonly client: Cloudflare;
  readonly target: Target;
  readonly options: RotationOptions;
  readonly goal: Goal;
  readonly key: string;
  /** Names this run; random. */
  readonly id: string = randomHex(8);
  /** Never aborted if the caller gave none. */
  readonly signal: AbortSignal;
  /** The latest entry, and its sequence; none before the first rotation. */
  entry: Entry | undefined;
  sequence = 0;
  /** Whether the entry was written by this run: then what it announces has not been tried before. */
  fresh = false;
  #prover: Prover | undefined;
  #announced = false;

  constructor(client: Cloudflare, target: Target, options: RotationOptions, goal: Goal) {
    this.client = client;
    this.target = target;
    this.options = options;
    this.goal = goal;
    this.key = journalKey(target.accountId, target.clientId);
    this.signal = options.signal ?? new AbortController().signal;
  }

  /** Whether a rotation has begun and not ended. */
  get isUnderWay(): boolean {
    return this.entry !== undefined && this.entry.phase !== "done";
  }

  get issuer(): string {
    const begun = this.isUnderWay ? this.entry?.issuer : undefined;
    return begun ?? this.options.issuer ?? defaultIssuer;
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

  /** That this run has deleted nothing, for a message; an earlier step of a recovery may have. */
  get nothingDeleted(): string {
    return `No secret was deleted${this.entry?.downtimeFrom === undefined ? "" : " by this step"}.`;
  }

  /** Says, once, that from now on no deployed secret may work. */
  announceDowntime(): void {
    const from = this.entry?.downtimeFrom;
    if (from === undefined || this.#announced) return;
    this.#announced = true;
    this.emit({ type: "downtime", from, until: undefined });
  }

  /** An error that says where the rotation stands. */
  error(code: RotationErrorCode, message: string, nextStep?: NextStep, cause?: unknown): RotationError {
    // What the caller's code throws may hold anything; an error of the client is known to hold no credential.
    const shown = cause instanceof CloudflareError || cause === undefined ? cause : new Error(this.describe(cause));
    return new RotationError(code, message, { phase: this.entry?.phase, nextStep, ...(shown && { cause: shown }) });
  }

  /** The entry of a rotation that is under way. */
  get current(): Entry {
    if (!this.entry) throw this.error("no-rotation", "No rotation of this client is in the journal.", "rotate");
    return this.entry;
  }

  /** The new secret, in the phases that have one. */
  get secret(): string {
    const { secret } = this.current;
    if (secret === undefined)
      throw this.error("journal-mismatch", "The journal's entry lacks the secret that its phase needs.");
    return secret;
  }

  /**
   * Appends an entry, and so wins the transition that it announces.
   *
   * @throws {RotationError} `locked` if somebody else has gone on; `journal-failed` if it is not known to be durable.
   */
  async append(entry: Entry): Promise<void> {
    const { journal } = this.options;
    const sequence = this.sequence + 1;
    const text = JSON.stringify({ ...entry, writtenBy: this.id });
    let isWritten = false;
    let failure: { readonly cause: unknown } | undefined;
    try {
      isWritten = await journal.append(this.key, sequence, text);
    } catch (cause) {
      failure = { cause };
    }
    // Not by what `append` says: a store may fail after writing; and where somebody has gone on and erased, a sequence that
    // was taken once is free again.
    let isOurs = isWritten;
    let isTaken = false;
    try {
      const latest = await journal.latest(this.key);
      isOurs = latest?.sequence === sequence && latest.entry === text;
      isTaken = !isOurs && (latest?.sequence ?? 0) >= sequence;
    } catch (cause) {
      // That it cannot be read just now takes nothing from what `append` has said.
      if (!isWritten) failure ??= { cause };
    }
    if (isOurs) {
      const entered = this.entry?.phase !== entry.phase;
      this.sequence = sequence;
      this.entry = entry;
      this.fresh = true;
      if (entered) this.emit({ type: "phase", phase: entry.phase });
    }
    if (isTaken) throw this.#locked();
    if (failure) throw this.#journalFailed(failure.cause, isOurs, entry.secret);
    if (!isOurs) throw this.#locked();
  }

  /** Refuses to go on if somebody else has. */
  async requireLatest(): Promise<void> {
    let latest: Awaited<ReturnType<Journal["latest"]>>;
    try {
      latest = await this.options.journal.latest(this.key);
    } catch (cause) {
      throw this.#journalFailed(cause, false, undefined);
    }
    if ((latest?.sequence ?? 0) !== this.sequence) throw this.#locked();
  }

  #journalFailed(cause: unknown, isWritten: boolean, secret: string | undefined): RotationError {
    const stands = this.isUnderWay ? "Its latest entry stands." : "Nothing was changed.";
    const next = isWritten ? undefined : "rotate";
    return this.error(
      "journal-failed",
      `The journal could not be written (${this.describe(cause, secret)}). ${isWritten ? "The entry is there, but may not outlast a power failure." : stands}`,
      this.isUnderWay ? "resume" : next,
      new Error(this.describe(cause, secret)),
    );
  }

  #locked(): RotationError {
    return this.error(
      "locked",
      "Another run has gone on with this rotation. Look at its state, and resume if it has ended.",
      "resume",
    );
  }

  /** Reads the client as it is now. */
  async read(): Promise<OAuthClientGetResponse> {
    this.emit({ type: "request", request: "read" });
    const { accountId: account_id, clientId } = this.target;
    try {
      return await this.client.iam.oauthClients.get(clientId, { account_id }, { signal: this.signal });
    } catch (error) {
      throw this.apiError(error, "The client could not be read", this.isUnderWay ? "resume" : "rotate");
    }
  }

  /**
   * Reads until `enough` is content, or until a time has passed, since a read may lag behind.
   *
   * @returns The last read.
   */
  async readUntil(
    enough: (client: OAuthClientGetResponse) => boolean,
    until: number,
    why: string,
  ): Promise<OAuthClientGetResponse> {
    for (let gap = 500; ; gap = Math.min(gap * 2, 8000)) {
      const client = await this.read();
      const left = until - Date.now();
      if (enough(client) || left <= 0) return client;
      this.emit({ type: "wait", why, until });
      await wait(Math.min(gap, left), this.signal);
    }
  }

  /** The time by which reads show what a request, sent now, has done. */
  settleUntil(): number {
    return Date.now() + this.client.timeout + longestLag;
  }

  /** The time by which reads show what was done until now. */
  lagUntil(): number {
    return Date.now() + longestLag;
  }

  /** An error for a failed request, by what the caller can do about it. */
  apiError(error: unknown, what: string, nextStep: NextStep): unknown {
    this.signal.throwIfAborted();
    if (!(error instanceof CloudflareError)) return error;
    // The API says what it has against credentials; a page without is a bot challenge, or a proxy's.
    const refused = !(error instanceof APIError) || isRefusal(error);
    return this.error(refused ? "credentials-refused" : "api-failed", `${what}: ${error.message}`, nextStep, error);
  }

  /** An endpoint of the issuer that tells a right secret from a wrong one; found once a run. */
  async prover(client: OAuthClientGetResponse): Promise<Prover | Verification> {
    if (this.#prover) return this.#prover;
    const found = await findProver({
      issuer: this.issuer,
      clientId: this.target.clientId,
      method: client.token_endpoint_auth_method === "client_secret_post" ? "client_secret_post" : "client_secret_basic",
      fetch: this.options.fetch,
      signal: this.signal,
      onEvent: (event) => this.emit(event),
    });
    if ("prove" in found) this.#prover = found;
    return found;
  }
}
