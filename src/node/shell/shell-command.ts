import { type CommandOptions, type CommandResult, runInShell } from "./run-in-shell.ts";
import { requireShell } from "./shell-trial.ts";

/**
 * Runs a command in a shell: bash if it is installed, else sh. The command starts only when the shell holds its whole input, and
 * only after the shell was tried once in this process.
 *
 * @throws {Error} if there is no shell that runs commands as it should, if the input has a NUL, if the command takes or prints too
 *   much; the signal's reason, when it is aborted.
 */
export async function runCommand(command: string, options: CommandOptions = {}): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  await requireShell(options.env?.PATH ?? process.env.PATH);
  return runInShell(command, options);
}

/** A shell ends with 0 where there is nothing to run: that would be taken for a secret stored, or vouched for. */
export function requireCommand(command: string): void {
  const isNothing = command.split("\n").every((line) => /^\s*(#|$)/.test(line));
  if (isNothing) throw new Error(`${JSON.stringify(command)} is no command: it would do nothing`);
}
