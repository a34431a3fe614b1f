import type { Sink } from "../../rotation/index.ts";

/** The part of a writable stream that {@link stdoutSink} uses. */
export interface SecretStream {
  /**
   * Writes a text.
   *
   * @param text the secret and a line end.
   * @param callback called when the text is written, or with the error.
   * @returns Any value; it is ignored.
   */
  write(text: string, callback: (error?: Error | null) => void): unknown;
  /**
   * Listens for errors.
   *
   * @param event always `error`.
   * @param listener called with the error.
   * @returns Any value; it is ignored.
   */
  on(event: "error", listener: (error: Error) => void): unknown;
  /**
   * Removes a listener.
   *
   * @param event always `error`.
   * @param listener the function that was passed to {@link on}.
   * @returns Any value; it is ignored.
   */
  off(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Creates a sink that prints the secret and one line end to the standard output.
 *
 * @param stream the stream to write to. Default: `process.stdout`.
 * @returns The sink. Its `deliver` rejects if writing fails. It has no `readBack`.
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
          // The stream emits the error again later. Without a listener that would end the process.
          if (error) return reject(error);
          stream.off("error", reject);
          resolve();
        });
      }),
  };
}
