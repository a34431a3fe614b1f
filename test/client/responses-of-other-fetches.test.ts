import { describe, expect, test } from "vitest";
import { Cloudflare, CloudflareError, type Fetch, RateLimitError } from "../../src/client/index.ts";
import { account, apiToken, clientId, clientSecret, envelope, failureOf, refusal } from "./examples.ts";

/** A client whose `fetch` returns what no type allows, as libraries other than the platform's and stand-ins of tests do. */
function clientOf(response: object): Cloudflare {
  return new Cloudflare({ apiToken, maxRetries: 0, fetch: (async () => response) as unknown as Fetch });
}

const body = envelope({ client_secret: clientSecret });
const text = async () => body;
const json = async () => JSON.parse(body) as unknown;

describe("a secret is returned from a response", () => {
  test.each<[string, object]>([
    [
      "with a stream of Node's, as of node-fetch",
      { ok: true, status: 200, headers: new Headers(), body: { pipe() {} }, text },
    ],
    ["without a body, as in React Native", { ok: true, status: 200, headers: new Headers(), text, json }],
    [
      "with a byte order mark in its text",
      { ok: true, status: 200, headers: new Headers(), text: async () => `\uFEFF${body}` },
    ],
    ["with headers in a record", { ok: true, status: 200, headers: { "content-type": "application/json" }, text }],
    [
      "with headers in a map",
      { ok: true, status: 200, headers: new Map([["content-type", "application/json"]]), text },
    ],
    ["with headers that cannot be read", { ok: true, status: 200, headers: [["one"]], text }],
    ["with headers that are functions", { ok: true, status: 200, headers: { get: () => null }, text }],
    ["without headers", { ok: true, status: 200, text }],
    ["without ok", { status: 200, text }],
    ["without a status", { ok: true, json }],
  ])("%s", async (_, response) => {
    const { client_secret } = await clientOf(response).iam.oauthClients.rotateSecret(clientId, account);
    expect(client_secret).toBe(clientSecret);
  });
});

test("headers of another library are read", async () => {
  const headers = new Map([["retry-after", "120"]]);
  const client = clientOf({ ok: false, status: 429, headers, text: async () => refusal("Slow down.", 971) });
  const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error.message).toContain("wait 120 s");
});

test("a text that is longer than the limit is refused", async () => {
  const client = clientOf({ ok: true, status: 200, text: async () => " ".repeat((1 << 20) + 1) });
  expect((await failureOf(client.iam.oauthClients.get(clientId, account))).message).toContain("more than 1 MiB");
});

test("a fetch that is no function is refused, and nothing is sent", async () => {
  const client = new Cloudflare({ apiToken, fetch: { default: fetch } as unknown as Fetch });
  const reason = await client.iam.oauthClients.rotateSecret(clientId, account).catch((error: unknown) => error);
  expect(reason).toBeInstanceOf(CloudflareError);
  expect(reason).toHaveProperty("message", "fetch is missing: pass a function. Nothing was sent.");
});

test("5,000 clients can be listed", async () => {
  const clients = Array.from({ length: 5000 }, (_, index) => ({
    client_id: String(index).padStart(32, "0"),
    client_name: "x".repeat(300),
    visibility: "private",
  }));
  const listed = envelope(clients);
  expect(listed.length).toBeGreaterThan(1 << 20);
  const client = new Cloudflare({ apiToken, fetch: async () => new Response(listed) });
  expect((await client.iam.oauthClients.list(account)).result).toHaveLength(5000);
});
