import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { startDeadline } from "../../client/deadline.ts";
import { CommandOutput, type OutputOptions } from "./command-output.ts";
import { endGroup } from "./process-group.ts";
import { commandEnvironment, type ShellScript, scriptOf } from "./shell-script.ts";

/** How a command is run. */
export interface CommandOptions extends OutputOptions {
  /** Goes to the command's stdin, as it is. Default: nothing; stdin is empty. */
  readonly input?: string | undefined;
  /** The command's positional parameters, `$1` and so on. */
  readonly args?: readonly string[] | undefined;
  /** Added to the environment, from which all `CF_OAUTH_*` of this process are taken away. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds until the command and all that it started are ended. Default: 300 000. */
  readonly timeout?: number | undefined;
  /** Ends the command, and all that it started. */
  readonly signal?: AbortSignal | undefined;
}

/** How a command ended: by itself with a code, or by a signal. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Empty unless it was to be captured. */
  readonly stdout: string;
}

const defaultTimeout = 300_000;
/** The longest that a timer can wait, in ms. */
const longestTimeout = 2 ** 31 - 1;

/**
 * Runs a command in a shell: bash if it is installed, else sh. The command starts only when the shell holds its whole input.
 *
 * @throws {Error} if there is no shell, if the input has a NUL, if the command takes or prints too much; the signal's reason, when
 *   it is aborted.
 */
export async function runInShell(command: string, options: CommandOptions): Promise<CommandResult> {
  const { input, timeout = defaultTimeout, signal, captureStdout = false } = options;
  signal?.throwIfAborted();
  if (input?.includes("\0"))
    throw new Error(
      "the input of the command has a NUL character, which no shell can pass on; the command was not started",
    );
  const script = scriptOf(command, input, options.args ?? []);
  const child = await start(script, options.env);
  const stop = new AbortController();
  const output = new CommandOutput(child, options, (error) => stop.abort(error));
  // Late, it lets a command that has ended meanwhile be seen to have ended.
  const endDeadline = startDeadline(Math.min(timeout, longestTimeout), () =>
    stop.abort(new Error(`the command did not end within ${timeout / 1000} s, and was ended`)),
  );
  const onAbort = () => stop.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  const release = () => {
    endDeadline();
    signal?.removeEventListener("abort", onAbort);
  };
  try {
    const status = new ExitStatus(child);
    feed(child, script);
    await unlessStopped(status.known, stop.signal);
    // It has ended: what it has done is done, so that from now on nothing makes a failure of it but too much output.
    release();
    await output.settle();
    stop.signal.throwIfAborted();
    return { ...status.result, stdout: captureStdout ? output.captured : "" };
  } catch (error) {
    await endGroup(child);
    throw error;
  } finally {
    release();
    output.end();
    child.unref();
  }
}

/** How a command ended, which the shell tells on descriptor 4: it may itself continue, to pass on what is still printed. */
class ExitStatus {
  /** Resolves when the command, or the shell itself, has ended. */
  readonly known: Promise<unknown>;
  readonly #child: ChildProcess;
  #told = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    const told = new Promise<void>((resolve) => {
      (child.stdio[4] as Readable | undefined)?.setEncoding("utf8").on("data", (text: string) => {
        this.#told += text;
        if (this.#told.endsWith("\n")) resolve();
      });
    });
    this.known = Promise.race([told, once(child, "exit")]);
  }

  /** The shell's own end counts if it was killed, or ran no command, as for one that it cannot parse. */
  get result(): Pick<CommandResult, "code" | "signal"> {
    const { exitCode, signalCode } = this.#child;
    if (signalCode !== null) return { code: null, signal: signalCode };
    return { code: this.#told === "" ? exitCode : Number(this.#told), signal: null };
  }
}

/** Gives the shell the input, and then the go-ahead. */
function feed({ stdin, stdio }: ChildProcess, { stdin: input }: ShellScript): void {
  const goAhead = stdio[3] as Writable | undefined;
  // The shell may have been killed: what cannot be written is no failure of its own.
  for (const stream of stdio) stream?.on("error", () => {});
  stdin?.end(input, () => goAhead?.end("\n"));
}

async function start({ script, args, hasDescriptors }: ShellScript, env: CommandOptions["env"]): Promise<ChildProcess> {
  for (const [shell = "", ...options] of [["bash", "--norc"], ["sh"]]) {
    // If stdin is a socket, bash believes that it was started by rshd or sshd, and runs ~/.bashrc, which could read the secret.
    const child = spawn(shell, [...options, "-c", script, "cf-oauth", ...args], {
      env: { ...commandEnvironment(), ...env },
      stdio: Array<"pipe">(hasDescriptors ? 5 : 3).fill("pipe"),
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    try {
      await once(child, "spawn");
      return child;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EACCES")))
        throw error;
    }
  }
  const hint = process.platform === "win32" ? "; on Windows, install one, such as Git's" : "";
  throw new Error(`a command needs bash or sh, and neither is found in PATH${hint}`);
}

async function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
  ]);
}
