import { describe, expect, test } from "vitest";
import { type ClientOptions, Cloudflare, type Fetch } from "../../src/client/index.ts";
import { account, apiToken, clientId, envelope, refusal, registration, response } from "./examples.ts";

const page = envelope([{ client_id: clientId }], { result_info: { total_count: 9 } });

/** What makes a call fail: options of the client, and what it is given. */
const failures: Readonly<Record<string, ClientOptions>> = {
  "a refusal": { apiToken, fetch: async () => response(404, refusal("No such client.")) },
  "a refusal after retries": { apiToken, fetch: async () => response(429, null, { "Retry-After": "0.001" }) },
  "a response that is not the envelope": { apiToken, fetch: async () => response(200, "<html>") },
  "a lost connection": { apiToken, maxRetries: 0, fetch: () => Promise.reject(new TypeError("fetch failed")) },
  "a fetch that throws": {
    apiToken,
    maxRetries: 0,
    fetch: () => {
      throw new TypeError("fetch failed");
    },
  },
  "a time-out": { apiToken, maxRetries: 0, timeout: 5, fetch: () => new Promise(() => undefined) },
  "no credentials": { apiToken: null },
  "half a pair of credentials": { apiKey: "key" },
  "no fetch": { apiToken, fetch: {} as Fetch },
};

const calls: Readonly<Record<string, (client: Cloudflare) => Promise<unknown>>> = {
  create: async function theCaller({ iam }) {
    return await iam.oauthClients.create(registration);
  },
  update: async function theCaller({ iam }) {
    return await iam.oauthClients.update(clientId, account);
  },
  list: async function theCaller({ iam }) {
    return await iam.oauthClients.list(account);
  },
  "a list, iterated": async function theCaller({ iam }) {
    for await (const one of iam.oauthClients.list(account)) return one;
    return undefined;
  },
  delete: async function theCaller({ iam }) {
    return await iam.oauthClients.delete(clientId, account);
  },
  deleteRotatedSecret: async function theCaller({ iam }) {
    return await iam.oauthClients.deleteRotatedSecret(clientId, account);
  },
  get: async function theCaller({ iam }) {
    return await iam.oauthClients.get(clientId, account);
  },
  rotateSecret: async function theCaller({ iam }) {
    return await iam.oauthClients.rotateSecret(clientId, account);
  },
  "the list of scopes": async function theCaller({ iam }) {
    return await iam.oauthScopes.list();
  },
  asResponse: async function theCaller({ iam }) {
    return await iam.oauthClients.get(clientId, account).asResponse();
  },
  withResponse: async function theCaller({ iam }) {
    return await iam.oauthClients.get(clientId, account).withResponse();
  },
  "several at once": async function theCaller({ iam }) {
    return await Promise.all([iam.oauthClients.get(clientId, account), iam.oauthScopes.list()]);
  },
  "an identifier that is a path": async function theCaller({ iam }) {
    return await iam.oauthClients.get("..", account);
  },
  "a header that cannot be sent": async function theCaller({ iam }) {
    return await iam.oauthClients.get(clientId, account, { headers: { "a b": "c" } });
  },
  "a timeout that cannot be": async function theCaller({ iam }) {
    return await iam.oauthClients.get(clientId, account, { timeout: -1 });
  },
  "a signal that was aborted": async function theCaller({ iam }) {
    return await iam.oauthClients.get(clientId, account, { signal: AbortSignal.abort() });
  },
};

async function stackOf(call: Promise<unknown>): Promise<string> {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof Error)) throw new Error("The call has not failed.");
  return error.stack ?? "";
}

describe("the caller is in the stack", () => {
  const all = Object.keys(failures).flatMap((failure) => Object.keys(calls).map((call) => ({ failure, call })));
  test.each(all)("$call, $failure", async ({ failure, call }) => {
    expect(await stackOf(calls[call]?.(new Cloudflare(failures[failure])) ?? Promise.resolve())).toMatch(
      /^\w*Error: [\s\S]*\btheCaller\b/,
    );
  });

  const second: Fetch = async (url) => (url.includes("page=2") ? response(404) : response(200, page));
  const iterations: typeof calls = {
    getNextPage: async function theCaller({ iam }) {
      return await (await iam.oauthClients.list(account)).getNextPage();
    },
    iterPages: async function theCaller({ iam }) {
      for await (const one of (await iam.oauthClients.list(account)).iterPages()) one.hasNextPage();
    },
    "for await": async function theCaller({ iam }) {
      for await (const one of iam.oauthClients.list(account)) one.client_id.slice();
    },
  };
  test.each(Object.entries(iterations))("the second page by %s", async (_, iterate) => {
    expect(await stackOf(iterate(new Cloudflare({ apiToken, fetch: second })))).toMatch(/\btheCaller\b/);
  });

  test("a response of a middleware that is not the envelope", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, page) });
    client.api.use({ onResponse: () => new Response("<html>") });
    const list = calls.list?.(client) ?? Promise.resolve();
    expect(await stackOf(list)).toMatch(/^APIResponseError: [\s\S]*\btheCaller\b/);
  });
});

test("a call that succeeds looks for no stack", async () => {
  const captureStackTrace = Error.captureStackTrace;
  let captured = 0;
  Error.captureStackTrace = (error) => {
    captured += 1;
    captureStackTrace(error);
  };
  try {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, envelope({ client_secret: "new" })) });
    await client.iam.oauthClients.rotateSecret(clientId, account);
    expect(captured).toBe(0);
    await new Cloudflare({ apiToken: null }).iam.oauthScopes.list().catch(() => undefined);
    expect(captured).toBe(1);
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
});
