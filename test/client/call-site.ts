/**
 * What a caller may and may not write, held by `tsc`: a line below `@ts-expect-error` that compiles fails the check, and
 * so does a type that is not the expected one. Nothing here is run.
 */
import { expectTypeOf } from "vitest";
import Cloudflare, {
  type APIPromise,
  type Fetch,
  type IAM,
  type PagePromise,
  type SinglePage,
} from "../../src/client/index.ts";

declare const client: Cloudflare;
declare const clientId: string;

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const registration = {
  account_id,
  client_name: "Example",
  grant_types: ["authorization_code"],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code"],
  scopes: ["account.read"],
  token_endpoint_auth_method: "client_secret_basic",
} satisfies IAM.OAuthClientCreateParams;

export async function create(): Promise<void> {
  const { oauthClients } = client.iam;
  const created = await oauthClients.create(registration);
  expectTypeOf(created.client_id).toEqualTypeOf<string>();
  expectTypeOf(created.client_secret).toEqualTypeOf<string | undefined>();
  expectTypeOf(created.visibility).toEqualTypeOf<"public" | "private">();

  // @ts-expect-error -- the description has no such field
  oauthClients.create({ ...registration, client_nmae: "Example" });
  // @ts-expect-error -- the wire's name is token_endpoint_auth_method
  oauthClients.create({ ...registration, tokenEndpointAuthMethod: "none" });
  // @ts-expect-error -- not one of the methods
  oauthClients.create({ ...registration, token_endpoint_auth_method: "private_key_jwt" });
  // @ts-expect-error -- not one of the grants
  oauthClients.create({ ...registration, grant_types: ["client_credentials"] });
  // @ts-expect-error -- a list is wanted
  oauthClients.create({ ...registration, scopes: "account.read" });
  // @ts-expect-error -- a client can be promoted, not created public
  oauthClients.create({ ...registration, visibility: "public" });
  // @ts-expect-error -- the server decides on it
  oauthClients.create({ ...registration, client_id: clientId });

  const { redirect_uris, ...incomplete } = registration;
  // @ts-expect-error -- redirect_uris is required
  oauthClients.create(incomplete);
}

export async function update(): Promise<void> {
  const { oauthClients } = client.iam;
  const updated = await oauthClients.update(clientId, { account_id, visibility: "public" });
  expectTypeOf(updated).toEqualTypeOf<IAM.OAuthClientUpdateResponse>();
  oauthClients.update(clientId, { account_id });

  // @ts-expect-error -- there is no way back
  oauthClients.update(clientId, { account_id, visibility: "private" });
  // @ts-expect-error -- the description has no such field
  oauthClients.update(clientId, { account_id, name: "Example" });
  // @ts-expect-error -- a field is left out to keep it, not set to undefined
  oauthClients.update(clientId, { account_id, client_name: undefined });
  // @ts-expect-error -- only a new client and a rotation give a secret
  updated.client_secret;
}

export function withoutAnAccount(): void {
  const { oauthClients } = client.iam;
  const { account_id: _, ...settings } = registration;
  // @ts-expect-error -- account_id is missing
  oauthClients.create(settings);
  // @ts-expect-error -- account_id is missing
  oauthClients.update(clientId, { client_name: "Example" });
  // @ts-expect-error -- account_id is missing
  oauthClients.list({});
  // @ts-expect-error -- account_id is missing
  oauthClients.list();
  // @ts-expect-error -- account_id is missing
  oauthClients.get(clientId, {});
  // @ts-expect-error -- account_id is missing
  oauthClients.get(clientId);
  // @ts-expect-error -- account_id is missing
  oauthClients.delete(clientId, {});
  // @ts-expect-error -- account_id is missing
  oauthClients.rotateSecret(clientId, {});
  // @ts-expect-error -- account_id is missing
  oauthClients.deleteRotatedSecret(clientId, {});
  // @ts-expect-error -- account_id is the wire's name
  oauthClients.rotateSecret(clientId, { accountId: account_id });
  // @ts-expect-error -- may be unset
  oauthClients.rotateSecret(process.env.CLIENT_ID, { account_id });
}

export async function rotateSecret(): Promise<void> {
  const { client_secret } = await client.iam.oauthClients.rotateSecret(clientId, { account_id });
  expectTypeOf(client_secret).toEqualTypeOf<string>();
}

export async function deletions(): Promise<void> {
  const { oauthClients } = client.iam;
  const deleted = await oauthClients.delete(clientId, { account_id });
  expectTypeOf(deleted).toEqualTypeOf<{ id: string } | null>();
  // @ts-expect-error -- may be null
  deleted.id;
  const secret = await oauthClients.deleteRotatedSecret(clientId, { account_id });
  expectTypeOf(secret).toEqualTypeOf<{ id: string } | null>();
}

export async function lists(): Promise<void> {
  const { oauthClients, oauthScopes } = client.iam;
  expectTypeOf(oauthClients.list({ account_id })).toEqualTypeOf<
    PagePromise<IAM.OAuthClientListResponsesSinglePage, IAM.OAuthClientListResponse>
  >();
  for await (const item of oauthClients.list({ account_id })) {
    expectTypeOf(item.client_id).toEqualTypeOf<string>();
    expectTypeOf(item.has_rotated_secret).toEqualTypeOf<boolean | undefined>();
    // @ts-expect-error -- a list has no secrets
    item.client_secret;
  }
  const page = await oauthScopes.list();
  expectTypeOf(page).toEqualTypeOf<SinglePage<IAM.OAuthScopeListResponse>>();
  expectTypeOf(page.result[0]?.name).toEqualTypeOf<string | undefined>();
  expectTypeOf(page.result_info?.total_count).toEqualTypeOf<number | undefined>();
}

export async function promises(): Promise<void> {
  const promise = client.iam.oauthClients.get(clientId, { account_id });
  expectTypeOf(promise).toEqualTypeOf<APIPromise<IAM.OAuthClientGetResponse>>();
  expectTypeOf(await promise.asResponse()).toEqualTypeOf<Response>();
  expectTypeOf(await promise.withResponse()).toEqualTypeOf<{
    data: IAM.OAuthClientGetResponse;
    response: Response;
  }>();
}

export function options(fetch: Fetch, signal: AbortSignal): void {
  new Cloudflare({ apiToken: "", baseURL: "", timeout: 1, maxRetries: 0, fetch, logLevel: "off" });
  new Cloudflare({ apiEmail: process.env.EMAIL, apiKey: null });
  client.iam.oauthScopes.list({ signal, timeout: 1, maxRetries: 0, headers: { "X-One": "1", "X-Two": null } });

  // @ts-expect-error -- apiToken
  new Cloudflare({ token: "" });
  // @ts-expect-error -- baseURL
  new Cloudflare({ baseUrl: "" });
  // @ts-expect-error -- not a level
  new Cloudflare({ logLevel: "verbose" });
  // @ts-expect-error -- retries is not an option
  client.iam.oauthScopes.list({ retries: 1 });
  // @ts-expect-error -- credentials are a client's, not a call's
  client.iam.oauthClients.get(clientId, { account_id }, { apiToken: "" });
}

export async function api(): Promise<void> {
  const path = { account_id, oauth_client_id: clientId };
  const { data, error } = await client.api.POST(
    "/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret",
    {
      params: { path },
    },
  );
  expectTypeOf(data?.result?.client_secret).toEqualTypeOf<string | undefined>();
  expectTypeOf(data?.success).toEqualTypeOf<true | undefined>();
  expectTypeOf(error?.success).toEqualTypeOf<false | undefined>();
  expectTypeOf(error?.errors[0]?.code).toEqualTypeOf<number | undefined>();

  // @ts-expect-error -- the description has no such path
  client.api.POST("/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate", { params: { path } });
  // @ts-expect-error -- the path has no such method
  client.api.PUT("/accounts/{account_id}/oauth_clients/{oauth_client_id}", { params: { path } });
  client.api.GET("/accounts/{account_id}/oauth_clients/{oauth_client_id}", {
    // @ts-expect-error -- oauth_client_id is missing
    params: { path: { account_id } },
  });
  client.api.PATCH("/accounts/{account_id}/oauth_clients/{oauth_client_id}", {
    params: { path },
    // @ts-expect-error -- not what the description says of the field
    body: { client_name: 5 },
  });
}
