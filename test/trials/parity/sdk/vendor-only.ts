/**
 * What compiles with the vendor's SDK only: each statement has an error with this package, and none with the vendor's.
 * It proves the difference that the mark above it names.
 */
import Cloudflare, { type ClientOptions } from "sdk";

declare const client: Cloudflare;
declare const options: ClientOptions;
declare const oauthClient: Awaited<ReturnType<typeof client.iam.oauthClients.get>>;
declare const page: Awaited<ReturnType<typeof client.iam.oauthScopes.list>>;

// difference: other-resources
export const zones = () => client.zones.list();

// difference: raw-requests
export const got = () => client.get("/oauth/scopes");
export const posted = () => client.post("/oauth/scopes", { body: {} });
export const requested = () => client.request({ method: "get", path: "/oauth/scopes" });

// difference: readable-credentials
export const token = () => client.apiToken;
export const key = () => client.apiKey;
export const email = () => client.apiEmail;
export const logger = () => client.logger;
export const fetchOptions = () => client.fetchOptions;

// difference: more-client-options
export const serviceKey = () => new Cloudflare({ userServiceKey: "v1.0-key" });
export const defaultQuery = () => new Cloudflare({ defaultQuery: { a: "1" } });
export const apiVersion = () => new Cloudflare({ apiVersion: "2026-01-01" });

// difference: more-request-options
export const query = () => client.iam.oauthScopes.list({ query: { page: 2 } });
export const body = () => client.iam.oauthScopes.list({ body: {} });
export const path = () => client.iam.oauthScopes.list({ path: "/other" });
export const method = () => client.iam.oauthScopes.list({ method: "post" });
export const idempotencyKey = () => client.iam.oauthScopes.list({ idempotencyKey: "1" });
export const defaultBaseURL = () => client.iam.oauthScopes.list({ defaultBaseURL: "https://example.com" });

// difference: header-values
export const several = () => client.iam.oauthScopes.list({ headers: { "X-Several": ["1", "2"] } });
export const none = () => client.iam.oauthScopes.list({ headers: null });

// difference: readonly-settings
export const setRetries = () => {
  client.maxRetries = 3;
};
export const setTimeouts = () => {
  options.timeout = 1000;
};

// difference: readonly-results
export const setId = () => {
  oauthClient.client_id = "";
};

// difference: made-errors
export const made = () => new Cloudflare.APIError(404, {}, "made for a test", new Headers());
export const generated = () => Cloudflare.APIError.generate(404, {}, "made for a test", new Headers());

// difference: page-internals
export const items = () => page.getPaginatedItems();
export const next = () => page.nextPageRequestOptions();

// difference: promise-internals
export const unwrapped = () => client.iam.oauthScopes.list()._thenUnwrap(({ result }) => result);
