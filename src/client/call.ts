import type { Operation } from "../../generated/operations.ts";
import { CloudflareError } from "./errors.ts";

/** `fetch` as this package calls it: always by URL and init, so that undici's, node-fetch's or a spy fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The options of `fetch`, except those that a call decides itself. For example undici's `dispatcher`. */
export type FetchOptions = Omit<RequestInit, Decided> & { readonly [option in Decided]?: never } & {
  readonly [option: string]: unknown;
};

type Decided = "body" | "headers" | "method" | "redirect" | "signal";

/** A value for each header name; null removes a default header. */
export type HeadersLike =
  | Headers
  | readonly (readonly [string, string])[]
  | Readonly<Record<string, string | null | undefined>>;

/** What openapi-fetch knows of a request when it would make a `Request`. */
interface CallInit extends Omit<RequestInit, "headers"> {
  method: string;
  headers: Headers;
  /** Retries after the first attempt; the client's, unless the call has its own. */
  maxRetries?: number;
  /** Time limit of an attempt, in milliseconds: the call's, or else the client's. */
  timeout?: number;
  /** Kept apart, so that none of these is taken for an option of openapi-fetch. */
  fetchOptions?: FetchOptions | undefined;
  /** Headers of one call, which openapi-fetch is not shown: its error for a bad value would repeat the value. */
  ownHeaders?: HeadersLike | undefined;
}

/** The options that `createApi` adds. */
interface PreparedInit extends CallInit {
  readonly operation?: Operation | undefined;
}

/**
 * A request on its way down the layers. openapi-fetch makes one where it would make a `Request`, which costs twenty
 * times as much and could not be sent a second time.
 */
export class Call {
  readonly url: string;
  readonly init: CallInit;
  /** The operation that it performs; undefined, and so never repeated, for a path that the description does not have. */
  readonly operation: Operation | undefined;

  constructor(url: string, init: CallInit) {
    if (/[{}]/.test(url)) throw new CloudflareError(`A path parameter is missing in ${url}. Pass it in params.path.`);
    checkTiming(init);
    this.url = url;
    const { operation, ...own } = init as PreparedInit;
    this.init = own;
    this.operation = operation;
  }

  // What openapi-fetch's middleware, and openapi-fetch itself, read and change on a `Request`.
  get method(): string {
    return this.init.method;
  }
  get headers(): Headers {
    return this.init.headers;
  }
}

/** Refuses what a timer or a counter cannot take. */
export function checkTiming({ timeout = 1, maxRetries = 0 }: Pick<CallInit, "timeout" | "maxRetries">): void {
  if (!(timeout >= 1 && timeout <= 2147483647))
    throw new CloudflareError("timeout must be a number of milliseconds from 1 to 2147483647.");
  if (!(Number.isInteger(maxRetries) && maxRetries >= 0))
    throw new CloudflareError("maxRetries must be a whole number, 0 or more.");
}
