import type { Phase } from "./entry.ts";
import type { NextStep, RotationState } from "./state.ts";

/**
 * Why a rotation stopped. Stable; the message is not. Each code says what happened, what is true now, and what to do.
 * The next step is the `nextStep` of the error.
 */
export type RotationErrorCode =
  /**
   * The API or the network failed, or was too slow to continue safely.
   *
   * The request that failed changed nothing. What was done before is in the journal.
   *
   * Take the next step. If there is no next step, the API would refuse the same request again, and the message
   * has the reason.
   */
  | "api-failed"
  /**
   * A check or a read-back did not confirm that the new secret is deployed.
   *
   * Nothing was deleted, unless the message says so. If there is a new secret, the journal has it.
   *
   * Find out what the sink or the service has. Correct it, or deliver again, and take the next step.
   */
  | "check-failed"
  /**
   * Another person or program has changed the client since this rotation created its secret.
   *
   * Nothing was deleted, unless the message says so. If the change was a rotation, your service may use a secret that
   * this rotation does not know.
   *
   * Find out who made the change. Then accept it, or finish the other rotation where it began.
   */
  | "client-changed"
  /**
   * The name of the client that was to be created is taken, or the client was created earlier, with other sinks.
   *
   * No client was created.
   *
   * Choose another name. To give that client a new secret, rotate it.
   */
  | "client-exists"
  /**
   * There are no credentials, or the API refused them.
   *
   * The request changed nothing. What was done before is in the journal.
   *
   * Correct the token or its permissions. Then take the next step.
   */
  | "credentials-refused"
  /**
   * A sink did not take the new secret.
   *
   * The new secret is in the journal, unless the message says that none was requested. Nothing was deleted, unless the message says so.
   *
   * Repair or replace the sink. Then resume, or rotate if no secret was requested.
   */
  | "delivery-failed"
  /**
   * Your signal ended the rotation.
   *
   * Every response that had arrived is in the journal.
   *
   * Take the next step.
   */
  | "interrupted"
  /**
   * The journal could not be read or written.
   *
   * Nothing was deleted, unless the message says so. If a new secret had arrived, the message says what has it.
   *
   * Repair the journal. Then take the next step, or adopt the new secret if only a sink has it.
   */
  | "journal-failed"
  /**
   * The latest entry is incomplete, is sealed with another encryption key, or belongs to another client or API.
   *
   * The entry was left as it is. Nothing was changed.
   *
   * Give the right journal or encryption key. There is no next step until then.
   */
  | "journal-mismatch"
  /**
   * Another process has changed this rotation.
   *
   * This process stopped before its next step.
   *
   * Wait for the other process. If it has stopped, resume.
   */
  | "locked"
  /**
   * The client has no secret: it uses `token_endpoint_auth_method: none`.
   *
   * Nothing was changed.
   *
   * There is nothing to rotate. Choose another client.
   */
  | "no-client-secret"
  /**
   * The journal has no rotation to continue.
   *
   * Nothing was changed.
   *
   * Rotate, if you want to start one. If you expected one, give the journal in which it began.
   */
  | "no-rotation"
  /**
   * A change was sent and its result is not known, or the API does not show it.
   *
   * The change may have been made. The journal has everything that is known.
   *
   * Resume or finish: that finds out. If there is no next step, the message says what only you can find out.
   */
  | "outcome-unknown"
  /**
   * The old secret must be kept longer.
   *
   * The deletion was not sent.
   *
   * Finish after the time in the message. If the old secret has leaked, end the overlap now.
   */
  | "overlap-not-over"
  /**
   * A second secret exists already: a rotation is under way, here or in another journal.
   *
   * No new secret was created.
   *
   * Resume the rotation with the journal in which it began. If that journal is lost, adopt its secret from a sink.
   */
  | "rotation-in-progress"
  /**
   * A second secret exists, and this rotation does not have it.
   *
   * No request can read that secret again. Nothing was deleted, unless the message says so.
   *
   * Do not delete the old secret. If a sink has the new one, adopt it from there. If nobody has it, recover.
   */
  | "secret-missing"
  /**
   * The options cannot work.
   *
   * Nothing was sent.
   *
   * Correct the options. The message names them.
   */
  | "usage"
  /**
   * The issuer refuses the new secret.
   *
   * Nothing was deleted, unless the message says so.
   *
   * Take the next step once, since a server of the issuer may be late. If it is refused again, there is no
   * next step, and the message says what to decide.
   */
  | "verification-failed"
  /**
   * The response of the issuer does not show whether it accepts the new secret.
   *
   * Nothing was deleted, unless the message says so.
   *
   * Take the next step from another network, or verify in your own way.
   */
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
