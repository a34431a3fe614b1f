import { CommanderError } from "commander";
import { hintForMessage } from "./attempt/decisions.ts";
import { type GlobalOptions, openSession, type Session } from "./session/session.ts";
import { exitCodeOfSignal, Signals } from "./session/signals.ts";
import { exitCodeOf } from "./terminal/exit-code.ts";
import { messageOf } from "./terminal/message-of.ts";
import { Output } from "./terminal/output.ts";

/** One run of a command: its output, its signals, and what is said when it fails. Not loaded where only help is shown. */
export class Execution {
  #output: Output;
  readonly #signals: Signals;

  constructor(argv: readonly string[]) {
    this.#output = new Output({ json: argv.includes("--json") });
    this.#signals = new Signals(() => this.#output);
  }

  /** Opens the session, once the options are known. */
  async open(options: GlobalOptions): Promise<Session> {
    this.#output = new Output(options);
    return openSession(options, this.#output, this.#signals);
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
    const message = text + hintForMessage(text);
    if (!isMistake) output.fail(message);
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
    output.json({ ok: false, exitCode, code: exitCode === 2 ? "usage" : code, message, warnings: output.warnings });
    return exitCode;
  }
}
