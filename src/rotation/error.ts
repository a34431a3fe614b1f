import type { Phase } from "./entry.ts";

/** Why a rotation stopped. Stable; the message is not. */
export type RotationErrorCode =
  | "api-failed"
  | "check-failed"
  | "client-changed"
  | "credentials-refused"
  | "delivery-failed"
  | "interrupted"
  | "journal-failed"
  | "journal-mismatch"
  | "locked"
  | "no-client-secret"
  | "no-rotation"
  | "outcome-unknown"
  | "overlap-not-over"
  | "rotation-in-progress"
  | "secret-missing"
  | "usage"
  | "verification-failed"
  | "verification-inconclusive";

/** What to do next: the function, or the command, of that name. */
export type NextStep = "rotate" | "resume" | "finish" | "recover";

/**
 * A rotation that stopped before its end. Its message says what was seen, what is true now, and what to do next; it never
 * holds a secret.
 */
export class RotationError extends Error {
  /** Always "RotationError". */
  override readonly name = "RotationError";
  /** Why it stopped; stable. */
  readonly code: RotationErrorCode;
  /** Where the rotation stands in the journal; undefined if none was begun. */
  readonly phase: Phase | undefined;
  /** What leads on; undefined if nothing does, or nothing has to. */
  readonly nextStep: NextStep | undefined;
  // Private by the language, so that no log, `inspect` or `JSON.stringify` shows it.
  readonly #secret: string | undefined;

  /**
   * Makes an error, as this package does for a rotation that stops.
   *
   * @param code why it stopped.
   * @param message what was seen, what is true now, what to do next; it must hold no secret.
   * @param details where the rotation stands, what leads on, the cause, and a secret that nothing else holds.
   */
  constructor(
    code: RotationErrorCode,
    message: string,
    details: {
      readonly phase?: Phase | undefined;
      readonly nextStep?: NextStep | undefined;
      readonly cause?: unknown;
      readonly secret?: string | undefined;
    } = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.phase = details.phase;
    this.nextStep = details.nextStep;
    this.#secret = details.secret;
  }

  /**
   * The new secret, if this error is the only thing that holds it. A function, so that no log shows it by accident.
   *
   * @returns The secret; undefined if the journal or a sink has taken it.
   */
  revealSecret(): string | undefined {
    return this.#secret;
  }
}
