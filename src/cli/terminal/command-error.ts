/** Why a command ends, where the reason is neither an error of the rotation nor one of the client. */
export type CommandErrorCode =
  | "age-not-known"
  | "declined"
  | "name-mismatch"
  | "not-started"
  | "plan-changed"
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
