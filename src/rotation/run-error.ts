import { isAPIError } from "../client/error-kind.ts";
import type { APIError, CloudflareError } from "../client/errors.ts";
import { withoutSecret } from "../client/redact.ts";
import { areCredentialsRefused } from "../client/refused-credentials.ts";
import type { Entry } from "./entry.ts";
import { RotationError, type RotationErrorCode } from "./error.ts";
import type { LogFailure } from "./log.ts";
import type { Goal } from "./options.ts";
import { decisionBeforeFinish, factsOf, type NextStep, stateOf } from "./state.ts";

/** The run that stops, as far as its error describes it. */
export interface Stopped {
  /** The latest entry. */
  readonly entry: Entry | undefined;
  /** Whether a rotation has begun and not ended. */
  readonly isUnderWay: boolean;
  /** Whether this run has written an entry. */
  readonly hasWritten: boolean;
  /** How far the run was to go. */
  readonly goal: Goal;
}

/** What an error has in addition to its code. */
export interface Details {
  /** The state of the rotation, if `happened` says a part of it already. */
  readonly standing?: string;
  /** What a person can do; it follows the state of the rotation in the message. */
  readonly todo?: string | undefined;
  /** What continues the rotation. Default: what its state says. Null: nothing, or a person has to decide first. */
  readonly next?: NextStep | null | undefined;
  /** What the caller's code has thrown. It may hold anything, so only its words are kept, without the new secret. */
  readonly cause?: unknown;
  /** The client's own error, which is known to hold no credential. */
  readonly refusal?: CloudflareError | undefined;
  /** Whether another process has continued, so that this run does not know the state of the rotation. */
  readonly isOutdated?: boolean;
  /** A secret that nothing else holds. */
  readonly secret?: string | undefined;
}

/** An error that says what happened, what is true now and what to do. */
export function stopError(
  stopped: Stopped,
  code: RotationErrorCode,
  happened: string,
  { standing = standingOf(stopped), todo, next, cause, refusal, isOutdated = false, secret }: Details,
): RotationError {
  const { entry, isUnderWay, goal } = stopped;
  const isRecovery = goal === "recover";
  const state = entry && stateOf(entry);
  const isByState = next === undefined;
  // With `next`, the caller says what a person has to decide.
  const decision = isByState && !isOutdated && entry && decisionBeforeFinish(entry);
  const begins = isRecovery ? undefined : goal === "create" ? "create" : "rotate";
  const byState = isUnderWay ? state?.nextStep : begins;
  const recovers = isRecovery && !isUnderWay && isByState && "Recover again.";
  const shown = refusal ?? (cause === undefined ? undefined : new Error(describe(cause, entry?.secret)));
  return new RotationError(
    code,
    [happened, !isOutdated && standing, todo, decision, recovers].filter(Boolean).join(" "),
    { state, nextStep: next === null ? undefined : (next ?? byState), ...(shown && { cause: shown }), secret },
  );
}

/** The state of the rotation, for a message. */
function standingOf({ entry, isUnderWay, hasWritten }: Stopped): string {
  const isEnd = entry?.phase === "done" && entry.abandoned === undefined && hasWritten;
  if (entry && (isUnderWay || isEnd)) return factsOf(entry);
  return entry?.abandoned !== undefined && entry.downtimeFrom !== undefined
    ? "An earlier step may have deleted an older secret."
    : "Nothing was changed.";
}

/** The error for a failed request. Its code says what the caller can do. */
export function requestError(
  stopped: Stopped,
  refusal: CloudflareError | APIError,
  what: string,
  details: Details,
): RotationError {
  const isOfCredentials = !isAPIError(refusal) || areCredentialsRefused(refusal);
  // The same request would be refused again.
  const isFinal = !isOfCredentials && [400, 404, 405, 409, 410, 422].includes(refusal.status ?? 0);
  const code = isOfCredentials ? "credentials-refused" : "api-failed";
  return stopError(stopped, code, `${what}: ${refusal.message}`, {
    ...(isFinal && { next: null, todo: "The API would refuse the same request again. Its reason is above." }),
    ...details,
    refusal,
  });
}

/** The error for a journal that failed, or that another process has continued. */
export function journalError(stopped: Stopped, failure: LogFailure, secret: string | undefined): RotationError {
  const inCreation = { todo: "If that process has stopped, create the client again.", next: "create" } as const;
  const inRotation = { todo: "Check its state. If that process has stopped, resume.", next: "resume" } as const;
  if (failure.code === "locked")
    return stopError(stopped, "locked", "Another process has changed this rotation.", {
      ...(stopped.goal === "create" ? inCreation : inRotation),
      isOutdated: true,
    });
  const { entry } = stopped;
  const { cause, isWritten } = failure;
  const reason = describe(cause, secret);
  const known =
    isWritten === undefined
      ? " Whether the entry was written is not known."
      : isWritten
        ? " The entry is written."
        : "";
  const isDone = isWritten && entry?.phase === "done" && entry.abandoned === undefined;
  return stopError(stopped, "journal-failed", `The journal failed: ${reason}.${known}`, {
    cause: new Error(reason),
    ...(isDone && { todo: "Nothing is left to do.", next: null }),
  });
}

/** A failure of the caller's own code in a few words, without the new secret, which it may repeat. */
export function describe(cause: unknown, secret: string | undefined): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return secret === undefined ? text : withoutSecret(text, secret);
}
