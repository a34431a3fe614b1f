import { isAPIError } from "./error-kind.ts";
import type { ErrorData } from "./errors.ts";

/**
 * The API's codes for credentials that it does not take, seen in its responses; its reference does not list them. A 400 with one
 * of them is about the credentials too, and not about the request.
 *
 * @see https://github.com/acmesh-official/acme.sh/issues/2205 for 6003 and 6111
 */
const codes: ReadonlySet<number | undefined> = new Set([
  6003, // invalid request headers; 6103 or 6111 says which
  6103, // invalid format of X-Auth-Key
  6111, // invalid format of Authorization
  9106, // no credentials
  9109, // an invalid token, or one that may not do this
  // Not 10000, an expired token or a missing permission: the API uses it for other refusals too, so there the status decides.
]);

/**
 * Whether the API itself refused the credentials. A 401 or 403 without an error of the API's own is a bot challenge, or a
 * proxy's page, and says nothing about them.
 */
export function areCredentialsRefused(error: unknown): boolean {
  if (!isAPIError(error)) return false;
  if (error.status === 401 || error.status === 403) return error.errors.length > 0;
  return error.status === 400 && error.errors.some(hasCode);
}

function hasCode({ code, error_chain = [] }: ErrorData): boolean {
  return codes.has(code) || error_chain.some(hasCode);
}
