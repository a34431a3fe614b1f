import { createInterface } from "node:readline/promises";

/** Whether a person is there to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a person; anything but yes is no, and so is the end of the input.
 *
 * @throws If the command is aborted meanwhile. Nothing may have been changed until then.
 */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // While the terminal is read key by key, Ctrl-C is one of them.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} (y/N) `, { signal })).trim());
  } catch (cause) {
    if (signal.aborted) throw new Error("Nothing was changed.", { cause });
    return false;
  } finally {
    terminal.close();
  }
}
