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

/** A rotation that stopped. The message says what happened, what is true now, and what to do; it never holds a secret. */
export class RotationError extends Error {
  /** Always "RotationError". */
  override readonly name = "RotationError";
  /** Why it stopped; stable. */
  readonly code: RotationErrorCode;
  /** Where the rotation stands; undefined if none was begun. */
  readonly phase: Phase | undefined;
  /** What continues it; undefined if nothing does, or if a person has to decide first: then the message says what. */
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

  /** The rotation as this run knows it, also where the journal could not be written; undefined if there is none. */
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
