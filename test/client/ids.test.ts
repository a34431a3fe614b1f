import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { APIError, Cloudflare, CloudflareError } from "../../src/client/index.ts";
import { account, accountId, apiToken, clientId, success } from "./examples.ts";

type Resource = Cloudflare["iam"]["oauthClients"];

const origin = "https://api.example.com";

/** The address that a call goes to; or undefined, if it is refused before anything is sent. */
async function addressOf(
  call: (resource: Resource, client: Cloudflare) => Promise<unknown>,
): Promise<string | undefined> {
  let address: string | undefined;
  const client = new Cloudflare({
    apiToken,
    baseURL: `${origin}/client/v4`,
    fetch: async (url) => {
      address = url;
      return success();
    },
  });
  const reason = await call(client.iam.oauthClients, client).catch((error: unknown) => error);
  if (address === undefined && (!(reason instanceof CloudflareError) || reason instanceof APIError)) throw reason;
  return address;
}

const operations: [string, (resource: Resource, id: string, account_id: string) => Promise<unknown>, string[]][] = [
  ["get", (resource, id, account_id) => resource.get(id, { account_id }), []],
  ["update", (resource, id, account_id) => resource.update(id, { account_id, client_name: "New" }), []],
  ["delete", (resource, id, account_id) => resource.delete(id, { account_id }), []],
  ["rotateSecret", (resource, id, account_id) => resource.rotateSecret(id, { account_id }), ["rotate_secret"]],
  [
    "deleteRotatedSecret",
    (resource, id, account_id) => resource.deleteRotatedSecret(id, { account_id }),
    ["rotate_secret"],
  ],
];

// Any UTF-16, lone surrogates too, and what leads elsewhere in some parser of paths.
const unit = fc.oneof(
  fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)),
  fc.constantFrom(
    ".",
    "..",
    "/",
    "\\",
    "%",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "%00",
    "?",
    "#",
    ";",
    "@",
    ":",
    "\t",
    "\n",
    "\r",
  ),
  fc.constantFrom("{account_id}", "{oauth_client_id}", "$&", "$1", "．", "。", "／", "\u2024", "\ufeff", " ", "a", "0"),
);
const anyText = fc.array(unit, { maxLength: 8 }).map((units) => units.join(""));
const accountText = fc.array(unit, { minLength: 32, maxLength: 32 }).map((units) => units.join("").slice(0, 32));

/** Whether an address is the one meant, as any parser of URLs reads it. */
function leadsTo(address: string, ids: { account: string; client: string }, rest: string[]): void {
  const url = new URL(address);
  expect(url.origin).toBe(origin);
  expect(url.search + url.hash + url.username + url.password).toBe("");
  expect(url.pathname.split("/").map(decodeURIComponent)).toEqual([
    "",
    "client",
    "v4",
    "accounts",
    ids.account,
    "oauth_clients",
    ids.client,
    ...rest,
  ]);
  // Nothing was left for the parser to mend.
  expect(url.href).toBe(address);
}

describe.each(operations)("%s", (_, call, rest) => {
  test("goes where it should or nowhere, whatever the client id", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (id) => {
        const address = await addressOf((resource) => call(resource, id, accountId));
        if (address !== undefined) leadsTo(address, { account: accountId, client: id }, rest);
      }),
    );
  });

  test("goes where it should or nowhere, whatever the account id", async () => {
    await fc.assert(
      fc.asyncProperty(accountText, async (id) => {
        const address = await addressOf((resource) => call(resource, clientId, id));
        if (address !== undefined) leadsTo(address, { account: id, client: clientId }, rest);
      }),
    );
  });

  test.each([clientId, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "a.b", "...", "a b", "ключ", "a{b}", "rotate_secret"])(
    "takes %j for a client id",
    async (id) => {
      const address = await addressOf((resource) => call(resource, id, accountId));
      leadsTo(address ?? "", { account: accountId, client: id }, rest);
    },
  );

  test.each(["", ".", "..", "a/b", "a\\b", "a?b", "a#b", "%2e%2e", "a%2fb", "a\nb", "\ud800", "a\u200b"])(
    "refuses %j for a client id",
    async (id) => {
      expect(await addressOf((resource) => call(resource, id, accountId))).toBeUndefined();
    },
  );

  test.each<unknown>([undefined, null, 7, {}, [".."], { toString: () => "x" }])(
    "refuses %o, which is no text, for an id",
    async (value) => {
      const id = value as string;
      expect(await addressOf((resource) => call(resource, id, accountId))).toBeUndefined();
      expect(await addressOf((resource) => call(resource, clientId, id))).toBeUndefined();
    },
  );

  test.each([accountId.slice(1), `${accountId}0`, "", "../".repeat(16).slice(0, 32)])(
    "refuses %j for an account id",
    async (id) => {
      expect(await addressOf((resource) => call(resource, clientId, id))).toBeUndefined();
    },
  );
});

test("a refusal names the parameter", async () => {
  const client = new Cloudflare({ apiToken, fetch: async () => success() });
  await expect(client.iam.oauthClients.get("", account)).rejects.toThrow(/oauth_client_id/);
  await expect(client.iam.oauthClients.get(clientId, { account_id: "short" })).rejects.toThrow(/account_id.* 32 /);
});

describe("the openapi-fetch client underneath", () => {
  const path = "/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret";

  test("refuses an id that could lead elsewhere", async () => {
    expect(
      await addressOf((_, { api }) => api.POST(path, { params: { path: { ...account, oauth_client_id: ".." } } })),
    ).toBeUndefined();
  });

  test("refuses a call without its ids", async () => {
    const init: object = {};
    expect(await addressOf((_, { api }) => api.POST(path, { params: init as never }))).toBeUndefined();
  });
});
