import { rememberSecret } from "../../client/known-secrets.ts";
import type { Activate, Check, Sink, Verify } from "../../rotation/index.ts";
import { describeExit } from "../shell/describe-exit.ts";
import { withoutAddedLineEnd } from "../shell/line-end.ts";
import { requireProgram } from "../shell/require-program.ts";
import type { CommandOptions, CommandResult } from "../shell/run-in-shell.ts";
import { requireCommand, runCommand } from "../shell/shell-command.ts";

/** How the commands of sinks, checks and verifications run. */
export interface ShellOptions {
  /** Milliseconds until a command and all that it started are ended. Default: 300 000. */
  readonly timeout?: number | undefined;
  /** Shows what a command prints, without the secrets of this process's rotations. Default: writes it to stderr. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** Options of {@link execSink}. */
export interface ExecSinkOptions extends ShellOptions {
  /** Names it in the journal and in messages; unique in a rotation. */
  readonly name: string;
  /** Stores what it reads from stdin: exactly the secret, with no line end. Exit 0: stored. */
  readonly command: string;
  /** Prints what is stored; a line end after it is taken off, unless the program is known to print exactly what is stored. */
  readonly readBack?: string | undefined;
}

/**
 * A sink that is a shell command: run by bash if it is installed, else by sh.
 *
 * The command starts only when the shell holds the whole secret: if this process is killed before, it never runs. Its stdin, stdout
 * and stderr are pipes, so that `/dev/stdin` and so on can be opened. It inherits no `CF_OAUTH_*`, no exported bash functions,
 * and no variable that makes a shell run a file first or sets its options (`BASH_ENV`, `ENV`, `SHELLOPTS`, `BASHOPTS`).
 *
 * Its `preflight` tries the shell, and looks up the first word of the command and of the read-back.
 *
 * @param options the command, and how it runs.
 * @returns A sink whose methods reject if a command ends otherwise than with exit 0, or not in time.
 * @throws {Error} if a command is empty, or nothing but comments.
 */
export function execSink(options: ExecSinkOptions): Sink {
  const { name, command, readBack } = options;
  requireCommand(command);
  return {
    name,
    spec: `exec:${command}`,
    preflight: async (context) => {
      await requireProgram(command, context);
      if (readBack !== undefined) await requireProgram(readBack, context);
      return undefined;
    },
    deliver: async (secret, { signal }) => {
      rememberSecret(secret);
      requireSuccess(await run(command, options, { input: secret, signal }), "the command");
    },
    ...(readBack !== undefined && { readBack: commandReadBack(readBack, options) }),
  };
}

/**
 * A sink's way to read back by a command.
 *
 * A program such as `aws` adds a line end to the stored value, which is removed. One such as `cat` adds none, so what it
 * prints is what is stored. The line end of any other program is taken off with a warning.
 *
 * @param command for the shell; it may be a whole pipeline.
 * @param options how it runs.
 * @returns A {@link Sink.readBack} that rejects if the command ends otherwise than with exit 0, or not in time.
 * @throws {Error} if the command is empty, or nothing but comments.
 */
export function commandReadBack(command: string, options: ShellOptions = {}): NonNullable<Sink["readBack"]> {
  requireCommand(command);
  return async ({ signal, warn = () => {} }) => {
    const result = await run(command, options, { captureStdout: true, signal });
    requireSuccess(result, "the read-back command");
    // It may be the old secret, which works still. What is no secret at all is most often shorter, or longer.
    if (result.stdout.length >= 8 && result.stdout.length <= 4096) rememberSecret(result.stdout.replace(/\r?\n$/, ""));
    return withoutAddedLineEnd(result.stdout, command, warn);
  };
}

/**
 * A check by a shell command, which finds the digest in `CF_OAUTH_SECRET_SHA256`: exit 0 vouches for the deployment,
 * exit 1 does not.
 *
 * @param command for the shell; it may be a whole pipeline.
 * @param options how it runs.
 * @returns A check that rejects if the command ends otherwise, or not in time.
 * @throws {Error} if the command is empty, or nothing but comments.
 */
export function commandCheck(command: string, options: ShellOptions = {}): Check {
  requireCommand(command);
  const check: Check = async (sha256, { signal }) => {
    const result = await run(command, options, { env: { CF_OAUTH_SECRET_SHA256: sha256 }, signal });
    if (result.code === 1) return false;
    requireSuccess(result, "the check command");
    return true;
  };
  check.preflight = (context) => requireProgram(command, context);
  return check;
}

/**
 * An activation by a shell command, which finds the digest in `CF_OAUTH_SECRET_SHA256`; exit 0 is success.
 *
 * @param command for the shell; it may be a whole pipeline.
 * @param options how it runs.
 * @returns An activation that rejects if the command ends otherwise, or not in time.
 * @throws {Error} if the command is empty, or nothing but comments.
 */
export function commandActivate(command: string, options: ShellOptions = {}): Activate {
  requireCommand(command);
  const activate: Activate = async (sha256, { signal }) => {
    const result = await run(command, options, { env: { CF_OAUTH_SECRET_SHA256: sha256 }, signal });
    requireSuccess(result, "the command that activates it");
  };
  activate.preflight = (context) => requireProgram(command, context);
  activate.spec = command;
  return activate;
}

/**
 * A verification by a shell command, which reads the secret from stdin: exit 0 is accepted, 1 refused, anything else
 * inconclusive.
 *
 * @param command for the shell; it may be a whole pipeline.
 * @param options how it runs.
 * @returns A verification that rejects if the command does not end in time.
 * @throws {Error} if the command is empty, or nothing but comments.
 */
export function commandVerify(command: string, options: ShellOptions = {}): Verify {
  requireCommand(command);
  const verify: Verify = async (secret, { signal }) => {
    rememberSecret(secret);
    const { code } = await run(command, options, { input: secret, signal });
    return code === 0 ? "accepted" : code === 1 ? "refused" : "inconclusive";
  };
  verify.preflight = (context) => requireProgram(command, context);
  return verify;
}

function run(command: string, { timeout, onOutput }: ShellOptions, options: CommandOptions): Promise<CommandResult> {
  return runCommand(command, { timeout, onOutput, ...options });
}

function requireSuccess(result: CommandResult, what: string): void {
  if (result.code !== 0) throw new Error(`${what} ended with ${describeExit(result)}`);
}
