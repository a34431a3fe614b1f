import type { Send } from "./answer.ts";
import { startDeadline } from "./deadline.ts";
import { APIConnectionTimeoutError, type APIError, APIUserAbortError } from "./errors.ts";

/**
 * Ends an attempt after `timeout` milliseconds, its body included, or when the caller's signal is aborted; at once, even
 * if the `fetch` below pays no attention to its signal.
 */
export function withTimeout(send: Send): Send {
  return (call) =>
    new Promise((resolve, reject) => {
      const { signal, timeout = 60_000 } = call.init;
      if (signal?.aborted) return reject(new APIUserAbortError("Aborted; nothing was sent.", "not-applied"));
      const controller = new AbortController();
      const end = () => {
        endDeadline();
        signal?.removeEventListener("abort", onAbort);
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
      };
      const giveUp = (error: APIError) => {
        fail(error);
        controller.abort();
      };
      const onAbort = () => giveUp(new APIUserAbortError("Aborted after the request was sent.", "unknown"));
      const endDeadline = startDeadline(timeout, () =>
        giveUp(new APIConnectionTimeoutError(`No complete response within ${timeout} ms.`, "unknown")),
      );
      signal?.addEventListener("abort", onAbort);
      send(call, controller.signal).then((answer) => {
        end();
        resolve(answer);
      }, fail);
    });
}
