import { isObject } from "./is-object.ts";

/**
 * Whether the server did what it was asked: `"not-applied"` when it is known not to have, `"unknown"` when it may have.
 * An operation that is not idempotent must not be repeated while its outcome is unknown.
 */
export type Outcome = "not-applied" | "unknown";

/** An entry of the envelope's `errors` or `messages`. */
export interface ErrorData {
  /** The error's number, for example 10000. */
  code?: number;
  /** What is wrong, for a person; credentials are cut out of it. */
  message?: string | undefined;
  /** Where the error is explained. */
  documentation_url?: string | undefined;
  /** The part of the request that is at fault, as a JSON pointer. */
  source?: { pointer?: string | undefined };
  /** More precise reasons, outermost first. */
  error_chain?: ErrorData[];
}

/** Why a request was refused, as RFC 9457 has it: Cloudflare's edge answers so, before the API has seen the request. */
export interface ProblemDetails {
  /** An address that identifies the kind of problem, and often explains it. */
  readonly type?: string;
  /** The kind of problem, for a person. */
  readonly title?: string;
  /** What happened this time, for a person; credentials are cut out of it. */
  readonly detail?: string;
  /** An address that identifies this occurrence. */
  readonly instance?: string;
}

/** Any error of this package. Thrown itself when a call is refused before anything is sent. */
export class CloudflareError extends Error {}

/** The details of an {@link APIError}. */
export interface APIErrorDetails {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly error?: object | undefined;
  readonly problem?: ProblemDetails | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A request that was sent, or was being sent, and did not succeed.
 *
 * Holds no credential and no client secret: not in its message, not in `cause`, not when inspected.
 */
export class APIError extends CloudflareError {
  /** The HTTP status; undefined if there was no response. */
  readonly status: number | undefined;
  /** The headers of the response; undefined if no response arrived. */
  readonly headers: Headers | undefined;
  /** The body of the response if it was a JSON object and the request was refused; credentials are cut out of it. */
  readonly error: object | undefined;
  /** The envelope's `errors`; empty if there was no envelope. */
  readonly errors: ErrorData[];
  /** The problem details of RFC 9457, if that is how the request was refused. */
  readonly problem: ProblemDetails | undefined;
  /** Whether the server may have applied the request. */
  readonly outcome: Outcome;

  /**
   * Makes an error, as this package does for a request that failed.
   *
   * @param message what happened; it must hold no secret.
   * @param outcome whether the server may have done it.
   * @param details what else is known: `status`, `headers`, `error` (the body), `problem` and `cause`.
   */
  constructor(message: string, outcome: Outcome, details: APIErrorDetails = {}) {
    super(message, details);
    this.status = details.status;
    this.headers = details.headers;
    this.error = details.error;
    const { errors }: { errors?: unknown } = details.error ?? {};
    this.errors = Array.isArray(errors) ? errors.filter(isObject) : [];
    this.problem = details.problem;
    this.outcome = outcome;
  }
}

/** Status 400. */
export class BadRequestError extends APIError {
  /** The HTTP status. */
  declare readonly status: 400;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 401: the credentials are wrong, or have expired. */
export class AuthenticationError extends APIError {
  /** The HTTP status. */
  declare readonly status: 401;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 403: the credentials lack a permission. */
export class PermissionDeniedError extends APIError {
  /** The HTTP status. */
  declare readonly status: 403;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 404: no such account or client. */
export class NotFoundError extends APIError {
  /** The HTTP status. */
  declare readonly status: 404;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 409. */
export class ConflictError extends APIError {
  /** The HTTP status. */
  declare readonly status: 409;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 422. */
export class UnprocessableEntityError extends APIError {
  /** The HTTP status. */
  declare readonly status: 422;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 429, when retrying did not help, or the server asks for a wait of more than a minute. */
export class RateLimitError extends APIError {
  /** The HTTP status. */
  declare readonly status: 429;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** Status 500 and above. */
export class InternalServerError extends APIError {
  /** The HTTP status, 500 or more. */
  declare readonly status: number;
  /** The headers of the response. */
  declare readonly headers: Headers;
}
/** No response, or only a part of one. `cause` has the `code` that the platform gave, for example `ECONNREFUSED`. */
export class APIConnectionError extends APIError {}
/** No complete response within the `timeout`. */
export class APIConnectionTimeoutError extends APIConnectionError {}
/** The caller's `signal` was aborted. */
export class APIUserAbortError extends APIError {}
/** A 2xx whose body is not what the operation promises (the envelope, `success: true`, a secret), or a redirect. */
export class APIResponseError extends APIError {}

/** All error classes. The names are written out because a minifier renames classes. */
export const errorClasses: Readonly<Record<string, { readonly prototype: CloudflareError }>> = {
  CloudflareError,
  APIError,
  APIConnectionError,
  APIConnectionTimeoutError,
  APIUserAbortError,
  APIResponseError,
  NotFoundError,
  ConflictError,
  RateLimitError,
  BadRequestError,
  AuthenticationError,
  InternalServerError,
  PermissionDeniedError,
  UnprocessableEntityError,
};

// On the prototype, as the built-in errors have it, so that it does not show up among an error's own fields.
for (const [name, { prototype }] of Object.entries(errorClasses)) prototype.name = name;

const classes: Record<number, typeof APIError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

/** The class for an HTTP status of 400 and above. */
export function errorClass(status: number): typeof APIError {
  return classes[status] ?? (status >= 500 ? InternalServerError : APIError);
}
