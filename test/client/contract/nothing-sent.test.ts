import { beforeEach, describe, expect, test, vi } from "vitest";
import { type OperationId, operations } from "../../../generated/operations.ts";
import { APIError, type ClientOptions, Cloudflare, CloudflareError } from "../../../src/client/index.ts";
import { accountId, apiEmail, apiKey, apiToken } from "../examples.ts";
import { answer, ScriptedServer } from "../scripted-server.ts";
import { documented, type Input, operationIds, rows } from "./operations.ts";

beforeEach(() => {
  for (const name of ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_KEY"]) vi.stubEnv(name, undefined);
});
const ways = ["call", "api"] as const;

const credentials: [name: string, options: ClientOptions, advice: RegExp][] = [
  ["no credentials", {}, /No credentials: pass apiToken, or set CLOUDFLARE_API_TOKEN/],
  ["an e-mail without a key", { apiEmail }, /apiEmail is set, but apiKey is missing/],
  ["a key without an e-mail", { apiKey }, /apiKey is set, but apiEmail is missing/],
];

const accounts: [name: string, account_id: string, advice: RegExp][] = [
  ["an account id of 31 characters", accountId.slice(1), /account_id must have 32 characters, but has 31/],
  ["an empty account id", "", /account_id is missing: pass a string/],
];

const clients: [name: string, oauth_client_id: string, advice: RegExp][] = [
  ["the client id '..'", "..", /oauth_client_id "\.\." could lead to another path/],
  ["an empty client id", "", /oauth_client_id is missing: pass a string/],
  ["the client id 'a/b'", "a/b", /oauth_client_id "a\/b" could lead to another path/],
];

function taking(parameter: string): readonly OperationId[] {
  return operationIds.filter((id) => parameter in operations[id].pathParameters);
}

/** How many requests a server gets of a call by either way, and what each is rejected with. */
async function attempt(id: OperationId, options: ClientOptions, input: Input) {
  await using server = await ScriptedServer.start(answer(401));
  const client = new Cloudflare({ ...options, baseURL: server.url });
  const reasons: unknown[] = [];
  for (const way of ways) await rows[id][way](client, input).then(undefined, (reason) => reasons.push(reason));
  return { requests: server.requests.length, reasons };
}

/** Holds that both ways refuse, say what to do, and send nothing. */
async function expectRefusal(id: OperationId, options: ClientOptions, input: Input, advice: RegExp): Promise<void> {
  const { requests, reasons } = await attempt(id, options, input);
  expect(requests).toBe(0);
  expect(reasons).toHaveLength(ways.length);
  for (const reason of reasons) {
    expect(reason).toBeInstanceOf(CloudflareError);
    // Which would mean that something was, or may have been, sent.
    expect(reason).not.toBeInstanceOf(APIError);
    expect(reason).toHaveProperty("message", expect.stringMatching(advice));
    expect(reason).toHaveProperty("message", expect.stringContaining("Nothing was sent."));
  }
}

describe.each(operationIds)("%s", (id) => {
  test("reaches the server that counts if nothing is wrong", async () => {
    expect(await attempt(id, { apiToken }, documented)).toHaveProperty("requests", ways.length);
  });

  test.each(credentials)("with %s says what is missing, and sends nothing", async (_, options, advice) => {
    await expectRefusal(id, options, documented, advice);
  });
});

describe.each(taking("account_id"))("%s", (id) => {
  test.each(accounts)("with %s says what is wrong, and sends nothing", async (_, account_id, advice) => {
    await expectRefusal(id, { apiToken }, { ...documented, account_id }, advice);
  });
});

describe.each(taking("oauth_client_id"))("%s", (id) => {
  test.each(clients)("with %s says what is wrong, and sends nothing", async (_, oauth_client_id, advice) => {
    await expectRefusal(id, { apiToken }, { ...documented, oauth_client_id }, advice);
  });
});
