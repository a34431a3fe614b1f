import { beforeEach, describe, expect, test, vi } from "vitest";
import { APIError, type ClientOptions, Cloudflare, CloudflareError } from "../../src/client/index.ts";
import { account, apiEmail, apiKey, apiToken, clientId, success } from "./examples.ts";

const variables = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY"] as const;

type Variables = Partial<Record<(typeof variables)[number], string>>;

beforeEach(() => {
  for (const name of variables) vi.stubEnv(name, undefined);
});
/** The headers that carry credentials, as one call sends them. */
async function sent(options: ClientOptions, environment: Variables = {}, headers = {}): Promise<object> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const seen: Record<string, string> = {};
  const client = new Cloudflare({
    ...options,
    fetch: async (_, init) => {
      new Headers(init.headers).forEach((value, name) => {
        if (/^(authorization|x-auth-.*)$/.test(name)) seen[name] = value;
      });
      return success();
    },
  });
  await client.iam.oauthClients.get(clientId, account, { headers });
  return seen;
}

/** Why a call is refused, given that nothing is sent. */
async function whyRefused(options: ClientOptions, environment: Variables = {}): Promise<string> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const fetch = vi.fn(async () => success());
  const client = new Cloudflare({ ...options, fetch });
  const reason = await client.iam.oauthClients.get(clientId, account).catch((error: unknown) => error);
  expect(fetch).not.toHaveBeenCalled();
  if (!(reason instanceof CloudflareError) || reason instanceof APIError) throw reason;
  return reason.message;
}

const bearer = { authorization: `Bearer ${apiToken}` };
const pair = { "x-auth-email": apiEmail, "x-auth-key": apiKey };
const pairInEnvironment = { CLOUDFLARE_EMAIL: apiEmail, CLOUDFLARE_API_KEY: apiKey };

describe("one scheme is sent", () => {
  test("a token option beats e-mail and key of the environment", async () => {
    expect(await sent({ apiToken }, pairInEnvironment)).toEqual(bearer);
  });

  test("e-mail and key options beat a token of the environment", async () => {
    expect(await sent({ apiEmail, apiKey }, { CLOUDFLARE_API_TOKEN: apiToken })).toEqual(pair);
  });

  test("a token option beats e-mail and key options", async () => {
    expect(await sent({ apiToken, apiEmail, apiKey })).toEqual(bearer);
  });

  test("a token of the environment beats e-mail and key of the environment", async () => {
    expect(await sent({}, { CLOUDFLARE_API_TOKEN: apiToken, ...pairInEnvironment })).toEqual(bearer);
  });

  test("e-mail and key are taken from the environment", async () => {
    expect(await sent({}, pairInEnvironment)).toEqual(pair);
  });

  test("an Authorization header of the call replaces the client's credentials", async () => {
    expect(await sent({ apiEmail, apiKey }, {}, { Authorization: "Bearer another" })).toEqual({
      authorization: "Bearer another",
    });
  });
});

describe("an empty value counts as unset", () => {
  test("an empty token of the environment leaves e-mail and key of the environment", async () => {
    expect(await sent({}, { CLOUDFLARE_API_TOKEN: "", ...pairInEnvironment })).toEqual(pair);
  });

  test("an empty token of the environment alone is none", async () => {
    expect(await whyRefused({}, { CLOUDFLARE_API_TOKEN: "" })).toContain("No credentials");
  });

  test("an empty token option leaves the environment", async () => {
    expect(await sent({ apiToken: "" }, { CLOUDFLARE_API_TOKEN: apiToken })).toEqual(bearer);
  });

  test("a token of white space alone is none", async () => {
    expect(await whyRefused({ apiToken: " \n" })).toContain("No credentials");
  });
});

describe("half a pair is refused, naming the missing half", () => {
  test.each<[string, ClientOptions, Variables]>([
    ["apiEmail is missing", { apiKey }, {}],
    ["apiKey is missing", { apiEmail }, {}],
    ["CLOUDFLARE_EMAIL is missing", {}, { CLOUDFLARE_API_KEY: apiKey }],
    ["CLOUDFLARE_API_KEY is missing", {}, { CLOUDFLARE_EMAIL: apiEmail }],
  ])("%s", async (missing, options, environment) => {
    expect(await whyRefused(options, environment)).toContain(missing);
  });

  test("the other half is not taken from the environment", async () => {
    expect(await whyRefused({ apiKey }, pairInEnvironment)).toContain("apiEmail is missing");
  });
});

describe("null means none", () => {
  test.each<ClientOptions>([{ apiToken: null }, { apiEmail: null }, { apiKey: null }])(
    "%o keeps the environment from being used",
    async (options) => {
      expect(await whyRefused(options, { CLOUDFLARE_API_TOKEN: apiToken })).toContain("No credentials");
    },
  );

  test("a token of null leaves e-mail and key options", async () => {
    expect(await sent({ apiToken: null, apiEmail, apiKey })).toEqual(pair);
  });
});

describe("a credential that cannot be sent", () => {
  test("outer white space is trimmed", async () => {
    expect(await sent({ apiToken: ` ${apiToken}\r\n` })).toEqual(bearer);
  });

  test.each<[string, ClientOptions, Variables]>([
    ["apiToken", { apiToken: `${apiToken}\nX-Evil: 1` }, {}],
    ["apiToken", { apiToken: `${apiToken}é` }, {}],
    ["apiToken", { apiToken: `"${apiToken}"` }, {}],
    ["apiToken", { apiToken: `${apiToken}'` }, {}],
    ["CLOUDFLARE_API_TOKEN", {}, { CLOUDFLARE_API_TOKEN: `'${apiToken}'` }],
    ["CLOUDFLARE_API_KEY", {}, { CLOUDFLARE_EMAIL: apiEmail, CLOUDFLARE_API_KEY: `"${apiKey}"` }],
    ["apiEmail", { apiEmail: "us er@example.com", apiKey }, {}],
    ["apiKey", { apiEmail, apiKey: `${apiKey}\u0000${apiKey}` }, {}],
    ["CLOUDFLARE_API_TOKEN", {}, { CLOUDFLARE_API_TOKEN: `${apiToken}\n${apiToken}` }],
    ["CLOUDFLARE_API_KEY", {}, { CLOUDFLARE_EMAIL: apiEmail, CLOUDFLARE_API_KEY: `${apiKey} ${apiKey}` }],
  ])("%s is named when it is refused, and its value is not", async (name, options, environment) => {
    const message = await whyRefused(options, environment);
    expect(message.startsWith(`${name} `)).toBe(true);
    for (const part of [apiToken, apiKey, "er@example", "X-Evil"]) expect(message).not.toContain(part);
  });
});

test("a client can be made without credentials", () => {
  expect(new Cloudflare().iam).toBeDefined();
});
