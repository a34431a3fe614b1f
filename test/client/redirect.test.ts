import { describe, expect, test } from "vitest";
import { APIResponseError, Cloudflare } from "../../src/client/index.ts";
import { account, apiEmail, apiKey, apiToken, clientId, clientSecret, envelope, failureOf } from "./examples.ts";
import { answer, redirect, ScriptedServer } from "./scripted-server.ts";

const statuses = [301, 302, 303, 307, 308];

describe.each(statuses)("a redirect with status %i", (status) => {
  test("is refused: one request, and the other host is left alone", async () => {
    await using other = await ScriptedServer.start(answer(200, envelope({ client_secret: clientSecret })));
    await using server = await ScriptedServer.start(redirect(other.url, status));
    const client = new Cloudflare({ apiEmail, apiKey, baseURL: server.url });
    const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    expect(error).toBeInstanceOf(APIResponseError);
    expect(error.outcome).toBe("unknown");
    expect(error.status).toBe(status);
    expect(server.requests).toHaveLength(1);
    expect(other.requests).toHaveLength(0);
  });

  test("is refused for a read too", async () => {
    await using other = await ScriptedServer.start(answer(200, envelope([])));
    await using server = await ScriptedServer.start(redirect(other.url, status));
    const client = new Cloudflare({ apiToken, baseURL: server.url });
    expect(await failureOf(client.iam.oauthScopes.list())).toBeInstanceOf(APIResponseError);
    expect(server.requests).toHaveLength(1);
    expect(other.requests).toHaveLength(0);
  });
});

test("a redirect is not followed even if fetchOptions ask for it", async () => {
  await using other = await ScriptedServer.start(answer(200, envelope([])));
  await using server = await ScriptedServer.start(redirect(other.url));
  // The types do not have it; plain JavaScript may.
  const fetchOptions: object = { redirect: "follow" };
  const client = new Cloudflare({ apiToken, baseURL: server.url, fetchOptions: { ...fetchOptions } });
  await failureOf(client.iam.oauthScopes.list({ fetchOptions: { ...fetchOptions } }));
  expect(other.requests).toHaveLength(0);
});

test("a redirect is not followed by the openapi-fetch client underneath", async () => {
  await using other = await ScriptedServer.start(answer(200, envelope([])));
  await using server = await ScriptedServer.start(redirect(other.url));
  const client = new Cloudflare({ apiToken, baseURL: server.url });
  expect(await failureOf(client.api.GET("/oauth/scopes"))).toBeInstanceOf(APIResponseError);
  expect(other.requests).toHaveLength(0);
});

describe("a custom fetch", () => {
  /** What becomes of a good answer with one property changed. */
  function refusalOf(change: Partial<Response>): Promise<APIResponseError> {
    const response = new Response(envelope({ client_secret: clientSecret }));
    for (const [name, value] of Object.entries(change)) Object.defineProperty(response, name, { value });
    const client = new Cloudflare({ apiToken, fetch: async () => response });
    return failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
  }

  test("that followed a redirect anyway is not believed", async () => {
    const error = await refusalOf({ redirected: true });
    expect(error).toBeInstanceOf(APIResponseError);
    expect(error.outcome).toBe("unknown");
  });

  test("may give an opaque redirect, as browsers do", async () => {
    const error = await refusalOf({ type: "opaqueredirect", status: 0, ok: false });
    expect(error).toBeInstanceOf(APIResponseError);
    expect(error.outcome).toBe("unknown");
  });

  test("may give a redirect whose body cannot be cancelled", async () => {
    const body = new ReadableStream({ cancel: () => new Promise(() => undefined) });
    const client = new Cloudflare({
      apiToken,
      timeout: 100,
      maxRetries: 0,
      fetch: async () => new Response(body, { status: 307 }),
    });
    expect(await failureOf(client.iam.oauthClients.rotateSecret(clientId, account))).toBeInstanceOf(APIResponseError);
  });
});
