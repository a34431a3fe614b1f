import type { Middleware } from "openapi-fetch";
import { describe, expect, test } from "vitest";
import { APIConnectionError, APIResponseError, Cloudflare, NotFoundError } from "../../src/client/index.ts";
import { account, apiToken, clientId, clientSecret, envelope, failureOf, refusal, response } from "./examples.ts";
import { answer, ScriptedServer } from "./scripted-server.ts";

const path = { params: { path: { ...account, oauth_client_id: clientId } } };
const rotation = "/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret";

function answered(response: () => Response | Promise<Response>): Cloudflare {
  return new Cloudflare({ apiToken, maxRetries: 0, fetch: async () => response() });
}

describe("the openapi-fetch client underneath", () => {
  test("gives the whole envelope", async () => {
    const { data } = await answered(() => response(200, envelope({ client_secret: clientSecret }))).api.POST(
      rotation,
      path,
    );
    expect(data).toEqual(JSON.parse(envelope({ client_secret: clientSecret })));
  });

  test("gives a refusal's envelope and response", async () => {
    const client = answered(() => response(404, refusal("No such client.", 1234), { "CF-Ray": "8f0c2d-AMS" }));
    const { error, response: whole } = await client.api.POST(rotation, path);
    expect(error).toEqual(JSON.parse(refusal("No such client.", 1234)));
    expect([whole.status, whole.headers.get("cf-ray")]).toEqual([404, "8f0c2d-AMS"]);
  });

  test("gives the response of a refusal without a body", async () => {
    const { data, response: whole } = await answered(() => response(502)).api.POST(rotation, path);
    expect([data, whole.status]).toEqual([undefined, 502]);
  });

  test("rejects what is not what the operation promises", async () => {
    const client = answered(() => response(200, envelope({})));
    expect(await failureOf(client.api.POST(rotation, path))).toBeInstanceOf(APIResponseError);
  });

  test("rejects a connection that fails", async () => {
    const client = answered(() => Promise.reject(new TypeError("fetch failed")));
    expect(await failureOf(client.api.POST(rotation, path))).toBeInstanceOf(APIConnectionError);
  });

  test("gives the response of a status that no standard knows", async () => {
    await using server = await ScriptedServer.start(answer(999, refusal("Request denied.")));
    const client = new Cloudflare({ apiToken, baseURL: server.url, maxRetries: 0 });
    const reason = await client.api.POST(rotation, path).then(
      ({ response: whole }) => whole.status,
      (error: unknown) => error,
    );
    expect(reason).not.toBeInstanceOf(RangeError);
  });

  test("sends the credentials", async () => {
    await using server = await ScriptedServer.start(answer(200, envelope({ client_secret: clientSecret })));
    await new Cloudflare({ apiToken, baseURL: server.url }).api.POST(rotation, path);
    expect(server.requests).toMatchObject([{ method: "POST", headers: { authorization: `Bearer ${apiToken}` } }]);
  });

  test("takes openapi-fetch's middleware", async () => {
    await using server = await ScriptedServer.start(answer(200, envelope({ client_secret: clientSecret })));
    const client = new Cloudflare({ apiToken, baseURL: server.url });
    client.api.use({ onRequest: ({ request }) => request.headers.set("X-One", "1") });
    await client.api.POST(rotation, path);
    expect(server.requests).toMatchObject([{ headers: { "x-one": "1" } }]);
  });

  test("gives middleware real requests, and sends those that it makes of them", async () => {
    await using server = await ScriptedServer.start(
      answer(200, envelope({ client_secret: clientSecret })),
      answer(200, envelope({ client_secret: clientSecret })),
    );
    const client = new Cloudflare({ apiToken, baseURL: server.url });
    const seen: unknown[] = [];
    const middleware: Middleware = {
      onRequest({ request }) {
        seen.push(request instanceof Request, request.clone().method);
        return new Request(request, { headers: { ...Object.fromEntries(request.headers), "X-Two": "2" } });
      },
      async onResponse({ request, response }) {
        seen.push(request instanceof Request, (await response.clone().json()).success);
      },
    };
    client.api.use(middleware);
    await client.api.POST(rotation, path);
    client.api.eject(middleware);
    await client.api.POST(rotation, { ...path, middleware: [middleware] });
    expect(seen).toEqual([true, "POST", true, true, true, "POST", true, true]);
    expect(server.requests).toMatchObject([{ headers: { "x-two": "2" } }, { headers: { "x-two": "2" } }]);
  });

  test("keeps the body of a request that middleware has only looked at", async () => {
    await using server = await ScriptedServer.start(
      answer(200, envelope({ client_id: clientId, visibility: "private" })),
    );
    const client = new Cloudflare({ apiToken, baseURL: server.url });
    client.api.use({ onRequest: async ({ request }) => void (await request.clone().text()) });
    const body = { client_name: "Checkout" };
    await client.api.PATCH("/accounts/{account_id}/oauth_clients/{oauth_client_id}", { ...path, body });
    expect(server.requests).toMatchObject([{ method: "PATCH", body: JSON.stringify(body) }]);
  });

  test("gives the methods of resources what middleware answers, a refusal too", async () => {
    const client = answered(() => response(500));
    const given = { account_id: account.account_id };
    const answers = [
      response(200, envelope({ client_secret: clientSecret })),
      response(404, refusal("No such client.")),
    ];
    client.api.use({ onRequest: () => answers.shift() ?? response(500) });
    expect(await client.iam.oauthClients.rotateSecret(clientId, given)).toEqual({ client_secret: clientSecret });
    expect(await failureOf(client.iam.oauthClients.rotateSecret(clientId, given))).toBeInstanceOf(NotFoundError);
  });

  test("is made once", () => {
    const client = new Cloudflare({ apiToken });
    expect(client.api).toBe(client.api);
  });
});
