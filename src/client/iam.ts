import { OAuthClients } from "./oauth-clients.ts";
import { OAuthScopes } from "./oauth-scopes.ts";
import type { Requester } from "./requester.ts";

export * from "./oauth-clients.ts";
export * from "./oauth-scopes.ts";

/** Identity and access management, as far as OAuth clients go. */
export class IAM {
  readonly oauthClients: OAuthClients;
  readonly oauthScopes: OAuthScopes;

  constructor(requester: Requester) {
    this.oauthClients = new OAuthClients(requester);
    this.oauthScopes = new OAuthScopes(requester);
  }
}
