import { beforeEach, describe, expect, test, vi } from "vitest";
import { type ClientOptions, Cloudflare } from "../../src/client/index.ts";
import { account, apiEmail, apiKey, apiToken, clientId, success } from "./examples.ts";

beforeEach(() => {
  for (const name of ["API_TOKEN", "EMAIL", "API_KEY", "BASE_URL", "LOG"]) vi.stubEnv(`CLOUDFLARE_${name}`, undefined);
});
/** The credentials that a client sends. */
async function credentialsOf(client: Cloudflare): Promise<object> {
  let headers = new Headers();
  await client
    .withOptions({
      fetch: async (_, init) => {
        headers = new Headers(init.headers);
        return success();
      },
    })
    .iam.oauthClients.get(clientId, account);
  const names = ["authorization", "x-auth-email", "x-auth-key"];
  return Object.fromEntries([...headers].filter(([name]) => names.includes(name)));
}

const bearer = { authorization: `Bearer ${apiToken}` };
const pair = { "x-auth-email": apiEmail, "x-auth-key": apiKey };

describe("a copy", () => {
  const client = new Cloudflare({ apiToken, baseURL: "https://api.example.com", timeout: 5000, maxRetries: 4 });

  test("has the options of the original", () => {
    expect(client.withOptions({})).toMatchObject({ baseURL: "https://api.example.com", timeout: 5000, maxRetries: 4 });
  });

  test("has the options that it is given", () => {
    expect(client.withOptions({ timeout: 1 })).toMatchObject({ timeout: 1, maxRetries: 4 });
  });

  test("leaves the original as it was", () => {
    client.withOptions({ timeout: 1 });
    expect(client.timeout).toBe(5000);
  });

  test("is of the original's class", () => {
    class Own extends Cloudflare {}
    expect(new Own({ apiToken }).withOptions({})).toBeInstanceOf(Own);
  });
});

describe("the credentials of a copy", () => {
  test.each<[string, ClientOptions, ClientOptions, object]>([
    ["are the original's", { apiToken }, { timeout: 1000 }, bearer],
    ["are its own, without the original's token", { apiToken }, { apiEmail, apiKey }, pair],
    ["are its own, without the original's e-mail and key", { apiEmail, apiKey }, { apiToken }, bearer],
    ["are the original's where the given ones are undefined", { apiToken }, { apiToken: undefined }, bearer],
    [
      "are the original's where only the others are given as undefined",
      { apiToken },
      { apiEmail: undefined, apiKey: undefined },
      bearer,
    ],
  ])("%s", async (_, original, options, expected) => {
    expect(await credentialsOf(new Cloudflare(original).withOptions(options))).toEqual(expected);
  });

  test("are none if it is given null", async () => {
    await expect(credentialsOf(new Cloudflare({ apiToken }).withOptions({ apiToken: null }))).rejects.toThrow(
      /No credentials/,
    );
  });

  test("are the original's even if the environment has changed since", async () => {
    vi.stubEnv("CLOUDFLARE_API_TOKEN", apiToken);
    const client = new Cloudflare();
    vi.stubEnv("CLOUDFLARE_API_TOKEN", "another");
    expect(await credentialsOf(client.withOptions({}))).toEqual(bearer);
  });
});

test("the address of a copy is the original's even if the environment has changed since", () => {
  vi.stubEnv("CLOUDFLARE_BASE_URL", "https://one.example.com");
  const client = new Cloudflare({ apiToken });
  vi.stubEnv("CLOUDFLARE_BASE_URL", "https://two.example.com");
  expect(client.withOptions({}).baseURL).toBe("https://one.example.com");
});
