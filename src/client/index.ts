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
  RateLimitError,
  UnprocessableEntityError,
} from "./errors.ts";
export type * as IAM from "./iam.ts";
export type { Logger, LogLevel } from "./log.ts";
export type { ClientOptions, RequestOptions } from "./options.ts";
export { PagePromise, type ResultInfo, SinglePage } from "./page.ts";
