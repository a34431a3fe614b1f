import type { Fetch, FetchOptions, HeadersLike } from "./call.ts";
import type { CredentialOptions } from "./credentials.ts";
import { CloudflareError } from "./errors.ts";
import { isLogLevel, type Logger, type LogLevel } from "./log.ts";

/** Options of one call; what is not given is the client's. */
export interface RequestOptions {
  /** Ends the call, at once, with an `APIUserAbortError`. */
  readonly signal?: AbortSignal | null | undefined;
  /** Time limit of an attempt, in milliseconds, 1 to 2147483647. Default: the client's. */
  readonly timeout?: number | undefined;
  /** Retries after the first attempt, 0 or more. Default: the client's. */
  readonly maxRetries?: number | undefined;
  /** Headers in addition to the client's; null removes one of the client's. */
  readonly headers?: HeadersLike | undefined;
  /** More options for `fetch`, such as undici's `dispatcher`, in addition to the client's. */
  readonly fetchOptions?: FetchOptions | undefined;
}

/** Options of a client. */
export interface ClientOptions extends CredentialOptions {
  /** Where the API is. Default: `CLOUDFLARE_BASE_URL`, or `https://api.cloudflare.com/client/v4`. */
  readonly baseURL?: string | null | undefined;
  /** Time limit of an attempt with its body, in milliseconds, 1 to 2147483647. Default: 60000. */
  readonly timeout?: number | undefined;
  /** Retries after the first attempt, 0 or more. Default: 2. */
  readonly maxRetries?: number | undefined;
  /** What to send requests with, called by URL and init. Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** More options for `fetch`, such as undici's `dispatcher`. */
  readonly fetchOptions?: FetchOptions | undefined;
  /** Headers of every request. */
  readonly defaultHeaders?: HeadersLike | undefined;
  /** Where to log. Default: `console`. */
  readonly logger?: Logger | undefined;
  /** How much to log. Default: `CLOUDFLARE_LOG`, or `warn`. */
  readonly logLevel?: LogLevel | undefined;
}

declare const process: { env: Record<string, string | undefined> } | undefined;

/** A variable of the environment, if the platform has one; an empty variable counts as unset. */
export function environment(name: string): string | undefined {
  try {
    return (typeof process === "object" && process?.env?.[name]?.trim()) || undefined;
  } catch {
    return undefined; // Deno, without the permission to read it.
  }
}

/** The base URL, checked. */
export function baseUrl({ baseURL }: ClientOptions): string {
  const text = baseURL?.trim() || environment("CLOUDFLARE_BASE_URL") || "https://api.cloudflare.com/client/v4";
  // Not `new URL`, which would accept "localhost:8080/" for a scheme, and would not tell what is wrong.
  if (!/^https?:\/\/[^/?#@\s{}]+(\/[^?#\s{}]*)?$/.test(text))
    throw new CloudflareError(
      `${baseURL?.trim() ? "baseURL" : "CLOUDFLARE_BASE_URL"} must be an http or https address without user, query or fragment.`,
    );
  return text;
}

/** The log level, checked; a wrong one in the environment must not keep a service from starting. */
export function logLevel({ logLevel }: ClientOptions): LogLevel {
  const level = logLevel ?? environment("CLOUDFLARE_LOG");
  return isLogLevel(level) ? level : "warn";
}
