import {
  type OAuthClientCreateParams,
  type OAuthClientCreateResponse,
  type OAuthClientDeleteParams,
  type OAuthClientDeleteResponse,
  type OAuthClientDeleteRotatedSecretParams,
  type OAuthClientDeleteRotatedSecretResponse,
  type OAuthClientGetParams,
  type OAuthClientGetResponse,
  type OAuthClientListParams,
  type OAuthClientListResponse,
  type OAuthClientListResponsesSinglePage,
  type OAuthClientRotateSecretParams,
  type OAuthClientRotateSecretResponse,
  OAuthClients,
  type OAuthClientUpdateParams,
  type OAuthClientUpdateResponse,
} from "./oauth-clients.ts";
import { type OAuthScopeListResponse, type OAuthScopeListResponsesSinglePage, OAuthScopes } from "./oauth-scopes.ts";
import type { Requester } from "./requester.ts";

export * from "./oauth-clients.ts";
export * from "./oauth-scopes.ts";

/** Identity and access management, as far as OAuth clients go. */
export class IAM {
  /** The OAuth clients of an account. */
  readonly oauthClients: OAuthClients;
  /** The scopes that an OAuth client may be given. */
  readonly oauthScopes: OAuthScopes;

  /** @internal */
  constructor(requester: Requester) {
    this.oauthClients = new OAuthClients(requester);
    this.oauthScopes = new OAuthScopes(requester);
  }
}

/** The names that the vendor's SDK nests here. @hidden */
export declare namespace IAM {
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
    OAuthClients,
    OAuthClientUpdateParams,
    OAuthClientUpdateResponse,
    OAuthScopeListResponse,
    OAuthScopeListResponsesSinglePage,
    OAuthScopes,
  };
}
