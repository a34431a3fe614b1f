import type { APIError, CloudflareError } from "./errors.ts";
import { isObject } from "./is-object.ts";

// Not `instanceof`: a program may have two copies of the package, as CommonJS and as ES modules or in two versions. Then a client
// throws errors of its own copy, and a rotation that did not know them would take a lost response for a request that was not sent.

/** Whether something is an {@link APIError}, of whichever copy of the package. */
export function isAPIError(error: unknown): error is APIError {
  return isCloudflareError(error) && "outcome" in error;
}

/** Whether something is a {@link CloudflareError}, of whichever copy of the package. */
export function isCloudflareError(error: unknown): error is CloudflareError {
  for (let at: unknown = error; isObject(at); at = Object.getPrototypeOf(at))
    if (at.name === "CloudflareError") return true;
  return false;
}
