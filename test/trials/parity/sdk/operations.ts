import type Cloudflare from "sdk";
import type { CallSite } from "./call-sites.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

const registration: Cloudflare.IAM.OAuthClientCreateParams = {
  account_id,
  client_name: "My OAuth App",
  grant_types: ["authorization_code", "refresh_token"],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code"],
  scopes: ["account.read"],
  token_endpoint_auth_method: "client_secret_post",
};
const settings = {
  allowed_cors_origins: ["https://example.com"],
  client_uri: "https://example.com",
  logo_uri: "https://example.com/logo.png",
  optional_scopes: ["account.read"],
  policy_uri: "https://example.com/privacy",
  post_logout_redirect_uris: ["https://example.com/logout"],
  tos_uri: "https://example.com/tos",
};

/** What the vendor's own tests do with every call. */
async function everyWay<T>(promise: Awaitable<T>): Promise<unknown> {
  const raw = await promise.asResponse();
  const data = await promise;
  const both = await promise.withResponse();
  return {
    data,
    isResponse: [raw instanceof Response, data instanceof Response],
    status: raw.status,
    ray: raw.headers.get("cf-ray"),
    sameData: both.data === data,
    sameStatus: both.response.status === raw.status,
  };
}

interface Awaitable<T> extends Promise<T> {
  asResponse(): Promise<Response>;
  withResponse(): Promise<{ data: T; response: Response }>;
}

/** Each operation as the vendor documents it, and as its tests call it: with the required parameters, and with all. */
export const operations: Record<string, CallSite> = {
  "create, as documented": async (client) => {
    const oauthClient = await client.iam.oauthClients.create(registration);
    return [oauthClient.client_id, oauthClient.client_secret];
  },
  "create, required parameters": async (client) => everyWay(client.iam.oauthClients.create(registration)),
  "create, all parameters": async (client) => client.iam.oauthClients.create({ ...registration, ...settings }),

  "update, as documented": async (client) => {
    const oauthClient = await client.iam.oauthClients.update("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", {
      account_id: "023e105f4ecef8ad9ca31a8372d0c353",
    });
    return oauthClient.client_id;
  },
  "update, required parameters": async (client) =>
    everyWay(client.iam.oauthClients.update(clientID, { account_id: account_id })),
  "update, all parameters": async (client) =>
    client.iam.oauthClients.update(clientID, { ...registration, ...settings, visibility: "public" }),

  "list, as documented": async (client) => {
    const ids: string[] = [];
    for await (const oauthClientListResponse of client.iam.oauthClients.list({
      account_id: "023e105f4ecef8ad9ca31a8372d0c353",
    }))
      ids.push(oauthClientListResponse.client_id);
    return ids;
  },
  "list, required parameters": async (client) => {
    const promise = client.iam.oauthClients.list({ account_id });
    const raw = await promise.asResponse();
    const page = await promise;
    const both = await promise.withResponse();
    return {
      result: page.result,
      isResponse: [raw instanceof Response, page instanceof Response],
      samePage: both.data === page,
    };
  },

  "delete, as documented": async (client) => {
    const oauthClient = await client.iam.oauthClients.delete("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", {
      account_id: "023e105f4ecef8ad9ca31a8372d0c353",
    });
    return oauthClient?.id;
  },
  "delete, required parameters": async (client) => everyWay(client.iam.oauthClients.delete(clientID, { account_id })),
  "delete, answered by null": async (client) =>
    client.iam.oauthClients.delete(clientID, { account_id }, { headers: { "X-Scene": "null" } }),

  "deleteRotatedSecret, as documented": async (client) => {
    const response = await client.iam.oauthClients.deleteRotatedSecret("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", {
      account_id: "023e105f4ecef8ad9ca31a8372d0c353",
    });
    return response?.id;
  },
  "deleteRotatedSecret, required parameters": async (client) =>
    everyWay(client.iam.oauthClients.deleteRotatedSecret(clientID, { account_id })),
  "deleteRotatedSecret, answered by null": async (client) =>
    client.iam.oauthClients.deleteRotatedSecret(clientID, { account_id }, { headers: { "X-Scene": "null" } }),

  "get, as documented": async (client) => {
    const oauthClient = await client.iam.oauthClients.get("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", {
      account_id: "023e105f4ecef8ad9ca31a8372d0c353",
    });
    return [oauthClient.client_id, oauthClient.has_rotated_secret, oauthClient.client_uri_verification?.status];
  },
  "get, required parameters": async (client) => everyWay(client.iam.oauthClients.get(clientID, { account_id })),
  "get, an id with hyphens": async (client) =>
    client.iam.oauthClients.get("0b9a5a1e-58f3-4c1d-9a53-8d2f6f0f7f10", { account_id }),

  "rotateSecret, as documented": async (client) => {
    const response = await client.iam.oauthClients.rotateSecret("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", {
      account_id: "023e105f4ecef8ad9ca31a8372d0c353",
    });
    return response.client_secret;
  },
  "rotateSecret, required parameters": async (client) =>
    everyWay(client.iam.oauthClients.rotateSecret(clientID, { account_id })),

  "scopes, as documented": async (client) => {
    const ids: string[] = [];
    for await (const oauthScopeListResponse of client.iam.oauthScopes.list()) ids.push(oauthScopeListResponse.id);
    return ids;
  },
  "scopes, no parameters": async (client) => {
    const promise = client.iam.oauthScopes.list();
    const raw = await promise.asResponse();
    const page = await promise;
    const both = await promise.withResponse();
    return [raw instanceof Response, page.result, both.data === page];
  },
};
