import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { APIError, Cloudflare, CloudflareError, type HeadersLike } from "../../src/client/index.ts";
import { account, apiToken, clientId, registration, success } from "./examples.ts";

/** The headers of one call. */
async function sent(
  defaultHeaders: HeadersLike | undefined,
  headers?: HeadersLike,
  call = (client: Cloudflare): Promise<unknown> => client.iam.oauthClients.get(clientId, account, { headers }),
): Promise<Record<string, string>> {
  let seen: Record<string, string> = {};
  await call(
    new Cloudflare({
      apiToken,
      defaultHeaders,
      fetch: async (_, init) => {
        seen = Object.fromEntries(new Headers(init.headers));
        return success();
      },
    }),
  );
  return seen;
}

describe("a call without a body has no Content-Type", () => {
  test.each<[string, (client: Cloudflare) => Promise<unknown>]>([
    ["get", ({ iam }) => iam.oauthClients.get(clientId, account)],
    ["delete", ({ iam }) => iam.oauthClients.delete(clientId, account)],
    ["rotateSecret", ({ iam }) => iam.oauthClients.rotateSecret(clientId, account)],
    ["deleteRotatedSecret", ({ iam }) => iam.oauthClients.deleteRotatedSecret(clientId, account)],
  ])("%s", async (_, call) => {
    const headers = await sent(undefined, undefined, call);
    expect(headers).toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("content-type");
  });
});

test.each<[string, (client: Cloudflare) => Promise<unknown>]>([
  ["create", ({ iam }) => iam.oauthClients.create(registration)],
  ["update", ({ iam }) => iam.oauthClients.update(clientId, { ...account, client_name: "New" })],
])("%s says that its body is JSON", async (_, call) => {
  expect(await sent(undefined, undefined, call)).toMatchObject({ "content-type": "application/json" });
});

describe("the client's headers", () => {
  test.each<[string, HeadersLike]>([
    ["an object", { "X-One": "1", "X-None": null, "X-Unset": undefined }],
    ["pairs", [["X-One", "1"]]],
    ["Headers", new Headers({ "X-One": "1" })],
  ])("are sent, given as %s", async (_, defaultHeaders) => {
    const headers = await sent(defaultHeaders);
    expect(headers).toMatchObject({ "x-one": "1" });
    expect(headers).not.toHaveProperty("x-none");
    expect(headers).not.toHaveProperty("x-unset");
  });

  test("yield to the call's of the same name, whatever its case", async () => {
    expect(await sent({ "X-One": "1" }, { "x-ONE": "2" })).toMatchObject({ "x-one": "2" });
  });

  test("yield to those of a call of the openapi-fetch client underneath", async () => {
    const call = ({ api }: Cloudflare) =>
      api.GET("/accounts/{account_id}/oauth_clients/{oauth_client_id}", {
        params: { path: { ...account, oauth_client_id: clientId } },
        headers: { "X-One": "2" },
      });
    expect(await sent({ "X-One": "1" }, undefined, call)).toMatchObject({ "x-one": "2" });
  });

  test("are kept from a call by null", async () => {
    expect(await sent({ "X-One": "1", "X-Two": "2" }, { "X-One": null })).not.toHaveProperty("x-one");
  });

  test("stay where the call says nothing of them", async () => {
    expect(await sent({ "X-One": "1" }, { "X-One": undefined })).toMatchObject({ "x-one": "1" });
  });
});

test("a call has its own headers, and no others but those of every call", async () => {
  const always = Object.keys(await sent(undefined));
  expect(Object.keys(await sent(undefined, { "X-One": "1" })).sort()).toEqual([...always, "x-one"].sort());
});

describe("a header that cannot be sent", () => {
  /** Why a call with these headers is refused, given that nothing is sent; undefined if it is sent. */
  async function whyRefused(
    defaultHeaders: HeadersLike | undefined,
    headers?: HeadersLike,
    token = apiToken,
  ): Promise<string | undefined> {
    const fetch = vi.fn(async () => success());
    try {
      const client = new Cloudflare({ apiToken: token, defaultHeaders, fetch });
      await client.iam.oauthClients.get(clientId, account, { headers });
      return undefined;
    } catch (error) {
      expect(fetch).not.toHaveBeenCalled();
      if (!(error instanceof CloudflareError) || error instanceof APIError) throw error;
      return error.message;
    }
  }

  const broken = "9f8e7d6c5b4a\r\nX-Evil: 1";

  test("is refused by name, without its value, on the client", async () => {
    const message = await whyRefused({ "X-Api-Key": broken });
    expect(message).toContain("X-Api-Key");
    expect(message).not.toContain("9f8e7d");
  });

  test("is refused by name, without its value, on the call", async () => {
    const message = await whyRefused(undefined, { "X-Api-Key": broken });
    expect(message).toContain("X-Api-Key");
    expect(message).not.toContain("9f8e7d");
  });

  test("is refused without its value by the openapi-fetch client underneath", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => success() });
    const reason = await client.api
      .GET("/oauth/scopes", { headers: { "X-Api-Key": broken } })
      .catch((error: unknown) => error);
    expect(reason).toBeInstanceOf(Error);
    expect(String(reason)).not.toContain("9f8e7d");
  });

  test.each<[string, HeadersLike | undefined, HeadersLike | undefined]>([
    ["on the client", { "bad name": "1" }, undefined],
    ["on the call", undefined, { "bad name": "1" }],
    ["on the call, to be left out", undefined, { "bad name": null }],
  ])("may have a name that cannot: %s", async (_, defaultHeaders, headers) => {
    expect(await whyRefused(defaultHeaders, headers)).toContain("bad name");
  });

  // Any UTF-16, lone surrogates too, mixed with what breaks headers.
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.nat({ max: 0xffff }), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes)),
    fc
      .tuple(fc.string({ minLength: 6 }), fc.constantFrom("\r\n", "\n", "\0", "é", "☃", "\ud800"), fc.string())
      .map((parts) => parts.join("")),
  );
  /** Whether a message repeats six characters of a value, or all of a shorter one. */
  const repeats = (message: string, value: string): boolean =>
    value.length >= 6 &&
    Array.from({ length: value.length - 5 }, (_, at) => value.slice(at, at + 6)).some((run) => message.includes(run));

  test("is refused without its value, whatever that is", async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (value, onClient) => {
        const headers = { "X-One": value };
        const message = await (onClient ? whyRefused(headers) : whyRefused(undefined, headers));
        expect(message === undefined || !repeats(message, value)).toBe(true);
      }),
    );
  });

  test("is refused without the token, whatever that is", async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        // Without white space around it, of which the environment could take the place.
        fc.pre(token.trim() !== "");
        const message = await whyRefused(undefined, undefined, token);
        if (message !== undefined) refused++;
        expect(message === undefined || !repeats(message, token)).toBe(true);
      }),
    );
    expect(refused).toBeGreaterThan(0);
  });

  test("is no header that is sent: that has the value as it was given", async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[!-~]+( [!-~]+)?$/), async (value) => {
        expect(await sent({ "X-One": value })).toMatchObject({ "x-one": value });
      }),
    );
  });
});
