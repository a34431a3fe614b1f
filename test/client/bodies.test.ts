import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  APIConnectionError,
  APIError,
  APIResponseError,
  BadRequestError,
  Cloudflare,
  InternalServerError,
  PermissionDeniedError,
  RateLimitError,
} from "../../src/client/index.ts";
import {
  account,
  apiToken,
  clientId,
  clientSecret,
  envelope,
  failureOf,
  oauthClient,
  refusal,
  response,
} from "./examples.ts";
import { answer, cutBody, endlessBody, ScriptedServer, type Step } from "./scripted-server.ts";

/** What rotating rejects with, and how many requests were sent. */
async function rotate(...script: Step[]): Promise<{ error: APIError; requests: number }> {
  await using server = await ScriptedServer.start(...script);
  const client = new Cloudflare({ apiToken, baseURL: server.url });
  const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
  return { error, requests: server.requests.length };
}

const html = { "Content-Type": "text/html; charset=utf-8", "CF-Ray": "8f0c2d-AMS" };
const page = "<!doctype html><title>Just a moment...</title>";

describe.concurrent("a 2xx that is not what rotating promises", () => {
  test.each<[string, Step]>([
    ["empty, with a Content-Length", answer(200, "", { "Content-Length": "0" })],
    ["empty, without one", { onRequest: (response) => response.writeHead(200).flushHeaders() ?? response.end() }],
    ["204", answer(204)],
    ["205", answer(205)],
    ["201 without a body", answer(201)],
    ["null", answer(200, "null")],
    ["a list", answer(200, "[]")],
    ["an empty object", answer(200, "{}")],
    ["a string", answer(200, '"secret"')],
    ["no result", answer(200, '{"success":true,"errors":[],"messages":[]}')],
    ["a result of null", answer(200, envelope(null))],
    ["a result of a list", answer(200, envelope([{ client_secret: clientSecret }]))],
    ["an empty result", answer(200, envelope({}))],
    ["an empty secret", answer(200, envelope({ client_secret: "" }))],
    ["a secret that is a number", answer(200, envelope({ client_secret: 5 }))],
    ["success: false", answer(200, envelope({ client_secret: clientSecret }, { success: false }))],
    ["success that is not true", answer(200, envelope({ client_secret: clientSecret }, { success: "true" }))],
    ["HTML", answer(200, page, html)],
    ["JSON that ends at the secret", answer(200, `{"success":true,"result":{"client_secret":"${clientSecret}`)],
    ["two byte order marks", answer(200, `\uFEFF\uFEFF${envelope(oauthClient)}`)],
  ])("is an error of unknown outcome, and not repeated: %s", async (_, step) => {
    const { error, requests } = await rotate(step);
    expect(error).toBeInstanceOf(APIResponseError);
    expect(error.outcome).toBe("unknown");
    expect(requests).toBe(1);
  });

  test("is described by status, content type and Ray ID, and not by its text", async () => {
    const { error } = await rotate(answer(200, page, html));
    expect(error.message).toContain("200");
    expect(error.message).toContain("text/html; charset=utf-8");
    expect(error.message).toContain("8f0c2d-AMS");
    expect(error.message).not.toContain("moment");
  });

  test("is explained by its own errors if it says success: false", async () => {
    const { error } = await rotate(answer(200, refusal("Out of order.", 1234)));
    expect(error.message).toContain("Out of order. (1234)");
    expect(error.errors).toEqual([{ code: 1234, message: "Out of order." }]);
  });
});

describe.concurrent("a refusal that is not the envelope", () => {
  test.each<[string, Step, typeof APIError, string]>([
    ["403 HTML", answer(403, page, html), PermissionDeniedError, "not-applied"],
    ["400 empty", answer(400), BadRequestError, "not-applied"],
    ["502 HTML", answer(502, page, html), InternalServerError, "unknown"],
    ["500 empty", answer(500), InternalServerError, "unknown"],
    ["418 text", answer(418, "short and stout", { "Content-Type": "text/plain" }), APIError, "not-applied"],
  ])("%s is a typed error without entries, and not repeated", async (_, step, errorClass, outcome) => {
    const { error, requests } = await rotate(step);
    expect(error.constructor).toBe(errorClass);
    expect(error.outcome).toBe(outcome);
    expect(error.errors).toEqual([]);
    expect(requests).toBe(1);
  });

  test("403 HTML is described by status and content type", async () => {
    const { error } = await rotate(answer(403, page, html));
    expect(error.message).toMatch(/^403 .*text\/html/);
  });

  test("400 empty is described by its status", async () => {
    const { error } = await rotate(answer(400, "", {}));
    expect(error.message).toMatch(/^400 .*no content type/);
  });
});

describe("a rate limit in HTML", () => {
  test("is waited for, and then a RateLimitError", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const start = Date.now();
    const at: number[] = [];
    const client = new Cloudflare({
      apiToken,
      maxRetries: 1,
      fetch: async () => {
        at.push(Date.now() - start);
        return response(429, page, { ...html, "Retry-After": "1" });
      },
    });
    const failure = failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    await vi.runAllTimersAsync();
    expect(await failure).toBeInstanceOf(RateLimitError);
    expect(at).toEqual([0, 1000]);
  });
});

describe.concurrent("a body that does not come whole", () => {
  test("is a connection error of unknown outcome when it is cut", async () => {
    const { error, requests } = await rotate(cutBody(`{"success":true,"result":{"client_secret":"${clientSecret}`));
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error.outcome).toBe("unknown");
    expect(requests).toBe(1);
  });

  test("is read no further than the limit", async () => {
    let written = 0;
    const { error } = await rotate(endlessBody((bytes) => (written += bytes)));
    expect(error).toBeInstanceOf(APIResponseError);
    expect(error.outcome).toBe("unknown");
    // What was read, and what the sockets of both ends hold.
    expect(written).toBeLessThan(32 << 20);
  });

  test("is read no further than the limit even if it is compressed", async () => {
    let pulled = 0;
    const chunk = new Uint8Array(1 << 16);
    const body = new ReadableStream({
      pull(controller) {
        pulled += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const client = new Cloudflare({ apiToken, fetch: async () => new Response(body) });
    await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    expect(pulled).toBeGreaterThan(1 << 20);
    expect(pulled).toBeLessThan(2 << 20);
  });
});

describe("a good body", () => {
  async function rotated(...chunks: Uint8Array[]): Promise<unknown> {
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const client = new Cloudflare({ apiToken, fetch: async () => new Response(body) });
    return (await client.iam.oauthClients.rotateSecret(clientId, account)).client_secret;
  }

  test("may begin with a byte order mark", async () => {
    expect(await rotated(new TextEncoder().encode(`\uFEFF${envelope({ client_secret: clientSecret })}`))).toBe(
      clientSecret,
    );
  });

  test("may be divided within a character", async () => {
    const bytes = new TextEncoder().encode(envelope({ client_secret: "sécrët" }));
    expect(await rotated(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toBe("sécrët");
  });

  test("needs no Content-Type", async () => {
    await using server = await ScriptedServer.start(answer(200, envelope({ client_secret: clientSecret }), {}));
    const client = new Cloudflare({ apiToken, baseURL: server.url });
    expect(await client.iam.oauthClients.rotateSecret(clientId, account)).toEqual({ client_secret: clientSecret });
  });

  test("of a deletion may have a result of null", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, envelope(null)) });
    expect(await client.iam.oauthClients.deleteRotatedSecret(clientId, account)).toBeNull();
  });

  test("of a list must have a list", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(200, envelope(null)) });
    await expect(client.iam.oauthClients.list(account)).rejects.toThrow(APIResponseError);
  });
});

describe("whatever the body of a refusal is", () => {
  /** What a call rejects with when it is refused with this body. */
  function refused(body: unknown): Promise<APIError> {
    const client = new Cloudflare({ apiToken, fetch: async () => response(400, JSON.stringify(body)) });
    return failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
  }

  test.each<[string, unknown]>([
    ["errors that are no list", { code: 1 }],
    ["an entry of null", [null]],
    ["an entry of text", ["text"]],
    ["an error chain that is no list", [{ code: 1, message: "Wrong.", error_chain: "text" }]],
    ["an error chain with an entry of null", [{ code: 1, message: "Wrong.", error_chain: [null] }]],
    ["a message that is no text", [{ code: 1, message: { toString: 1 } }]],
  ])("the error is that of the status: %s", async (_, errors) => {
    expect((await refused({ success: false, errors })).constructor).toBe(BadRequestError);
  });

  test("the error is that of the status: any JSON", async () => {
    const entry = fc.record(
      {
        code: fc.jsonValue(),
        message: fc.jsonValue(),
        error_chain: fc.oneof(fc.jsonValue(), fc.array(fc.record({ message: fc.jsonValue() }))),
      },
      { requiredKeys: [] },
    );
    const body = fc.record({ success: fc.jsonValue(), errors: fc.oneof(fc.jsonValue(), fc.array(entry)) });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), body), async (value) => {
        const error = await refused(value);
        expect(error.constructor).toBe(BadRequestError);
        expect(error.outcome).toBe("not-applied");
      }),
    );
  });

  test("an entry without a message is shown by its code", async () => {
    const { message } = await refused({ success: false, errors: [{ code: 9109 }] });
    expect(message).toContain("9109");
    expect(message).not.toContain("undefined");
  });

  test("the error is that of the status: an error chain of twenty thousand links", async () => {
    const depth = 20_000;
    const link = '[{"message":"Wrong.","error_chain":';
    const text = `{"success":false,"errors":${link.repeat(depth)}[]${"}]".repeat(depth)}}`;
    const client = new Cloudflare({ apiToken, fetch: async () => response(400, text) });
    const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    expect(error.constructor).toBe(BadRequestError);
  });

  test("the chain of an entry is shown", async () => {
    const chain = [{ code: 6111, message: "Invalid format for Authorization header" }];
    const { message } = await refused({
      success: false,
      errors: [{ code: 6003, message: "Invalid", error_chain: chain }],
    });
    expect(message).toContain("Invalid (6003): Invalid format for Authorization header (6111)");
  });
});
