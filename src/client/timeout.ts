import { APIConnectionTimeoutError, type APIError, APIUserAbortError } from "./errors.ts";
import type { Send } from "./transport.ts";

/**
 * Ends an attempt after `timeout` milliseconds, its body included, or when the caller's signal is aborted; at once, even
 * if the `fetch` below pays no attention to its signal.
 */
export function withTimeout(send: Send): Send {
  return (call) =>
    new Promise((resolve, reject) => {
      const { signal, timeout } = call.init;
      if (signal?.aborted) return reject(new APIUserAbortError("Aborted; nothing was sent.", "not-applied"));
      const controller = new AbortController();
      const end = (error?: APIError) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        if (error) {
          reject(error);
          controller.abort();
        }
      };
      const onAbort = () => end(new APIUserAbortError("Aborted after the request was sent.", "unknown"));
      const timer = setTimeout(
        () => end(new APIConnectionTimeoutError(`No whole answer within ${timeout} ms.`, "unknown")),
        timeout,
      );
      signal?.addEventListener("abort", onAbort);
      send(call, controller.signal).then(resolve, reject).finally(end);
    });
}
