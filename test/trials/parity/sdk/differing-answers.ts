import { createServer } from "node:http";
import { inspect } from "node:util";
import { APIError, Cloudflare } from "sdk";
import type { Proof } from "./differing.ts";
import { outcome } from "./probes.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const apiEmail = "user@example.com";
const apiKey = "144c9defac04969c7bfad8efaa8ea194";

/** A response whose head comes at once, and the second half of its body late. */
function slowly(text: string): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, 10)));
      setTimeout(() => {
        controller.enqueue(new TextEncoder().encode(text.slice(10)));
        controller.close();
      }, 300);
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

/** Another origin, and the keys that were sent to it. */
async function startElsewhere() {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers["x-auth-key"]);
    response.writeHead(200, { "content-type": "application/json" }).end('{"success":true,"result":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    keys,
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What is taken for a response, and what is made of it. */
export const answers: Record<string, Proof> = {
  redirect: {
    see: async (_, { baseURL }) => {
      const elsewhere = await startElsewhere();
      const client = new Cloudflare({ baseURL, apiToken: null, apiEmail, apiKey });
      const headers = { "X-Scene": "redirect", "X-Elsewhere": elsewhere.url };
      const kind = await outcome(async () => typeof (await client.iam.oauthScopes.list({ headers })));
      elsewhere.close();
      return [kind, elsewhere.keys];
    },
    vendor: [{ resolved: "object" }, [apiKey]],
    here: ["APIResponseError", []],
  },
  "not-successful": {
    see: (client) =>
      outcome(async () =>
        client.iam.oauthClients.delete(clientID, { account_id }, { headers: { "X-Scene": "success: false" } }),
      ),
    vendor: { resolved: null },
    here: "APIResponseError",
  },
  "no-secret": {
    see: (client) =>
      outcome(async () =>
        client.iam.oauthClients.rotateSecret(clientID, { account_id }, { headers: { "X-Scene": "no secret" } }),
      ),
    vendor: { resolved: {} },
    here: "APIResponseError",
  },
  "not-the-envelope": {
    see: (client) =>
      outcome(async () =>
        client.iam.oauthClients.get(clientID, { account_id }, { headers: { "X-Scene": "html with 200" } }),
      ),
    vendor: { resolved: undefined },
    here: "APIResponseError",
  },
  "huge-body": {
    see: (client) =>
      outcome(async () => {
        const options = { headers: { "X-Scene": "1 MiB" } };
        return (await client.iam.oauthClients.get(clientID, { account_id }, options)).client_name?.length;
      }),
    vendor: { resolved: 1 << 20 },
    here: "APIResponseError",
  },
  "slow-body": {
    see: (_, options) =>
      outcome(async () => {
        const client = new Cloudflare({ ...options, fetch: async () => slowly('{"success":true,"result":[{},{}]}') });
        return (await client.iam.oauthScopes.list({ timeout: 100 })).result.length;
      }),
    vendor: { resolved: 2 },
    here: "APIConnectionTimeoutError",
  },
  "as-response": {
    see: async (client) => {
      const promise = client.iam.oauthScopes.list();
      const raw = await promise.asResponse();
      await promise;
      const headers = { "X-Scene": "html with 200" };
      const unchecked = async () => (await client.iam.oauthScopes.list({ headers }).asResponse()).status;
      return [raw.url.endsWith("/oauth/scopes"), raw.bodyUsed, await outcome(unchecked)];
    },
    vendor: [true, true, { resolved: 200 }],
    here: [false, false, "APIResponseError"],
  },
  "echoed-token": {
    see: async (client) => {
      const headers = { "X-Scene": "echoes the key" };
      const failure: unknown = await client.iam.oauthScopes.list({ headers }).catch((error: unknown) => error);
      const text = inspect(failure, { depth: 9 });
      return [text.includes("token-of-the-run"), text.includes("cf-oauth-secret-example")];
    },
    vendor: [true, true],
    here: [false, false],
  },
  "error-names": {
    see: async (client) => {
      const failure = client.iam.oauthScopes.list({ headers: { "X-Scene": "404" } });
      return failure.catch((error: unknown) => error instanceof APIError && error.name);
    },
    vendor: "Error",
    here: "NotFoundError",
  },
  outcome: {
    see: async (client) => {
      const failure = client.iam.oauthScopes.list({ headers: { "X-Scene": "404" } });
      return failure.catch((error: unknown) => error instanceof APIError && "outcome" in error && error.outcome);
    },
    vendor: false,
    here: "not-applied",
  },
  "more-pages": {
    see: async (client) => {
      const page = await client.iam.oauthScopes.list({ headers: { "X-Scene": "three on two pages" } });
      const ids: string[] = [];
      for await (const { id } of page) ids.push(id);
      return [page.hasNextPage(), ids];
    },
    vendor: [false, ["account.read", "zone.read"]],
    here: [true, ["account.read", "zone.read", "c"]],
  },
  "result-info": {
    see: async (client) => {
      const page = await client.iam.oauthScopes.list({ headers: { "X-Scene": "three on two pages" } });
      return "result_info" in page;
    },
    vendor: false,
    here: true,
  },
};
