import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import { startDeadline } from "../client/deadline.ts";
import { endGroup } from "./process-group.ts";
import { OutputRedaction } from "./redact-output.ts";

export interface CommandOptions {
  /** Goes to the command's stdin, as it is; none: stdin is empty. */
  readonly input?: string | undefined;
  /** The command's positional parameters, `$1` and so on. */
  readonly args?: readonly string[] | undefined;
  /** Cut out of all that is shown. */
  readonly secrets?: readonly string[] | undefined;
  /** Added to the environment, from which all `CF_OAUTH_*` of this process are taken away. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds until the command and all that it started are ended. Default: 300 000. */
  readonly timeout?: number | undefined;
  /** Ends the command, and all that it started. */
  readonly signal?: AbortSignal | undefined;
  /** Shows what the command prints. Default: writes it to stderr. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /**
   * Whether stdout is returned and not shown; 4 MiB at most. What goes to stderr is then shown at the end, so that what was
   * returned can be cut out of it. Default: false.
   */
  readonly captureStdout?: boolean | undefined;
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
/** Milliseconds for output to come that was written before the end: what the command left running may keep it open. */
const grace = 500;
/** Bytes. */
const captureLimit = 2 ** 22;

/**
 * Runs a command in a shell: bash where there is one, else sh.
 *
 * @throws {Error} if there is no shell, if the command takes or prints too much; the signal's reason, when it is aborted.
 */
export async function runCommand(command: string, options: CommandOptions = {}): Promise<CommandResult> {
  const { input, timeout = defaultTimeout, signal, captureStdout = false } = options;
  signal?.throwIfAborted();
  const child = await start(scriptOf(command, input !== undefined), options);
  const stop = new AbortController();
  const output = new Output(child, options, (error) => stop.abort(error));
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
    // A command need not read: what cannot be written is no failure of its own.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    const [code, endedBy] = await unlessStopped(once(child, "exit"), stop.signal);
    // It has ended: what it has done is done, so that from now on nothing makes a failure of it but too much output.
    release();
    await output.settle();
    stop.signal.throwIfAborted();
    return { code, signal: endedBy, stdout: captureStdout ? output.captured : "" };
  } catch (error) {
    await endGroup(child);
    throw error;
  } finally {
    release();
    output.end();
    child.unref();
  }
}

/** A shell ends with 0 where there is nothing to run: that would be taken for a secret stored, or vouched for. */
export function requireCommand(command: string): void {
  const isNothing = command.split("\n").every((line) => /^\s*(#|$)/.test(line));
  if (isNothing) throw new Error(`${JSON.stringify(command)} is no command: it would do nothing`);
}

/** For a message: `status 3`, `status 127 (command not found)`, `signal SIGKILL`. */
export function describeExit({ code, signal }: Pick<CommandResult, "code" | "signal">): string {
  if (code === null) return `signal ${signal}`;
  const killer = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  const meaning = code === 127 ? "command not found" : code === 126 ? "command cannot be run" : killer;
  return `status ${code}${meaning ? ` (${meaning})` : ""}`;
}

/**
 * Node gives a child a socket, which `/dev/stdin` cannot open; `cat` makes it a pipe. `pipefail` is set inside the group,
 * since `cat` may fail for a command that does not read. Line breaks, since a command may end in a comment.
 */
function scriptOf(command: string, hasInput: boolean): string {
  const script = `(set -o pipefail) 2>/dev/null && set -o pipefail\n${command}\n`;
  return hasInput ? `cat | {\n${script}}` : script;
}

async function start(script: string, { input, env, args = [] }: CommandOptions): Promise<ChildProcess> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^CF_OAUTH_/i.test(name));
  for (const [shell = "", ...options] of [["bash", "--norc"], ["sh"]]) {
    // If stdin is a socket, bash believes that it was started by rshd or sshd, and runs ~/.bashrc, which could read the secret.
    const child = spawn(shell, [...options, "-c", script, "cf-oauth", ...args], {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
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

function showOnStderr(text: string): void {
  process.stderr.write(text, (error) => {
    // The stream emits it as well, later, which would end the process while the command runs.
    if (error && !process.stderr.listeners("error").includes(ignore)) process.stderr.on("error", ignore);
  });
}

function ignore(): void {}

/** What a command prints. */
class Output {
  /** What went to stdout, if that is captured. */
  captured = "";
  readonly #child: ChildProcess;
  readonly #options: CommandOptions;
  readonly #closed: Promise<unknown>;
  readonly #flushes: (() => void)[] = [];
  #size = 0;

  constructor(child: ChildProcess, options: CommandOptions, onExcess: (error: Error) => void) {
    this.#child = child;
    this.#options = options;
    this.#closed = once(child, "close").catch(() => {});
    const { captureStdout, secrets = [] } = options;
    if (!captureStdout) for (const stream of [child.stdout, child.stderr]) this.#showNow(stream, secrets);
    else {
      let held = "";
      this.#read(child.stdout, (text) => {
        this.#size += Buffer.byteLength(text);
        if (this.#size <= captureLimit) this.captured += text;
        else onExcess(new Error("the command printed more than 4 MiB, and was ended"));
      });
      this.#read(child.stderr, (text) => {
        if (held.length < captureLimit) held += text;
      });
      this.#flushes.push(() => {
        const redaction = new OutputRedaction([...secrets, this.captured.replace(/\r?\n$/, "")]);
        this.#show(redaction.push(held) + redaction.end());
      });
    }
  }

  /** Waits for what was written before the end. */
  async settle(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([this.#closed, delay(grace, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
  }

  /** Shows what has been held back, and takes nothing more. */
  end(): void {
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream?.destroy();
    for (const flush of this.#flushes.splice(0)) flush();
  }

  #showNow(stream: Readable | null, secrets: readonly string[]): void {
    const redaction = new OutputRedaction(secrets);
    this.#read(stream, (text) => this.#show(redaction.push(text)));
    this.#flushes.push(() => this.#show(redaction.end()));
  }

  #read(stream: Readable | null, take: (text: string) => void): void {
    const decoder = new StringDecoder("utf8");
    stream?.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
    stream?.on("error", () => {});
    this.#flushes.push(() => take(decoder.end()));
  }

  #show(text: string): void {
    if (text === "") return;
    try {
      (this.#options.onOutput ?? showOnStderr)(text);
    } catch {
      // A display that fails must not end a command half-way.
    }
  }
}
