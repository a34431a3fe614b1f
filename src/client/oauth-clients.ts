import type { APIPromise } from "./api-promise.ts";
import type { RequestOptions } from "./options.ts";
import type { PagePromise, SinglePage } from "./page.ts";
import type { Body, Item, Path, Requester, Result } from "./requester.ts";

/**
 * The account of a request: `account_id`, 32 characters.
 *
 * @inline
 */
type Account = Path<"oauth-clients-list">;

/**
 * The account (`account_id`, 32 characters), and the settings of a new client: those of {@link OAuthClientUpdateParams},
 * of which some are required here.
 */
export type OAuthClientCreateParams = Account & Body<"oauth-clients-create">;
/**
 * The account (`account_id`, 32 characters), and the settings to change.
 *
 * @interface
 */
export type OAuthClientUpdateParams = Account & Body<"oauth-clients-update">;
/**
 * The account: `account_id`, 32 characters.
 *
 * @interface
 */
export type OAuthClientListParams = Account;
/**
 * The account: `account_id`, 32 characters.
 *
 * @interface
 */
export type OAuthClientDeleteParams = Account;
/**
 * The account: `account_id`, 32 characters.
 *
 * @interface
 */
export type OAuthClientDeleteRotatedSecretParams = Account;
/**
 * The account: `account_id`, 32 characters.
 *
 * @interface
 */
export type OAuthClientGetParams = Account;
/**
 * The account: `account_id`, 32 characters.
 *
 * @interface
 */
export type OAuthClientRotateSecretParams = Account;

/**
 * A new client, with its `client_secret` unless its `token_endpoint_auth_method` is `none`.
 *
 * @interface
 */
export type OAuthClientCreateResponse = Result<"oauth-clients-create">;
/**
 * A client as it is after the change; without its secret.
 *
 * @interface
 */
export type OAuthClientUpdateResponse = Result<"oauth-clients-update">;
/**
 * A client of a list; without its secret.
 *
 * @interface
 */
export type OAuthClientListResponse = Item<"oauth-clients-list">;
/**
 * The identifier of the client that was deleted.
 *
 * @interface
 */
export type OAuthClientDeleteResponse = NonNullable<Result<"oauth-clients-delete">>;
/**
 * The identifier of the deleted client or secret.
 *
 * @interface
 */
export type OAuthClientDeleteRotatedSecretResponse = NonNullable<Result<"oauth-clients-delete-rotated-secret">>;
/**
 * A client; without its secret.
 *
 * @interface
 */
export type OAuthClientGetResponse = Result<"oauth-clients-get">;
/**
 * The new `client_secret`, which is shown this once.
 *
 * @interface
 */
export type OAuthClientRotateSecretResponse = Result<"oauth-clients-rotate-secret">;
/** A page of clients. */
export type OAuthClientListResponsesSinglePage = SinglePage<OAuthClientListResponse>;

/**
 * Whether the account has shown that it controls the host of `client_uri`.
 *
 * @inline
 */
type Verification = NonNullable<OAuthClientGetResponse["client_uri_verification"]>;

/** The names that the vendor's SDK nests here. @hidden */
export declare namespace OAuthClientCreateResponse {
  /** Whether the account has shown that it controls the host of `client_uri`. */
  type ClientURIVerification = Verification;
}
/** The names that the vendor's SDK nests here. @hidden */
export declare namespace OAuthClientUpdateResponse {
  /** Whether the account has shown that it controls the host of `client_uri`. */
  type ClientURIVerification = Verification;
}
/** The names that the vendor's SDK nests here. @hidden */
export declare namespace OAuthClientListResponse {
  /** Whether the account has shown that it controls the host of `client_uri`. */
  type ClientURIVerification = Verification;
}
/** The names that the vendor's SDK nests here. @hidden */
export declare namespace OAuthClientGetResponse {
  /** Whether the account has shown that it controls the host of `client_uri`. */
  type ClientURIVerification = Verification;
}

/**
 * The OAuth clients of an account.
 *
 * Every method rejects with a `CloudflareError` before anything is sent if there are no credentials, or if an identifier
 * is missing, has a length that the description does not allow or could lead to another path; and with an `APIError`,
 * whose `outcome` says whether the server may have done it, if the request fails.
 */
export class OAuthClients {
  readonly #requester: Requester;

  /** @internal */
  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /**
   * Registers a client. Not repeated when its outcome is unknown.
   *
   * @param params the account (`account_id`, 32 characters), and the client's settings.
   * @param options for this call alone; what is not given is the client's.
   * @returns The client, with its `client_secret` unless its `token_endpoint_auth_method` is `none`. It is shown this once.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/create/
   */
  create(params: OAuthClientCreateParams, options?: RequestOptions): APIPromise<OAuthClientCreateResponse> {
    const { account_id, ...body } = params;
    return this.#requester.result("oauth-clients-create", { account_id }, body, options);
  }

  /**
   * Changes the settings that are given and keeps the others. Not repeated when its outcome is unknown: sending `client_uri` restarts
   * the verification of its host.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters), and the settings to change.
   * @param options for this call alone; what is not given is the client's.
   * @returns The client, without its secret.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/update/
   */
  update(
    oauthClientID: string,
    params: OAuthClientUpdateParams,
    options?: RequestOptions,
  ): APIPromise<OAuthClientUpdateResponse> {
    const { account_id, ...body } = params;
    return this.#requester.result("oauth-clients-update", clientPath(oauthClientID, { account_id }), body, options);
  }

  /**
   * Lists the clients of an account, without secrets.
   *
   * @param params the account (`account_id`, 32 characters).
   * @param options for this call alone; what is not given is the client's.
   * @returns A page; iterate over it, or over the promise, for the clients.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/list/
   */
  list(
    params: OAuthClientListParams,
    options?: RequestOptions,
  ): PagePromise<OAuthClientListResponsesSinglePage, OAuthClientListResponse> {
    return this.#requester.list("oauth-clients-list", { account_id: params.account_id }, options);
  }

  /**
   * Deletes a client and all its secrets.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters).
   * @param options for this call alone; what is not given is the client's.
   * @returns The identifier of the client, or null.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/delete/
   */
  delete(
    oauthClientID: string,
    params: OAuthClientDeleteParams,
    options?: RequestOptions,
  ): APIPromise<OAuthClientDeleteResponse | null> {
    return this.#requester.result("oauth-clients-delete", clientPath(oauthClientID, params), undefined, options);
  }

  /**
   * Deletes the old secret after a rotation and keeps the newest one. A service that still uses the old secret is refused from
   * then on. Not repeated when its outcome is unknown: by then it could hit another secret.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters).
   * @param options for this call alone; what is not given is the client's.
   * @returns The identifier of the client, or null.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/delete_rotated_secret/
   */
  deleteRotatedSecret(
    oauthClientID: string,
    params: OAuthClientDeleteRotatedSecretParams,
    options?: RequestOptions,
  ): APIPromise<OAuthClientDeleteRotatedSecretResponse | null> {
    const path = clientPath(oauthClientID, params);
    return this.#requester.result("oauth-clients-delete-rotated-secret", path, undefined, options);
  }

  /**
   * Reads a client, without its secret. `has_rotated_secret` tells whether an old secret waits to be deleted.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters).
   * @param options for this call alone; what is not given is the client's.
   * @returns The client, without its secret.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/get/
   */
  get(
    oauthClientID: string,
    params: OAuthClientGetParams,
    options?: RequestOptions,
  ): APIPromise<OAuthClientGetResponse> {
    return this.#requester.result("oauth-clients-get", clientPath(oauthClientID, params), undefined, options);
  }

  /**
   * Creates a second secret and returns it, this once. The old one keeps working until it is deleted. Not repeated when
   * its outcome is unknown: each repetition could create a secret that nobody holds.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters).
   * @param options for this call alone; what is not given is the client's.
   * @returns The new `client_secret`. It is always there: a response without it is an `APIResponseError`.
   * @throws {APIResponseError} For a response without a secret. A secret that nobody holds may exist then.
   * @throws {CloudflareError} If nothing can be sent: no credentials, an identifier or option that cannot be right.
   * @throws {APIError} If the request fails; its `outcome` says whether the server may have done it.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/rotate_secret/
   */
  rotateSecret(
    oauthClientID: string,
    params: OAuthClientRotateSecretParams,
    options?: RequestOptions,
  ): APIPromise<OAuthClientRotateSecretResponse> {
    return this.#requester.result("oauth-clients-rotate-secret", clientPath(oauthClientID, params), undefined, options);
  }
}

function clientPath(oauthClientID: string, params: Account): Path<"oauth-clients-get"> {
  return { account_id: params.account_id, oauth_client_id: oauthClientID };
}

/** The names that the vendor's SDK nests here. @hidden */
export declare namespace OAuthClients {
  export type {
    OAuthClientCreateParams,
    OAuthClientCreateResponse,
    OAuthClientDeleteParams,
    OAuthClientDeleteResponse,
    OAuthClientDeleteRotatedSecretParams,
    OAuthClientDeleteRotatedSecretResponse,
    OAuthClientGetParams,
    OAuthClientGetResponse,
    OAuthClientListParams,
    OAuthClientListResponse,
    OAuthClientListResponsesSinglePage,
    OAuthClientRotateSecretParams,
    OAuthClientRotateSecretResponse,
    OAuthClientUpdateParams,
    OAuthClientUpdateResponse,
  };
}
