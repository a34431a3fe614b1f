import { describe, expect, test, vi } from "vitest";
import { Cloudflare, type Fetch } from "../../src/client/index.ts";
import { account, apiToken, clientId, registration, response, success } from "./examples.ts";

/** A client on a `fetch` that notes how it is called, as a stranger to this package would read it. */
function spied(options = {}): { client: Cloudflare; calls: { url: unknown; init: Record<string, unknown> }[] } {
  const calls: { url: unknown; init: Record<string, unknown> }[] = [];
  const client = new Cloudflare({
    apiToken,
    baseURL: "https://api.example.com/v4",
    ...options,
    fetch: async (url, init) => {
      calls.push({ url, init: { ...init } });
      return success();
    },
  });
  return { client, calls };
}

describe("a custom fetch", () => {
  test("is called with a text for URL, never a Request", async () => {
    const { client, calls } = spied();
    await client.iam.oauthClients.get(clientId, account);
    await client.api.GET("/oauth/scopes").catch(() => undefined);
    expect(calls.map(({ url }) => url)).toEqual([
      `https://api.example.com/v4/accounts/${account.account_id}/oauth_clients/${clientId}`,
      "https://api.example.com/v4/oauth/scopes",
    ]);
  });

  test("is called with method, headers, body, signal and redirect", async () => {
    const { client, calls } = spied();
    await client.iam.oauthClients.update(clientId, { ...account, client_name: "New" });
    expect(calls).toMatchObject([
      {
        init: {
          method: "PATCH",
          body: '{"client_name":"New"}',
          headers: expect.any(Headers),
          signal: expect.any(AbortSignal),
          redirect: "manual",
        },
      },
    ]);
  });

  test("is not called with what only this package and openapi-fetch know", async () => {
    const { client, calls } = spied();
    await client.iam.oauthClients.get(clientId, account, { timeout: 1000, maxRetries: 0, headers: { "X-One": "1" } });
    for (const name of ["duplex", "timeout", "maxRetries", "ownHeaders", "params", "parseAs", "Request", "fetch"])
      expect(calls[0]?.init).not.toHaveProperty(name);
  });

  test("gets the credentials though it takes headers of the platform for a record, as whatwg-fetch does", async () => {
    const seen: Record<string, unknown>[] = [];
    const fetch: Fetch = async (_, { headers }) => {
      seen.push(
        Object.fromEntries(Object.getOwnPropertyNames(headers).map((name) => [name, Reflect.get(headers ?? {}, name)])),
      );
      return success();
    };
    await new Cloudflare({ apiToken, fetch }).iam.oauthClients.rotateSecret(clientId, account);
    expect(seen).toEqual([{ accept: "application/json", authorization: `Bearer ${apiToken}` }]);
  });

  test("may change its headers without changing those of the retry", async () => {
    const seen: (string | null)[] = [];
    const client = new Cloudflare({
      apiToken,
      fetch: async (_, { headers }) => {
        if (!(headers instanceof Headers)) throw new Error("not Headers");
        seen.push(headers.get("authorization"));
        headers.delete("authorization");
        return seen.length === 1 ? response(429, null, { "Retry-After": "0.001" }) : success();
      },
    });
    await client.iam.oauthClients.get(clientId, account);
    expect(seen).toEqual([`Bearer ${apiToken}`, `Bearer ${apiToken}`]);
  });
});

describe("fetchOptions", () => {
  const dispatcher = { dispatch: () => false };

  test("of the client arrive", async () => {
    const { client, calls } = spied({ fetchOptions: { dispatcher } });
    await client.iam.oauthClients.rotateSecret(clientId, account);
    expect(calls[0]?.init.dispatcher).toBe(dispatcher);
  });

  test("of the call arrive, and beat the client's", async () => {
    const { client, calls } = spied({ fetchOptions: { dispatcher: {}, keepalive: true } });
    await client.iam.oauthClients.rotateSecret(clientId, account, { fetchOptions: { dispatcher } });
    expect(calls[0]?.init).toMatchObject({ dispatcher, keepalive: true });
    expect(calls[0]?.init.dispatcher).toBe(dispatcher);
  });

  test("change neither method nor body", async () => {
    // The types do not have these; plain JavaScript may.
    const fetchOptions: object = { method: "DELETE", body: "x" };
    const { client, calls } = spied({ fetchOptions });
    await client.iam.oauthClients.create(registration, { fetchOptions: { ...fetchOptions } });
    expect(calls[0]?.init.method).toBe("POST");
    expect(calls[0]?.init.body).toContain('"client_name":"Example"');
  });
});

test("without a custom fetch, the global one of the moment is used", async () => {
  const client = new Cloudflare({ apiToken });
  await client.iam.oauthClients.get(clientId, account, { signal: AbortSignal.abort() }).catch(() => undefined);
  const replaced = vi.fn(async () => success());
  vi.stubGlobal("fetch", replaced);
  await client.iam.oauthClients.get(clientId, account);
  expect(replaced).toHaveBeenCalledOnce();
});
