import type { APIPromise } from "./api-promise.ts";
import type { RequestOptions } from "./options.ts";
import type { PagePromise, SinglePage } from "./page.ts";
import type { Body, Item, Path, Requester, Result } from "./requester.ts";

type Account = Path<"oauth-clients-list">;

export type OAuthClientCreateParams = Account & Body<"oauth-clients-create">;
export type OAuthClientUpdateParams = Account & Body<"oauth-clients-update">;
export type OAuthClientListParams = Account;
export type OAuthClientDeleteParams = Account;
export type OAuthClientDeleteRotatedSecretParams = Account;
export type OAuthClientGetParams = Account;
export type OAuthClientRotateSecretParams = Account;

export type OAuthClientCreateResponse = Result<"oauth-clients-create">;
export type OAuthClientUpdateResponse = Result<"oauth-clients-update">;
export type OAuthClientListResponse = Item<"oauth-clients-list">;
export type OAuthClientDeleteResponse = NonNullable<Result<"oauth-clients-delete">>;
export type OAuthClientDeleteRotatedSecretResponse = NonNullable<Result<"oauth-clients-delete-rotated-secret">>;
export type OAuthClientGetResponse = Result<"oauth-clients-get">;
export type OAuthClientRotateSecretResponse = Result<"oauth-clients-rotate-secret">;
export type OAuthClientListResponsesSinglePage = SinglePage<OAuthClientListResponse>;

type Verification = NonNullable<OAuthClientGetResponse["client_uri_verification"]>;

// The names that the vendor's SDK nests.
export declare namespace OAuthClientCreateResponse {
  type ClientURIVerification = Verification;
}
export declare namespace OAuthClientUpdateResponse {
  type ClientURIVerification = Verification;
}
export declare namespace OAuthClientListResponse {
  type ClientURIVerification = Verification;
}
export declare namespace OAuthClientGetResponse {
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

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /**
   * Registers a client. Not repeated when its outcome is unknown.
   *
   * @param params the account (`account_id`, 32 characters), and the client's settings.
   * @returns The client, with its `client_secret` unless its `token_endpoint_auth_method` is `none`. It is shown this once.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/create/
   */
  create(params: OAuthClientCreateParams, options?: RequestOptions): APIPromise<OAuthClientCreateResponse> {
    const { account_id, ...body } = params;
    return this.#requester.result("oauth-clients-create", { account_id }, body, options);
  }

  /**
   * Changes the settings that are given and keeps the others.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters), and the settings to change.
   * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/update/
   */
  update(
    oauthClientID: string,
    params: OAuthClientUpdateParams,
    options?: RequestOptions,
  ): APIPromise<OAuthClientUpdateResponse> {
    const { account_id, ...body } = params;
    return this.#requester.result(
      "oauth-clients-update",
      { account_id, oauth_client_id: oauthClientID },
      body,
      options,
    );
  }

  /**
   * Lists the clients of an account, without secrets.
   *
   * @param params the account (`account_id`, 32 characters).
   * @returns A page; iterate over it, or over the promise, for the clients.
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
   * @returns The identifier of what was deleted, or null.
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
   * Deletes the old secret after a rotation and keeps the newest one. Whoever still uses the old secret is refused from
   * then on. Not repeated when its outcome is unknown: by then it could hit another secret.
   *
   * @param oauthClientID the client's `client_id`.
   * @param params the account (`account_id`, 32 characters).
   * @returns The identifier of what was deleted, or null.
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
   * @returns The new `client_secret`: optional by the vendor's types, but an answer without it is an `APIResponseError`.
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
