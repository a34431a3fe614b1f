import type { Sink } from "../rotation/index.ts";

/** What is used of a writable stream. */
export interface SecretStream {
  /**
   * Writes a text.
   *
   * @param text the secret and a line end.
   * @param callback called when it is written, with the error if it is not.
   * @returns Anything; it is not looked at.
   */
  write(text: string, callback: (error?: Error | null) => void): unknown;
  /**
   * Listens for errors.
   *
   * @param event always `error`.
   * @param listener called with the error.
   * @returns Anything; it is not looked at.
   */
  on(event: "error", listener: (error: Error) => void): unknown;
  /**
   * Listens no more.
   *
   * @param event always `error`.
   * @param listener the one that was given to {@link on}.
   * @returns Anything; it is not looked at.
   */
  off(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * A sink that is the standard output: the secret and one line end, nothing else.
 *
 * @param stream where to write. Default: `process.stdout`.
 * @returns A sink that rejects if nobody takes what is written. It cannot be read back.
 */
export function stdoutSink(stream: SecretStream = process.stdout): Sink {
  return {
    name: "stdout",
    spec: "stdout",
    deliver: (secret, { signal }) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
        stream.on("error", reject);
        stream.write(`${secret}\n`, (error) => {
          signal.removeEventListener("abort", onAbort);
          // After a failure the stream emits it as well, later: so the listener stays, or it would end the process.
          if (error) return reject(error);
          stream.off("error", reject);
          resolve();
        });
      }),
  };
}
