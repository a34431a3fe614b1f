import DefaultExport, { type ClientOptions, Cloudflare } from "sdk";
import type { CallSite } from "./call-sites.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** Makes a call that does not matter in itself. */
async function listScopes(client: Cloudflare, options?: Cloudflare.RequestOptions) {
  return (await client.iam.oauthScopes.list(options)).result;
}

/** As often seen: made once, by whatever credentials there are. */
function makeClient(options: ClientOptions, token: string | null | undefined): Cloudflare {
  const merged: ClientOptions = { ...options, apiToken: token, timeout: 20_000, maxRetries: 0 };
  return new Cloudflare(merged);
}

/** A logger of the user's, and what it was given. */
function recordingLogger() {
  const levels: string[] = [];
  const at =
    (level: string) =>
    (message: string, ..._rest: unknown[]) => {
      if (message.length > 0) levels.push(level);
    };
  return { levels, logger: { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") } };
}

/** Clients, their options, and the options of one call. */
export const clients: Record<string, CallSite> = {
  "the ways to import the class": async () => [
    DefaultExport === Cloudflare,
    Cloudflare.Cloudflare === Cloudflare,
    Cloudflare.name,
  ],
  "a client of a user's function": async (_, options) => listScopes(makeClient(options, "another-token")),
  "a subclass": async (_, options) => {
    class Ours extends Cloudflare {}
    const copy = new Ours(options).withOptions({ timeout: 5000 });
    return [copy instanceof Ours, (await copy.iam.oauthScopes.list()).result.length];
  },
  "readable settings": async (_, { baseURL, apiToken }) => {
    const client = new Cloudflare({ baseURL, apiToken });
    return [client.baseURL, client.timeout, client.maxRetries];
  },
  "the base URL without options": async () => new Cloudflare({ apiToken: "token" }).baseURL,

  "a token": async (_, { baseURL }) => listScopes(new Cloudflare({ baseURL, apiToken: "my-token" })),
  "e-mail and key": async (_, { baseURL }) =>
    new Cloudflare({
      baseURL,
      apiEmail: "user@example.com",
      apiKey: "144c9defac04969c7bfad8efaa8ea194",
    }).iam.oauthClients.get(clientID, { account_id }),
  "e-mail and key, token null": async (_, { baseURL }) =>
    listScopes(
      new Cloudflare({
        baseURL,
        apiToken: null,
        apiEmail: "user@example.com",
        apiKey: "144c9defac04969c7bfad8efaa8ea194",
      }),
    ),
  "the environment: token and base URL": async (_, { baseURL }) => {
    process.env.CLOUDFLARE_API_TOKEN = "token-of-the-environment";
    process.env.CLOUDFLARE_BASE_URL = baseURL ?? "";
    const client = new Cloudflare();
    return [client.baseURL, await listScopes(client)];
  },
  "the environment: e-mail and key": async (_, { baseURL }) => {
    process.env.CLOUDFLARE_EMAIL = "user@example.com";
    process.env.CLOUDFLARE_API_KEY = "144c9defac04969c7bfad8efaa8ea194";
    return listScopes(new Cloudflare({ baseURL }));
  },
  "the environment: a blank base URL": async () => {
    process.env.CLOUDFLARE_BASE_URL = "  ";
    return new Cloudflare({ apiToken: "token" }).baseURL;
  },
  "an explicit token beats the environment's": async (_, { baseURL }) => {
    process.env.CLOUDFLARE_API_TOKEN = "token-of-the-environment";
    return listScopes(new Cloudflare({ baseURL, apiToken: "explicit-token" }));
  },
  "the caller's own Authorization": async (client) =>
    listScopes(client, { headers: { Authorization: "Bearer of-this-call" } }),
  "a base URL with a slash and a path": async (_, options) =>
    listScopes(new Cloudflare({ ...options, baseURL: `${options.baseURL}/custom/path/` })),
  "withOptions keeps the rest": async (_, options) => {
    const client = new Cloudflare({ ...options, defaultHeaders: { "X-Default": "kept" }, timeout: 12_345 });
    const copy = client.withOptions({ maxRetries: 5 });
    await listScopes(copy);
    return [copy.maxRetries, client.maxRetries, copy.timeout, copy.baseURL === client.baseURL];
  },
  "withOptions, another token": async (client) => listScopes(client.withOptions({ apiToken: "second" })),

  "default headers": async (_, options) =>
    listScopes(new Cloudflare({ ...options, defaultHeaders: { "X-Default": "2" } })),
  "default headers, one kept by undefined": async (_, options) =>
    listScopes(new Cloudflare({ ...options, defaultHeaders: { "X-Default": "2" } }), {
      headers: { "X-Default": undefined },
    }),
  "default headers, one removed by null": async (_, options) =>
    listScopes(new Cloudflare({ ...options, defaultHeaders: { "X-Default": "2" } }), {
      headers: { "x-default": null },
    }),
  "default headers, one replaced": async (_, options) =>
    listScopes(new Cloudflare({ ...options, defaultHeaders: { "X-Default": "2" } }), {
      headers: { "X-DEFAULT": "3" },
    }),
  "headers as Headers": async (client) => listScopes(client, { headers: new Headers({ "X-One": "1", "X-Two": "2" }) }),
  "headers as pairs": async (client) => listScopes(client, { headers: [["X-One", "1"]] }),

  "all options of a call": async (client) =>
    client.iam.oauthClients.rotateSecret(
      clientID,
      { account_id },
      {
        timeout: 5000,
        maxRetries: 0,
        headers: { "X-Trace": "1" },
        signal: new AbortController().signal,
        fetchOptions: {},
      },
    ),
  "a custom fetch": async (_, options) => {
    const seen: unknown[] = [];
    const client = new Cloudflare({
      ...options,
      fetch: (url, init) => {
        seen.push(typeof url, init?.method, new Headers(init?.headers).get("authorization"), typeof init?.signal);
        return fetch(url, init);
      },
    });
    await client.iam.oauthClients.update(clientID, { account_id, client_name: "Renamed" });
    return seen;
  },
  "a custom fetch that answers": async (_, options) => {
    const client = new Cloudflare({
      ...options,
      fetch: async () => Response.json({ success: true, errors: [], messages: [], result: [{ id: "a", name: "A" }] }),
    });
    return (await client.iam.oauthScopes.list()).result;
  },
  "fetchOptions reach fetch": async (_, options) => {
    const seen: unknown[] = [];
    const client = new Cloudflare({
      ...options,
      fetchOptions: { keepalive: true },
      fetch: (url, init) => {
        seen.push(init?.keepalive, init?.cache);
        return fetch(url, init);
      },
    });
    await listScopes(client, { fetchOptions: { cache: "no-store" } });
    return seen;
  },

  "a GET is retried": async (_, options) => {
    const client = new Cloudflare({ ...options, maxRetries: 2 });
    return listScopes(client, { headers: { "X-Scene": "503, then well" } });
  },
  "maxRetries of a call": async (_, options) =>
    new Cloudflare({ ...options, maxRetries: 2 }).iam.oauthScopes
      .list({ maxRetries: 0, headers: { "X-Scene": "503, then well" } })
      .catch((error: unknown) => error instanceof Cloudflare.InternalServerError),
  "a refused rotation is not repeated": async (_, options) =>
    new Cloudflare({ ...options, maxRetries: 2 }).iam.oauthClients
      .rotateSecret(clientID, { account_id }, { headers: { "X-Scene": "403" } })
      .catch((error: unknown) => error instanceof Cloudflare.PermissionDeniedError),
  "a rotation is repeated after 429": async (_, options) =>
    new Cloudflare({ ...options, maxRetries: 2 }).iam.oauthClients.rotateSecret(
      clientID,
      { account_id },
      { headers: { "X-Scene": "429, then well" } },
    ),

  "a logger, by default": async (_, { baseURL, apiToken }) => {
    const { levels, logger } = recordingLogger();
    await listScopes(new Cloudflare({ baseURL, apiToken, logger }));
    return levels;
  },
  "a logger at off": async (_, { baseURL, apiToken }) => {
    const { levels, logger } = recordingLogger();
    await listScopes(new Cloudflare({ baseURL, apiToken, logger, logLevel: "off" }));
    return levels;
  },
  "a logger at debug": async (_, { baseURL, apiToken }) => {
    const { levels, logger } = recordingLogger();
    await listScopes(new Cloudflare({ baseURL, apiToken, logger, logLevel: "debug" }));
    return levels.includes("debug");
  },
  CLOUDFLARE_LOG: async (_, { baseURL, apiToken }) => {
    process.env.CLOUDFLARE_LOG = "debug";
    const { levels, logger } = recordingLogger();
    await listScopes(new Cloudflare({ baseURL, apiToken, logger }));
    return levels.includes("debug");
  },
  "console as the logger": async (_, options) =>
    listScopes(new Cloudflare({ ...options, logger: console, logLevel: "error" })),
};
