import type { Client } from "openapi-fetch";
import type { paths } from "../../generated/openapi.ts";
import { createApi } from "./api.ts";
import { checkTiming } from "./call.ts";
import { type Credentials, resolveCredentials } from "./credentials.ts";
import type { ErrorData } from "./errors.ts";
import * as errors from "./errors.ts";
import { IAM } from "./iam.ts";
import { baseUrl, type ClientOptions, environment, type RequestOptions } from "./options.ts";
import { Requester } from "./requester.ts";
import { createTransport } from "./transport.ts";

/**
 * A client for Cloudflare's OAuth-client endpoints.
 *
 * @example
 * ```ts
 * const client = new Cloudflare({ apiToken });
 * const { client_secret } = await client.iam.oauthClients.rotateSecret(clientId, { account_id });
 * ```
 */
export class Cloudflare {
  /** The class itself. It and the errors below are where the vendor's SDK has them, too. */
  static readonly Cloudflare: typeof Cloudflare = Cloudflare;
  /** The error class `CloudflareError`. */
  declare static readonly CloudflareError: typeof errors.CloudflareError;
  /** The error class `APIError`. */
  declare static readonly APIError: typeof errors.APIError;
  /** The error class `APIConnectionError`. */
  declare static readonly APIConnectionError: typeof errors.APIConnectionError;
  /** The error class `APIConnectionTimeoutError`. */
  declare static readonly APIConnectionTimeoutError: typeof errors.APIConnectionTimeoutError;
  /** The error class `APIUserAbortError`. */
  declare static readonly APIUserAbortError: typeof errors.APIUserAbortError;
  /** The error class `APIResponseError`. */
  declare static readonly APIResponseError: typeof errors.APIResponseError;
  /** The error class `NotFoundError`. */
  declare static readonly NotFoundError: typeof errors.NotFoundError;
  /** The error class `ConflictError`. */
  declare static readonly ConflictError: typeof errors.ConflictError;
  /** The error class `RateLimitError`. */
  declare static readonly RateLimitError: typeof errors.RateLimitError;
  /** The error class `BadRequestError`. */
  declare static readonly BadRequestError: typeof errors.BadRequestError;
  /** The error class `AuthenticationError`. */
  declare static readonly AuthenticationError: typeof errors.AuthenticationError;
  /** The error class `InternalServerError`. */
  declare static readonly InternalServerError: typeof errors.InternalServerError;
  /** The error class `PermissionDeniedError`. */
  declare static readonly PermissionDeniedError: typeof errors.PermissionDeniedError;
  /** The error class `UnprocessableEntityError`. */
  declare static readonly UnprocessableEntityError: typeof errors.UnprocessableEntityError;

  /** Where the API is. */
  readonly baseURL: string;
  /** Time limit of an attempt, in milliseconds, 1 to 2147483647. */
  readonly timeout: number;
  /** Retries after the first attempt, 0 or more. */
  readonly maxRetries: number;
  /** The operations: OAuth clients, and the scopes that they may be given. */
  readonly iam: IAM;

  // Private by the language, not by TypeScript alone: neither `inspect` nor `JSON.stringify` shows what these hold.
  readonly #options: ClientOptions;
  readonly #credentials: Credentials;
  readonly #makeApi: () => Client<paths>;
  #api: Client<paths> | undefined;

  /**
   * Makes a client; nothing is sent.
   *
   * @param options Credentials are looked for in the environment if none are given. Without any, the client can be made,
   *   but its calls are refused.
   * @param credentials Those of another client, for {@link withOptions}.
   * @throws {CloudflareError} For a `baseURL`, `timeout` or `maxRetries` that cannot be used.
   */
  constructor(options: ClientOptions = {}, credentials: Credentials = resolveCredentials(options, environment)) {
    const { timeout = 60_000, maxRetries = 2 } = options;
    checkTiming({ timeout, maxRetries });
    this.baseURL = baseUrl(options);
    this.timeout = timeout;
    this.maxRetries = maxRetries;
    this.#options = options;
    this.#credentials = credentials;

    const send = createTransport(options, credentials);
    this.#makeApi = () => createApi(this, send);
    this.iam = new IAM(new Requester(() => this.api, send));
  }

  /**
   * The openapi-fetch client underneath. Use it to get the whole envelope. Same credentials, retries, redirect rule
   * and redaction; a refused request gives `error`, where the methods of {@link iam} throw.
   *
   * @see https://openapi-ts.dev/openapi-fetch/
   */
  get api(): Client<paths> {
    this.#api ??= this.#makeApi();
    return this.#api;
  }

  /**
   * A copy with other options. Credentials, if any are given, replace the copied ones as a whole.
   *
   * @param options what is to differ.
   * @returns A new client; this one stays as it is.
   * @throws {CloudflareError} As the constructor.
   */
  withOptions(options: Partial<ClientOptions>): this {
    const given = [options.apiToken, options.apiEmail, options.apiKey].some((value) => value !== undefined);
    const Copy = this.constructor as new (options: ClientOptions, credentials?: Credentials) => this;
    const { apiToken, apiEmail, apiKey, ...kept } = { ...this.#options, baseURL: this.baseURL };
    return given ? new Copy({ ...kept, ...options }) : new Copy({ ...kept, ...options }, this.#credentials);
  }
}

Object.assign(Cloudflare, errors.errorClasses);

/** The names that the vendor's SDK nests here. @hidden */
export declare namespace Cloudflare {
  export type { ClientOptions, ErrorData, IAM, RequestOptions };
}
