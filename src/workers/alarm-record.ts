import { isAPIError } from "../client/error-kind.ts";
import { type NextStep, RotationError, type RotationErrorCode, type Target } from "../rotation/index.ts";

/** What stops a rotation until somebody decides; each holds for the rotation that it was given for. */
export interface Decisions {
  /** The `updated_at` (or `none`) of a changed client, as the failure showed it: deliver, or delete the old secret, anyway. */
  readonly acceptChange?: string | undefined;
  /** Accepts that for a while no secret may work, where a second one exists that nobody holds. */
  readonly acceptDowntime?: boolean | undefined;
  /** Names of sinks that get the secret again, because something has put the old one back. */
  readonly redeliver?: readonly string[] | undefined;
}

/** Why a run ended before its time; no secret. */
export interface RotationFailure {
  /** `unexpected` for any other error: of the caller's setup, or of the platform. */
  readonly code: RotationErrorCode | "unexpected";
  /** What happened, what is true now, what to do next. */
  readonly message: string;
  /** What continues the rotation; undefined if a person has to decide first, or if nothing is left to do. */
  readonly nextStep: NextStep | undefined;
  /** When, in ms since the epoch. */
  readonly at: number;
}

/** What an alarm knows, and the journal does not. */
export interface AlarmRecord {
  readonly target: Target;
  /** Names the rotation that was asked for, in its journal entries; undefined when it is done. */
  readonly request: string | undefined;
  /** How often it was asked for. */
  readonly asked: number;
  readonly decisions: Decisions;
  /** The digest of the secret that is abandoned because downtime was accepted. */
  readonly givenUp?: string | undefined;
  /** Runs that were begun since one has led on. */
  readonly tries: number;
  /** Where the last of them ended. */
  readonly phase?: string | undefined;
  readonly failure?: RotationFailure | undefined;
  /** In ms since the epoch; undefined if it waits for nothing, or has stopped. */
  readonly nextTry?: number | undefined;
}

/** Tries for failures that are more likely mistakes, which a person may correct meanwhile. */
const patience = 8;

/** Whether the same run may come further later, with nobody deciding anything. */
export function mayMend(error: unknown, tries: number): boolean {
  if (!(error instanceof RotationError)) return true;
  // Only a person can read the secret from a sink, or take what only the error holds.
  if (error.nextStep === "adopt" || error.revealSecret() !== undefined) return false;
  if (error.nextStep === undefined && !mayTimeHelp(error)) return false;
  return tries < patience || !isRefusal(error);
}

/** Whether time may help, although the rotation's own next step is a person's. */
function mayTimeHelp(error: RotationError): boolean {
  const { code, cause } = error;
  // A journal that cannot be read says nothing of the rotation.
  if (["journal-failed", "locked", "interrupted", "overlap-not-over"].includes(code)) return true;
  return isAPIError(cause) && !isRefusal(error);
}

function isRefusal({ code, cause }: RotationError): boolean {
  if (code === "credentials-refused") return true;
  const status = isAPIError(cause) ? (cause.status ?? 0) : 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** An error as it is stored and shown with the state. */
export function failureOf(error: unknown): RotationFailure {
  const at = Date.now();
  if (error instanceof RotationError) return { code: error.code, message: error.message, nextStep: error.nextStep, at };
  // What is thrown elsewhere may hold anything, so its message is not shown.
  const name = error instanceof Error ? error.name : typeof error;
  return { code: "unexpected", message: `The run ended by an unexpected ${name}.`, nextStep: undefined, at };
}
