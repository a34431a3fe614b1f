import { errorClasses } from "./errors.ts";
import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIPromise,
  APIResponseError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  Cloudflare as Base,
  type ClientOptions,
  CloudflareError,
  ConflictError,
  type ErrorData,
  type Fetch,
  type FetchOptions,
  type HeadersLike,
  type IAM,
  InternalServerError,
  type Logger,
  type LogLevel,
  NotFoundError,
  type Outcome,
  PagePromise,
  PermissionDeniedError,
  type ProblemDetails,
  RateLimitError,
  type RequestOptions,
  type ResultInfo,
  SinglePage,
  UnprocessableEntityError,
} from "./index.ts";

/** What `require` gives: the class, and on it all that `import` gives, as in the vendor's SDK. */
class Cloudflare extends Base {}
// Of its own, as what compilers make of `import` copies no other properties.
Object.assign(Cloudflare, errorClasses, { Cloudflare, default: Cloudflare, APIPromise, PagePromise, SinglePage });

declare namespace Cloudflare {
  export type {
    ClientOptions,
    ErrorData,
    Fetch,
    FetchOptions,
    HeadersLike,
    IAM,
    Logger,
    LogLevel,
    Outcome,
    ProblemDetails,
    RequestOptions,
    ResultInfo,
  };
  export {
    APIConnectionError,
    APIConnectionTimeoutError,
    APIError,
    APIPromise,
    APIResponseError,
    APIUserAbortError,
    AuthenticationError,
    BadRequestError,
    Base as Cloudflare,
    Cloudflare as default,
    CloudflareError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PagePromise,
    PermissionDeniedError,
    RateLimitError,
    SinglePage,
    UnprocessableEntityError,
  };
}
export default Cloudflare;
