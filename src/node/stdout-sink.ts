import type { Writable } from "node:stream";
import type { Sink } from "../rotation/index.ts";

/**
 * A sink that is the standard output: the secret and one line end, nothing else.
 *
 * @param stream where to write. Default: `process.stdout`.
 * @returns A sink that rejects if nobody takes what is written. It cannot be read back.
 */
export function stdoutSink(stream: Writable = process.stdout): Sink {
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
