import type { Phase } from "./entry.ts";
import type { NextStep, RotationState } from "./state.ts";

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

/**
 * Thrown when a rotation stops early. The message says what happened, what is true now and what to do next. It never contains a
 * secret.
 */
export class RotationError extends Error {
  /** Always "RotationError". */
  override readonly name = "RotationError";
  /** Why it stopped; stable. */
  readonly code: RotationErrorCode;
  /** The phase of the rotation; undefined if none began. */
  readonly phase: Phase | undefined;
  /** The function to call next. Undefined if none can help, or if a person has to decide first: the message says what to decide. */
  readonly nextStep: NextStep | undefined;
  // Private by the language, so that no log, `inspect` or `JSON.stringify` shows it.
  readonly #secret: string | undefined;
  readonly #state: RotationState | undefined;

  /**
   * Makes an error, as this package does for a rotation that stops.
   *
   * @param code why it stopped.
   * @param message what happened, what is true now, what to do; it must hold no secret.
   * @param details the state of the rotation, what continues it, the cause, and a secret that nothing else holds.
   */
  constructor(
    code: RotationErrorCode,
    message: string,
    details: {
      readonly state?: RotationState | undefined;
      readonly nextStep?: NextStep | undefined;
      readonly cause?: unknown;
      readonly secret?: string | undefined;
    } = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.#state = details.state;
    this.phase = details.state?.phase;
    this.nextStep = details.nextStep;
    this.#secret = details.secret;
  }

  /** The state of the rotation as this run knows it, even if the journal could not be written. Undefined if no rotation began. */
  get state(): RotationState | undefined {
    return this.#state;
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
