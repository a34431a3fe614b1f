import type { Check, Sink, Verify } from "../rotation/index.ts";
import { withoutAddedLineEnd } from "./line-end.ts";
import { type CommandOptions, type CommandResult, describeExit, requireCommand, runCommand } from "./shell-command.ts";

/** How the commands of sinks, checks and verifications run. */
export interface ShellOptions {
  /** Milliseconds until a command and all that it started are ended. Default: 300 000. */
  readonly timeout?: number | undefined;
  /** Shows what a command prints, without the secret. Default: writes it to stderr. */
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
 * A sink that is a shell command: bash's where there is one, else sh's.
 *
 * Its stdin is a pipe, so that `/dev/stdin` can be opened. No variable `CF_OAUTH_*` reaches it.
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
    deliver: async (secret, { signal }) => {
      requireSuccess(await run(command, options, { input: secret, secrets: [secret], signal }), "the command");
    },
    ...(readBack !== undefined && { readBack: commandReadBack(readBack, options) }),
  };
}

/**
 * A sink's way to read back by a command.
 *
 * A program such as `aws` adds a line end to what is stored, which is taken off. One such as `cat` adds none, so what it
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
  return async (sha256, { signal }) => {
    const result = await run(command, options, { env: { CF_OAUTH_SECRET_SHA256: sha256 }, signal });
    if (result.code === 1) return false;
    requireSuccess(result, "the check command");
    return true;
  };
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
  return async (secret, { signal }) => {
    const { code } = await run(command, options, { input: secret, secrets: [secret], signal });
    return code === 0 ? "accepted" : code === 1 ? "refused" : "inconclusive";
  };
}

function run(command: string, { timeout, onOutput }: ShellOptions, options: CommandOptions): Promise<CommandResult> {
  return runCommand(command, { timeout, onOutput, ...options });
}

function requireSuccess(result: CommandResult, what: string): void {
  if (result.code !== 0) throw new Error(`${what} ended with ${describeExit(result)}`);
}
