/** A way to make one `rotateSecret` call. */
export interface Contender {
  readonly name: string;
  /** The packages that a user installs for it. */
  readonly packages: readonly string[];
  /** TypeScript that exports `connect(baseURL, fetch?)`, which makes a client and returns the call. */
  readonly source: string;
}

/** The one that `npm pack` makes of this project. */
export const ours = "cloudflare-oauth-clients";

const path = "/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret";
const account = "023e105f4ecef8ad9ca31a8372d0c353";
const client = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const token = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
const filledPath = path.replace("{account_id}", account).replace("{oauth_client_id}", client);
const headers = `{ Authorization: "Bearer ${token}" }`;
const envelope = "{ result: { client_secret: string } }";

/** In the order of the table's columns; the first two are what the others are compared with. */
export const contenders: readonly Contender[] = [
  {
    name: "raw fetch",
    packages: [],
    source: `
export const connect = (baseURL: string, fetch = globalThis.fetch) => async () => {
  const response = await fetch(baseURL + "${filledPath}", { method: "POST", headers: ${headers} });
  const { result } = (await response.json()) as ${envelope};
  return result.client_secret;
};`,
  },
  {
    name: "openapi-fetch",
    packages: ["openapi-fetch"],
    source: `
import createClient from "openapi-fetch";
import type { paths } from "./openapi.ts";
export const connect = (baseUrl: string, fetch = globalThis.fetch) => {
  const client = createClient<paths>({ baseUrl, fetch, headers: ${headers} });
  return async () => {
    const { data } = await client.POST("${path}", {
      params: { path: { account_id: "${account}", oauth_client_id: "${client}" } },
    });
    return data?.result?.client_secret;
  };
};`,
  },
  {
    name: "this package",
    packages: [ours],
    source: `
import Cloudflare from "${ours}";
export const connect = (baseURL: string, fetch = globalThis.fetch) => {
  const client = new Cloudflare({ baseURL, fetch, apiToken: "${token}" });
  return async () => (await client.iam.oauthClients.rotateSecret("${client}", { account_id: "${account}" })).client_secret;
};`,
  },
  {
    name: "ky",
    packages: ["ky"],
    source: `
import ky from "ky";
export const connect = (baseURL: string, fetch = globalThis.fetch) => {
  const client = ky.create({ prefix: baseURL, fetch, headers: ${headers} });
  return async () => (await client.post("${filledPath.slice(1)}").json<${envelope}>()).result.client_secret;
};`,
  },
  {
    name: "cloudflare, tree-shaken",
    packages: ["cloudflare"],
    source: `
import { BaseOAuthClients } from "cloudflare/resources/iam/oauth-clients";
import { createClient } from "cloudflare/tree-shakable";
export const connect = (baseURL: string, fetch = globalThis.fetch) => {
  const client = createClient({ baseURL, fetch, apiToken: "${token}", resources: [BaseOAuthClients] });
  return async () => (await client.iam.oauthClients.rotateSecret("${client}", { account_id: "${account}" })).client_secret;
};`,
  },
  {
    name: "cloudflare",
    packages: ["cloudflare"],
    source: `
import Cloudflare from "cloudflare";
export const connect = (baseURL: string, fetch = globalThis.fetch) => {
  const client = new Cloudflare({ baseURL, fetch, apiToken: "${token}" });
  return async () => (await client.iam.oauthClients.rotateSecret("${client}", { account_id: "${account}" })).client_secret;
};`,
  },
];
