import { type Journal, sealed } from "../../rotation/index.ts";
import { describeExit } from "../shell/describe-exit.ts";
import type { CommandOptions, CommandResult } from "../shell/run-in-shell.ts";
import { requireCommand, runCommand } from "../shell/shell-command.ts";

/** Options of {@link execJournal}. */
export interface ExecJournalOptions {
  /**
   * A shell command that keeps the entries. It is called with one of these as its arguments:
   *
   * - `latest <key>` prints the highest sequence, a line end, and its entry; nothing if there is none. It may print ` only`
   *   after the sequence if the log has no older entry: that saves a call of `erase`;
   * - `append <key> <sequence>` stores the entry on stdin, durably, if there is none of that sequence; exit 9 if there is. An
   *   entry that does not end in `}` is incomplete, because its writer was killed: that is a failure;
   * - `erase <key> <before>` removes the entries with a lower sequence.
   *
   * Exit 0 is success. Anything else is a failure, which never counts as "there is none".
   */
  readonly command: string;
  /** 32 random bytes: the entries are {@link sealed} by it. */
  readonly key: Uint8Array;
  /** Milliseconds until a command and all that it started are ended. Default: 60 000. */
  readonly timeout?: number | undefined;
  /** Shows what a command prints on stderr. Default: writes it to stderr. */
  readonly onOutput?: ((text: string) => void) | undefined;
}

/** The exit status by which `append` says that the sequence is taken. */
const taken = 9;

/**
 * A journal in any store that has create-if-absent, by a command: for runners that do not outlive a job.
 *
 * @param options the command, and the key.
 * @returns A journal that rejects if the command ends otherwise than it should, or not in time, and with a
 *   `JournalKeyError` for an entry that the key does not fit.
 * @throws {TypeError} if the key has not 32 bytes; {Error} if the command is empty.
 */
export function execJournal({ command, key, timeout = 60_000, onOutput }: ExecJournalOptions): Journal {
  requireCommand(command);
  const run = (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    runCommand(`${command} "$@"`, { timeout, onOutput, captureStdout: true, args, ...options });
  return sealed(
    {
      async latest(log) {
        const result = await run(["latest", log]);
        requireSuccess(result, "latest");
        if (result.stdout === "") return undefined;
        const [, sequence = "", only, entry = ""] =
          /^(\d+)( only)?\r?\n([\s\S]*?)(?:\r?\n)?$/.exec(result.stdout) ?? [];
        if (!(Number(sequence) >= 1))
          throw new Error("the journal's command printed something else than a sequence and an entry for latest");
        return { sequence: Number(sequence), entry, ...(only && { hasOlder: false }) };
      },
      async append(log, sequence, entry) {
        const result = await run(["append", log, String(sequence)], { input: entry });
        if (result.code === taken) return false;
        requireSuccess(result, "append");
        return true;
      },
      async erase(log, before) {
        requireSuccess(await run(["erase", log, String(before)]), "erase");
      },
    },
    key,
  );
}

function requireSuccess(result: CommandResult, action: string): void {
  if (result.code !== 0) throw new Error(`the journal's command ended with ${describeExit(result)} for ${action}`);
}
