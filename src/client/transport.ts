import { readAnswer, type Send } from "./answer.ts";
import type { Fetch, FetchOptions } from "./call.ts";
import { type Credentials, withCredentials } from "./credentials.ts";
import { APIError, CloudflareError } from "./errors.ts";
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
  const attempts = withRetry(withTimeout(exchange(options.fetch, fetchOptions)), log);
  return withHeaders(withCredentials(withLogging(attempts, log), credentials), defaultHeaders);
}

/** The innermost layer: one request, and its response read to the end. */
function exchange(given: Fetch | undefined, defaults: FetchOptions | undefined): Send {
  return async (call, signal) => {
    // Look the global one up at each call, in case a test or a library replaces it later.
    const fetch = given ?? globalThis.fetch;
    if (typeof fetch !== "function") throw new CloudflareError("fetch is missing: pass a function. Nothing was sent.");
    const { maxRetries, timeout, ownHeaders, fetchOptions, ...init } = call.init;
    const options = { ...defaults, ...fetchOptions, ...init };
    let response: Response | undefined;
    try {
      // Manual, because a redirect would carry the credentials along, and workerd knows no "error".
      // Headers of its own, since `fetch` may be anybody's: the call's are needed again, to retry and to redact. They are properties
      // too: whatwg-fetch, and so React Native, takes the platform's `Headers` for a record, and would send no credentials.
      const headers = Object.assign(new Headers(call.headers), Object.fromEntries(call.headers));
      response = await fetch(call.url, { ...options, headers, redirect: "manual", signal: signal ?? null });
      return await readAnswer(response, call);
    } catch (reason) {
      throw reason instanceof APIError ? reason : connectionError(reason, call, response !== undefined);
    }
  };
}
