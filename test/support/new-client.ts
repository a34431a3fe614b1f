import type { OAuthClientCreateParams } from "../../src/client/iam.ts";

/** The settings of the client that `create` creates. */
export const newClient = {
  client_name: "Billing",
  grant_types: ["authorization_code"],
  redirect_uris: ["https://billing.example.com/callback"],
  response_types: ["code"],
  scopes: ["account:read"],
  token_endpoint_auth_method: "client_secret_basic",
} satisfies Omit<OAuthClientCreateParams, "account_id">;
