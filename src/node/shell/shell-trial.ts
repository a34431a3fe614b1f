import { randomUUID } from "node:crypto";
import { describeExit } from "./describe-exit.ts";
import { runInShell } from "./run-in-shell.ts";

const variable = "CF_OAUTH_SHELL_TRIAL";
const status = 42;
/** Copies its input, the variable, and how `printf` is known: as a program, it would show its arguments to every user. */
const command = `cat /dev/stdin && printf '\\n%s\\n' "$${variable}" >/dev/stdout && command -v printf && exit ${status}`;
/** Milliseconds. */
const timeout = 30_000;

/** The trials of this process, by the PATH in which the shell was found. */
const trials = new Map<string | undefined, Promise<void>>();

/**
 * Tries the shell, once in a process: what a command reads and prints, its environment and its exit status must arrive.
 *
 * @param path the PATH in which the shell is found.
 * @throws {Error} if they do not.
 */
export function requireShell(path: string | undefined): Promise<void> {
  let trial = trials.get(path);
  if (trial === undefined) {
    trial = tryShell(path);
    trials.set(path, trial);
    // It may be mended while the process runs.
    trial.catch(() => trials.delete(path));
  }
  return trial;
}

async function tryShell(path: string | undefined): Promise<void> {
  const [input, value] = [randomUUID(), randomUUID()];
  let shown = "";
  const result = await runInShell(command, {
    input,
    env: { [variable]: value, ...(path !== undefined && { PATH: path }) },
    captureStdout: true,
    timeout,
    onOutput: (text) => {
      shown += text;
    },
  });
  const expected = `${input}\n${value}\nprintf\n`;
  if (result.stdout === expected && shown === "" && result.code === status) return;
  const [first, second] = [JSON.stringify(expected), JSON.stringify(result.stdout)];
  throw new Error(
    `the shell does not run commands as it should. A trial command had to print ${first} and to end with status ${status}. It printed ${second}${shown && `, and ${JSON.stringify(shown)} on stderr,`} and ended with ${describeExit(result)}. See whether bash (or sh, where there is no bash) in PATH is a wrapper, and whether it works for \`echo secret | bash -c cat\``,
  );
}
