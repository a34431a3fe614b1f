import { inspect } from "node:util";
import { type ClientOptions, Cloudflare } from "sdk";
import type { Proof } from "./differing.ts";
import { outcome, watched } from "./probes.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const apiEmail = "user@example.com";
const apiKey = "144c9defac04969c7bfad8efaa8ea194";

/** Everything that a call logs. */
async function logged(options: ClientOptions, logLevel: "info" | "debug"): Promise<string[]> {
  const lines: string[] = [];
  const write = (...parts: unknown[]) => void lines.push(parts.map((part) => inspect(part, { depth: 9 })).join(" "));
  const logger = { error: write, warn: write, info: write, debug: write };
  await new Cloudflare({ ...options, logger, logLevel }).iam.oauthClients.rotateSecret(clientID, { account_id });
  return lines;
}

/** Credentials, options, and what is shown. */
export const clients: Record<string, Proof> = {
  "one-scheme": {
    see: async (_, options) => {
      const { sent, options: counted } = watched({ ...options, apiEmail, apiKey });
      await new Cloudflare(counted).iam.oauthScopes.list();
      return ["authorization", "x-auth-email", "x-auth-key"].filter((name) => sent[0]?.has(name));
    },
    vendor: ["authorization", "x-auth-email", "x-auth-key"],
    here: ["authorization"],
  },
  "one-source": {
    see: async (_, options) => {
      process.env.CLOUDFLARE_EMAIL = apiEmail;
      process.env.CLOUDFLARE_API_KEY = apiKey;
      const { sent, options: counted } = watched(options);
      await new Cloudflare(counted).iam.oauthScopes.list();
      return sent[0]?.has("x-auth-key");
    },
    vendor: true,
    here: false,
  },
  "half-a-pair": {
    see: (_, { baseURL }) =>
      outcome(async () => {
        const client = new Cloudflare({ baseURL, apiToken: null, apiEmail });
        return (await client.iam.oauthScopes.list()).result.length;
      }),
    vendor: { resolved: 2 },
    here: "CloudflareError",
  },
  "no-credentials": {
    see: (_, { baseURL }) =>
      outcome(async () => (await new Cloudflare({ baseURL }).iam.oauthScopes.list()).result.length),
    vendor: { resolved: 2 },
    here: "CloudflareError",
  },
  "broken-token": {
    see: async (_, { baseURL }) => {
      const client = new Cloudflare({ baseURL, apiToken: "token-with-a\nline-break", maxRetries: 0 });
      const failure: unknown = await client.iam.oauthScopes.list().catch((error: unknown) => error);
      return inspect(failure, { depth: 9 }).includes("token-with-a");
    },
    vendor: true,
    here: false,
  },
  "more-environment": {
    see: async (_, options) => {
      process.env.CLOUDFLARE_CUSTOM_HEADERS = "X-Custom: 1";
      process.env.CLOUDFLARE_API_USER_SERVICE_KEY = "v1.0-key";
      const { sent, options: counted } = watched(options);
      await new Cloudflare(counted).iam.oauthScopes.list();
      return ["x-custom", "x-auth-user-service-key"].filter((name) => sent[0]?.has(name));
    },
    vendor: ["x-custom", "x-auth-user-service-key"],
    here: [],
  },
  "checked-options": {
    see: async (_, { apiToken }) => {
      const wrong: ClientOptions[] = [{ baseURL: "ftp://example.com" }, { timeout: -1 }, { maxRetries: 0.5 }];
      return Promise.all(wrong.map((one) => outcome(async () => typeof new Cloudflare({ ...one, apiToken }))));
    },
    vendor: [{ resolved: "object" }, { resolved: "object" }, { resolved: "object" }],
    here: ["CloudflareError", "CloudflareError", "CloudflareError"],
  },
  "checked-ids": {
    see: async (client) => {
      const get = (id: string, account: string) => () => client.iam.oauthClients.get(id, { account_id: account });
      const kinds = [get("a/b", account_id), get("a%2e", account_id), get(clientID, "too-short")].map(outcome);
      return (await Promise.all(kinds)).map((kind) => (typeof kind === "string" ? kind : "sent"));
    },
    vendor: ["sent", "sent", "sent"],
    here: ["CloudflareError", "CloudflareError", "CloudflareError"],
  },
  "sent-headers": {
    see: async (_, options) => {
      const { sent, options: counted } = watched(options);
      await new Cloudflare(counted).iam.oauthScopes.list();
      const names = [...(sent[0]?.keys() ?? [])].map((name) => name.replace(/^x-stainless-.*/, "x-stainless-…"));
      return [...new Set(names)];
    },
    vendor: ["accept", "api-version", "authorization", "user-agent", "x-stainless-…"],
    here: ["accept", "authorization"],
  },
  "logged-secret": {
    see: async (_, options) => (await logged(options, "debug")).join().includes("cf-oauth-secret-new-example"),
    vendor: true,
    here: false,
  },
  "logged-success": { see: async (_, options) => (await logged(options, "info")).length, vendor: 1, here: 0 },
  "shown-token": {
    see: async (client) => inspect(client).includes("token-of-the-run"),
    vendor: true,
    here: false,
  },
  subpaths: {
    see: () =>
      outcome(async () => {
        const subpath = "sdk/tree-shakable";
        const module: unknown = await import(subpath);
        return typeof module;
      }),
    vendor: { resolved: "object" },
    here: "Error",
  },
};
