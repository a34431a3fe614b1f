import type Cloudflare from "sdk";
import { APIPromise, CloudflareError, PagePromise } from "sdk";
import type { CallSite } from "./call-sites.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** What calls return before they are awaited, and what lists resolve to. */
export const promises: Record<string, CallSite> = {
  "a call is an APIPromise and a Promise": async (client) => {
    const promise: APIPromise<Cloudflare.IAM.OAuthClientGetResponse> = client.iam.oauthClients.get(clientID, {
      account_id,
    });
    const kinds = [promise instanceof APIPromise, promise instanceof Promise];
    await promise;
    return kinds;
  },
  "a list is a PagePromise and an APIPromise": async (client) => {
    const promise = client.iam.oauthScopes.list();
    const kinds = [promise instanceof PagePromise, promise instanceof APIPromise];
    await promise;
    return kinds;
  },
  "then, catch and finally": async (client) => {
    const seen: string[] = [];
    const name = await client.iam.oauthClients
      .get(clientID, { account_id })
      .then((oauthClient) => oauthClient.client_name)
      .finally(() => seen.push("finally"));
    const caught = await client.iam.oauthClients
      .get(clientID, { account_id }, { headers: { "X-Scene": "404" } })
      .catch((error: unknown) => error instanceof CloudflareError);
    return [name, seen, caught];
  },
  "several at once": async (client) => {
    const { oauthClients, oauthScopes } = client.iam;
    const [oauthClient, scopes] = await Promise.all([oauthClients.get(clientID, { account_id }), oauthScopes.list()]);
    return [oauthClient.client_id, scopes.result.length];
  },
  "asResponse and withResponse give one and the same response": async (client) => {
    const promise = client.iam.oauthClients.get(clientID, { account_id });
    const raw = await promise.asResponse();
    return (await promise.withResponse()).response === raw;
  },
  "asResponse, read as JSON": async (client) => {
    const response = await client.iam.oauthClients.get(clientID, { account_id }).asResponse();
    const headers = ["content-type", "cf-ray"].map((name) => response.headers.get(name));
    return [response.status, response.statusText, response.ok, headers, await response.json()];
  },
  "withResponse, destructured": async (client) => {
    const { data, response } = await client.iam.oauthClients.rotateSecret(clientID, { account_id }).withResponse();
    return [data.client_secret, response.status, response.headers.get("cf-ray")];
  },
  "withResponse of a list": async (client) => {
    const { data: page, response } = await client.iam.oauthClients.list({ account_id }).withResponse();
    return [page.result, response.status];
  },

  "a page: result, hasNextPage": async (client) => {
    const page = await client.iam.oauthClients.list({ account_id });
    return [
      page.result.map(({ client_name }) => client_name),
      page.hasNextPage(),
      Object.keys(page).includes("result"),
    ];
  },
  "a page: the loop that the vendor's README shows": async (client) => {
    const all: Cloudflare.IAM.OAuthClientListResponse[] = [];
    let page = await client.iam.oauthClients.list({ account_id });
    for (const oauthClientListResponse of page.result) all.push(oauthClientListResponse);
    while (page.hasNextPage()) {
      page = await page.getNextPage();
      all.push(...page.result);
    }
    return all;
  },
  "a page: getNextPage of the last one": async (client) => {
    const page = await client.iam.oauthScopes.list();
    return page.getNextPage().then(
      () => "resolved",
      (error: unknown) => error instanceof CloudflareError,
    );
  },
  "a page: iterPages": async (client) => {
    const sizes: number[] = [];
    const page = await client.iam.oauthScopes.list();
    for await (const one of page.iterPages()) sizes.push(one.result.length);
    return sizes;
  },
  "a page: for await": async (client) => {
    const names: string[] = [];
    for await (const scope of await client.iam.oauthScopes.list()) names.push(scope.name);
    return names;
  },
  "a list without clients": async (client) => {
    const page = await client.iam.oauthClients.list({ account_id }, { headers: { "X-Scene": "empty" } });
    return [page.result, page.hasNextPage()];
  },
  "for await, stopped early": async (client) => {
    for await (const scope of client.iam.oauthScopes.list()) return scope;
    return undefined;
  },
};
