import { readAnswer, type Send } from "./answer.ts";
import type { Fetch, FetchOptions } from "./call.ts";
import { type Credentials, withCredentials } from "./credentials.ts";
import { APIError } from "./errors.ts";
import { connectionError } from "./failure.ts";
import { withHeaders } from "./headers.ts";
import { createLog, withLogging } from "./log.ts";
import { type ClientOptions, logLevel } from "./options.ts";
import { withRetry } from "./retry.ts";
import { withTimeout } from "./timeout.ts";

/** All that happens to a call between openapi-fetch and `fetch`. */
export function createTransport(options: ClientOptions, credentials: Credentials): Send {
  const { fetchOptions, logger = console, defaultHeaders } = options;
  const log = createLog(logger, logLevel(options));
  // Look it up at each call, in case a test or a library replaces the global one later.
  const fetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const attempts = withRetry(withTimeout(exchange(fetch, fetchOptions)), log);
  return withHeaders(withCredentials(withLogging(attempts, log), credentials), defaultHeaders);
}

/** The innermost layer: one request, and its answer read to the end. */
function exchange(fetch: Fetch, defaults: FetchOptions | undefined): Send {
  return async (call, signal) => {
    const { maxRetries, timeout, ownHeaders, fetchOptions, ...init } = call.init;
    const options = { ...defaults, ...fetchOptions, ...init };
    let response: Response | undefined;
    try {
      // Manual, because a redirect would carry the credentials along, and workerd knows no "error".
      // Headers of its own, since `fetch` may be anybody's: the call's are needed again, to retry and to redact.
      const headers = new Headers(call.headers);
      response = await fetch(call.url, { ...options, headers, redirect: "manual", signal: signal ?? null });
      return await readAnswer(response, call);
    } catch (reason) {
      throw reason instanceof APIError ? reason : connectionError(reason, call.headers, response !== undefined);
    }
  };
}
