import { describe, expect, it } from "vitest";
import type { operations } from "../../generated/operations.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { type Call, documentedId, send } from "./call.ts";

const valid = {
  client_name: "New",
  grant_types: ["authorization_code"],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code"],
  scopes: ["account.read"],
  token_endpoint_auth_method: "client_secret_post",
};

async function refusal(
  operation: keyof typeof operations,
  call: Call,
): Promise<{ status: number; codes: number[]; pointers: (string | undefined)[] }> {
  const sandbox = createSandbox();
  const before = JSON.stringify(await (await send(sandbox, "oauth-clients-list")).json());
  const response = await send(sandbox, operation, call);
  const envelope = await response.json();
  expect(envelope).toEqual({ success: false, errors: expect.any(Array), messages: [], result: null });
  expect(JSON.stringify(await (await send(sandbox, "oauth-clients-list")).json())).toBe(before);
  const errors: { code: number; source?: { pointer: string } }[] = envelope.errors;
  return {
    status: response.status,
    codes: errors.map(({ code }) => code),
    pointers: errors.map(({ source }) => source?.pointer),
  };
}

describe("credentials", () => {
  it.each([
    ["none", {}, 401, 9106],
    ["an e-mail address alone", { "X-Auth-Email": "user@example.com" }, 401, 9106],
    ["a key alone", { "X-Auth-Key": "144c9defac04969c7bfad8efaa8ea194" }, 401, 9106],
    ["another scheme", { Authorization: "Basic dXNlcjpwYXNz" }, 400, 6003],
    ["a token in quotes", { Authorization: 'Bearer "another"' }, 400, 6003],
    ["another token", { Authorization: "Bearer another" }, 401, 10000],
  ])("are refused: %s", async (_, headers, status, code) => {
    expect(await refusal("oauth-clients-rotate-secret", { headers })).toMatchObject({ status, codes: [code] });
  });

  it("may be an e-mail address and a key", async () => {
    const headers = { "X-Auth-Email": "user@example.com", "X-Auth-Key": "144c9defac04969c7bfad8efaa8ea194" };
    expect((await send(createSandbox(), "oauth-clients-get", { headers })).status).toBe(200);
  });
});

describe("paths", () => {
  it.each([
    ["an account id that is too short", { accountId: "023e" }, 422],
    ["an account id that is too long", { accountId: "0".repeat(33) }, 422],
    ["another account", { accountId: "0".repeat(32) }, 404],
    ["an empty client id", { clientId: "" }, 422],
    ["an unknown client", { clientId: "unknown" }, 404],
    ["a client id that Object has", { clientId: "__proto__" }, 404],
  ])("are refused: %s", async (_, call, status) => {
    expect(await refusal("oauth-clients-rotate-secret", call)).toMatchObject({ status });
  });

  it.each([
    "/client/v4/nowhere",
    "/client/v4/oauth/scopes/1",
    "/client/v4",
    "/",
    "/client/v4/accounts/%E0/oauth_clients",
  ])("lead nowhere: %s", async (path) => {
    const response = await createSandbox().fetch(new URL(path, createSandbox().baseURL));
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: 7003 }] });
  });

  it("take no other method than they have", async () => {
    const sandbox = createSandbox();
    const url = `${sandbox.baseURL}/accounts/${sandbox.accountId}/oauth_clients/${documentedId}/rotate_secret`;
    const response = await sandbox.fetch(url, { method: "PUT" });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")?.split(", ").sort()).toEqual(["DELETE", "POST"]);
  });

  it("may hold a client id of any characters", async () => {
    const clientId = "a b/é";
    const sandbox = createSandbox({ clients: [{ client_id: clientId }] });
    const response = await send(sandbox, "oauth-clients-get", { clientId });
    expect(await response.json()).toMatchObject({ result: { client_id: clientId } });
  });
});

describe("bodies", () => {
  it.each([
    ["missing", undefined, 422],
    ["not JSON", "{", 400],
    ["null", null, 422],
    ["an array", [], 422],
    ["a string", '"text"', 422],
  ])("are refused: %s", async (_, body, status) => {
    expect(await refusal("oauth-clients-create", { body })).toMatchObject({ status });
    expect(await refusal("oauth-clients-update", { body })).toMatchObject({ status });
  });

  it("are refused if they are not declared as JSON", async () => {
    const sandbox = createSandbox();
    const headers = { Authorization: `Bearer ${sandbox.apiToken}`, "Content-Type": "text/plain" };
    expect((await send(sandbox, "oauth-clients-create", { headers, body: valid })).status).toBe(415);
  });

  it.each(["oauth-clients-rotate-secret", "oauth-clients-delete-rotated-secret", "oauth-clients-delete"] as const)(
    "are refused where there is none: %s",
    async (operation) => {
      expect(await refusal(operation, { body: {} })).toMatchObject({ status: 415 });
    },
  );

  it("must have every field that a new client needs", async () => {
    for (const name of Object.keys(valid)) {
      const { pointers, status } = await refusal("oauth-clients-create", { body: { ...valid, [name]: undefined } });
      expect([status, pointers]).toEqual([422, [`/${name}`]]);
    }
  });

  it.each([
    ["client_name", 5],
    ["client_uri", null],
    ["redirect_uris", "https://example.com/callback"],
    ["redirect_uris", [5]],
    ["grant_types", ["password", "authorization_code"]],
    ["grant_types", ["refresh_token"]],
    ["response_types", ["toString"]],
    ["token_endpoint_auth_method", "private_key_jwt"],
    ["optional_scopes", ["zone.read"]],
    ["optional_scopes", ["openid"]],
  ])("must hold what the description allows: %s %j", async (name, value) => {
    const body = { ...valid, scopes: ["account.read", "openid"], [name]: value };
    const refused = { status: 422, codes: [10422], pointers: [`/${name}`] };
    expect(await refusal("oauth-clients-create", { body })).toEqual(refused);
  });

  it.each([
    ["visibility", "private"],
    ["optional_scopes", ["zone.read"]],
    ["scopes", 5],
  ])("of a change must fit, too: %s %j", async (name, value) => {
    const refused = { status: 422, codes: [10422], pointers: [`/${name}`] };
    expect(await refusal("oauth-clients-update", { body: { [name]: value } })).toEqual(refused);
  });
});
