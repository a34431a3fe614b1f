import { CommanderError } from "commander";
import { NotFoundError } from "../client/index.ts";
import { areCredentialsRefused } from "../client/refused-credentials.ts";
import { accountHint, credentialsHint } from "./session/credentials-hint.ts";
import { type GlobalOptions, openSession, type Session } from "./session/session.ts";
import { exitCodeOfSignal, Signals } from "./session/signals.ts";
import { CommandError, Declined } from "./terminal/command-error.ts";
import { exitCodeOf } from "./terminal/exit-code.ts";
import { Output } from "./terminal/output.ts";
import { hintForMessage, messageOf } from "./terminal/text.ts";

/** One run of a command: its output, its signals, and what is said when it fails. Not loaded where only help is shown. */
export class Execution {
  #output: Output;
  #command: string | undefined;
  /** Empty if the command is not for an account. */
  #accountId = "";
  readonly #signals: Signals;

  constructor(argv: readonly string[]) {
    this.#output = new Output({ json: argv.includes("--json") });
    this.#signals = new Signals(() => this.#output);
  }

  /** Opens the session of a command, once the options are known. */
  async open(command: string, options: GlobalOptions): Promise<Session> {
    this.#command = command;
    this.#output = new Output(options);
    const session = await openSession(options, this.#output, this.#signals);
    if (command !== "scopes") this.#accountId = session.accountId;
    return session;
  }

  /**
   * Says why the command failed.
   *
   * @returns The exit code.
   */
  fail(error: unknown): number {
    const output = this.#output;
    const { aborted } = this.#signals;
    const text = messageOf(error).replace(/^error: /, "");
    // A mistake in the command line has been told by the parser itself.
    const isMistake = error instanceof CommanderError;
    const exitCode = isMistake ? 2 : aborted.aborted ? exitCodeOfSignal(aborted) : exitCodeOf(error);
    const message = text + this.#hintFor(error, text);
    if (error instanceof Declined) output.note(message);
    else if (!isMistake) output.fail(message);
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
    const details = error instanceof CommandError ? error.details : {};
    output.json({
      ...(this.#command !== undefined && { command: this.#command }),
      ...{ ok: false, exitCode, code: exitCode === 2 ? "usage" : code, message, ...details },
      warnings: output.warnings,
    });
    return exitCode;
  }

  #hintFor(error: unknown, text: string): string {
    if (areCredentialsRefused(error)) return ` ${credentialsHint(error, this.#accountId)}`;
    if (error instanceof NotFoundError && this.#accountId !== "") return ` ${accountHint(this.#accountId)}`;
    return hintForMessage(text);
  }
}
