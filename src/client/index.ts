/**
 * A typed client for Cloudflare's OAuth-client endpoints: {@link Cloudflare}, its options, its errors, and the types of
 * requests and results.
 *
 * @module cloudflare-oauth-clients
 */
export { APIPromise } from "./api-promise.ts";
export type { Fetch, FetchOptions, HeadersLike } from "./call.ts";
export { Cloudflare, Cloudflare as default } from "./cloudflare.ts";
export {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIResponseError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  CloudflareError,
  ConflictError,
  type ErrorData,
  InternalServerError,
  NotFoundError,
  type Outcome,
  PermissionDeniedError,
  type ProblemDetails,
  RateLimitError,
  UnprocessableEntityError,
} from "./errors.ts";
/**
 * The resources of {@link Cloudflare.iam}, and the types of their parameters and results, named as in the vendor's SDK.
 */
export type * as IAM from "./iam.ts";
export type { Logger, LogLevel } from "./log.ts";
export type { ClientOptions, RequestOptions } from "./options.ts";
export { PagePromise, type ResultInfo, SinglePage } from "./page.ts";
