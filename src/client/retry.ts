import type { Send } from "./answer.ts";
import type { Call } from "./call.ts";
import { APIConnectionError, APIError, APIUserAbortError } from "./errors.ts";
import { failureCode, isCertificateFailure } from "./failure.ts";
import type { Log } from "./log.ts";
import { retryAfter } from "./retry-after.ts";
import { wait } from "./wait.ts";

/** The longest wait, in milliseconds, that is obeyed; a server that asks for more gets its error reported at once. */
const longestWait = 60_000;

/**
 * Repeats what failed for a passing reason: an idempotent operation always, any other only when the server is known not
 * to have done it.
 */
export function withRetry(send: Send, log: Log): Send {
  return async (call) => {
    const { maxRetries = 0, signal } = call.init;
    let uncertain = false;
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(call);
      } catch (error) {
        if (!(error instanceof APIError)) throw error;
        // An earlier attempt may have been applied, even if this one was not.
        uncertain ||= error.outcome === "unknown";
        const pause = attempt < maxRetries && mayRepeat(call, error) ? waitBefore(attempt, error) : undefined;
        if (pause === undefined) throw uncertain ? Object.assign(error, { outcome: "unknown" }) : error;
        log.info?.(`${call.method} ${call.url}: ${error.message} Retrying in ${Math.round(pause)} ms.`, call);
        await sleep(pause, signal, uncertain);
      }
    }
  };
}

function mayRepeat(call: Call, error: APIError): boolean {
  const { status, outcome } = error;
  if (!call.operation?.idempotent && outcome !== "not-applied") return false;
  if (status === undefined)
    return error instanceof APIConnectionError && !isCertificateFailure(failureCode(error.cause));
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);
}

/** Milliseconds; undefined if the server asks for too long a wait. */
function waitBefore(attempt: number, { headers, status }: APIError): number | undefined {
  const asked = headers && status ? retryAfter(headers, status) : undefined;
  if (asked !== undefined) return asked > longestWait ? undefined : asked;
  // Doubling, less up to a quarter, so that many clients that failed together do not come back together.
  return Math.min(500 * 2 ** attempt, 8000) * (1 - Math.random() / 4);
}

async function sleep(milliseconds: number, signal: AbortSignal | null | undefined, uncertain: boolean): Promise<void> {
  try {
    await wait(milliseconds, signal);
  } catch {
    throw new APIUserAbortError("Aborted while waiting to retry.", uncertain ? "unknown" : "not-applied");
  }
}
