/**
 * Why a command ends, where the reason is neither an error of the rotation nor one of the client. Each code says what happened,
 * what is true now, and what to do.
 */
export type CommandErrorCode =
  /**
   * The age of a secret in the plan is not known, so the plan cannot tell whether it is due.
   *
   * Nothing was changed for this client.
   *
   * Record when its secret was created.
   */
  | "age-not-known"
  /**
   * You were asked, and said no.
   *
   * Nothing was changed.
   *
   * Run the command again if you have changed your mind.
   */
  | "declined"
  /**
   * The plan and the API have different names for a client.
   *
   * Nothing was changed for this client.
   *
   * Check the client id. If it is the right client, correct the name in the plan.
   */
  | "name-mismatch"
  /**
   * The run of a plan ended before it reached this client.
   *
   * Nothing was changed for this client.
   *
   * Run the plan again.
   */
  | "not-started"
  /**
   * A rotation is under way with other sinks than the plan has now.
   *
   * Nothing was deleted.
   *
   * Continue this rotation with the command for one client. The plan applies again after that.
   */
  | "plan-changed"
  /**
   * A client of a plan has failed five times in a row, so the plan does not try it any more.
   *
   * Nothing was changed for this client.
   *
   * Find out why, and run the command for this client alone. Once it succeeds, the plan continues with it.
   */
  | "stuck"
  /**
   * A client of a plan has failed at least twice in a row, and the time until the next try is not over.
   *
   * Nothing was changed for this client.
   *
   * Run the plan again after that time, or the command for this client alone now.
   */
  | "waiting-after-failure"
  /**
   * The command line cannot be run as it is.
   *
   * Nothing was sent or written.
   *
   * Correct the options. The message names them.
   */
  | "usage";

/** A command that ends without having done what it was asked for. Its code decides the exit code. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly code: CommandErrorCode;
  /** What a program wants to know of it, for the result in JSON. */
  details: object = {};

  constructor(code: CommandErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A command line that cannot be meant. Nothing was sent or written. */
export class UsageError extends CommandError {
  override readonly name: string = "UsageError";

  constructor(message: string) {
    super("usage", message);
  }
}

/** Somebody was asked, and said no. */
export class Declined extends CommandError {
  constructor() {
    super("declined", "Nothing was changed.");
  }
}
