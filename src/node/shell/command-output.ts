import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as delay } from "node:timers/promises";
import { knownSecrets } from "../../client/known-secrets.ts";
import { OutputRedaction } from "./redact-output.ts";

/** How the output of a command is used. */
export interface OutputOptions {
  /** Shows what the command prints, without the secrets that this process knows. Default: writes it to stderr. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /**
   * Whether stdout is returned and not shown; 4 MiB at most. What goes to stderr is then shown at the end, so that what was
   * returned can be cut out of it. Default: false.
   */
  readonly captureStdout?: boolean | undefined;
}

/** Milliseconds for output to come that was written before the end: what the command left running may keep it open. */
const grace = 500;
/** Bytes. */
const captureLimit = 2 ** 22;

/** What a command prints. */
export class CommandOutput {
  /** What went to stdout, if that is captured. */
  captured = "";
  readonly #child: ChildProcess;
  readonly #options: OutputOptions;
  readonly #closed: Promise<unknown>;
  readonly #flushes: (() => void)[] = [];
  #size = 0;

  constructor(child: ChildProcess, options: OutputOptions, onExcess: (error: Error) => void) {
    this.#child = child;
    this.#options = options;
    this.#closed = once(child, "close").catch(() => {});
    const secrets = knownSecrets();
    if (!options.captureStdout) for (const stream of [child.stdout, child.stderr]) this.#showNow(stream, secrets);
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
        if (held === "") return;
        const redaction = new OutputRedaction([...secrets, this.captured.replace(/\r?\n$/, "")]);
        this.#show(redaction.push(held) + redaction.end());
      });
    }
  }

  /** Waits for the output from before the end. */
  async settle(): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([this.#closed, delay(grace, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
  }

  /** Shows what has been held back, and takes nothing more. */
  end(): void {
    for (const stream of this.#child.stdio) stream?.destroy();
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

function showOnStderr(text: string): void {
  process.stderr.write(text, (error) => {
    // The stream emits it as well, later, which would end the process while the command runs.
    if (error && !process.stderr.listeners("error").includes(ignore)) process.stderr.on("error", ignore);
  });
}

function ignore(): void {}
