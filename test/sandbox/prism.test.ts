import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OperationId, operations } from "../../generated/operations.ts";
import { type ServedSandbox, serveSandbox } from "../../src/cli/session/sandbox-server.ts";
import { createSandbox, type FaultKind } from "../../src/sandbox/index.ts";
import { type Call, documentedId, path } from "./call.ts";
import { type PrismProxy, startPrismProxy } from "./prism-proxy.ts";

const settings = {
  client_name: "New",
  grant_types: ["authorization_code", "refresh_token"],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code"],
  scopes: ["account.read", "zone.read"],
  token_endpoint_auth_method: "client_secret_post",
};
const key = { "X-Auth-Email": "user@example.com", "X-Auth-Key": "144c9defac04969c7bfad8efaa8ea194" };

// One after another, as each starts from what the one before has left.
const traffic: readonly [about: string, OperationId, Call, status: number, fault?: FaultKind][] = [
  ["the scopes", "oauth-scopes-list", {}, 200],
  ["the clients", "oauth-clients-list", {}, 200],
  ["a client", "oauth-clients-get", {}, 200],
  ["a client with every field", "oauth-clients-get", { clientId: "full" }, 200],
  ["a client, asked for with a key", "oauth-clients-get", { headers: key }, 200],
  ["registering a client", "oauth-clients-create", { body: settings }, 200],
  [
    "registering a client without a secret",
    "oauth-clients-create",
    { body: { ...settings, token_endpoint_auth_method: "none", optional_scopes: ["zone.read"] } },
    200,
  ],
  ["changing a client", "oauth-clients-update", { body: { client_name: "Other" } }, 200],
  ["promoting a client", "oauth-clients-update", { body: { visibility: "public" } }, 200],
  ["rotating", "oauth-clients-rotate-secret", {}, 200],
  ["a client with two secrets", "oauth-clients-get", {}, 200],
  ["rotating again", "oauth-clients-rotate-secret", {}, 409],
  ["deleting the old secret", "oauth-clients-delete-rotated-secret", {}, 200],
  ["deleting an old secret that is not there", "oauth-clients-delete-rotated-secret", {}, 200],
  ["rotating without a secret", "oauth-clients-rotate-secret", { clientId: "open" }, 400],
  ["deleting an old secret without a secret", "oauth-clients-delete-rotated-secret", { clientId: "open" }, 400],
  ["no credentials", "oauth-clients-list", { headers: {} }, 401],
  ["half a pair of credentials", "oauth-clients-list", { headers: { "X-Auth-Key": "144c9def" } }, 401],
  ["a token that is not known", "oauth-clients-list", { headers: { Authorization: "Bearer another" } }, 401],
  ["an unknown client", "oauth-clients-get", { clientId: "unknown" }, 404],
  ["another account", "oauth-clients-list", { accountId: "0".repeat(32) }, 404],
  ["an account id that is too short", "oauth-clients-list", { accountId: "023e" }, 422],
  ["a body that lacks a field", "oauth-clients-create", { body: { ...settings, scopes: undefined } }, 422],
  ["a body of a wrong type", "oauth-clients-update", { body: { client_name: 5 } }, 422],
  ["a body that is no object", "oauth-clients-update", { body: [] }, 422],
  ["a body with a value that is not listed", "oauth-clients-update", { body: { visibility: "private" } }, 422],
  ["no body", "oauth-clients-create", {}, 422],
  ["a body where there is none", "oauth-clients-rotate-secret", { body: {} }, 415],
  ["too many requests", "oauth-clients-rotate-secret", {}, 429, "throttled"],
  ["deleting a client", "oauth-clients-delete", {}, 200],
  ["deleting a client whose id is not of 32 characters", "oauth-clients-delete", { clientId: "open" }, 200],
];

const serve = () =>
  serveSandbox((url) =>
    createSandbox({
      issuer: { url },
      clients: [
        { client_id: documentedId, client_name: "My OAuth App" },
        { client_id: "open", token_endpoint_auth_method: "none" },
        {
          client_id: "full",
          ...{ client_uri: "https://example.com", logo_uri: "https://example.com/logo.png" },
          ...{ policy_uri: "https://example.com/policy", tos_uri: "https://example.com/terms" },
          ...{ post_logout_redirect_uris: ["https://example.com"], allowed_cors_origins: ["https://example.com"] },
          client_uri_verification: { status: "pending", text: "verify=1" },
        },
      ],
    }),
  );

describe.each([
  ["answers requests as Prism would", true],
  ["gives no response that the description does not allow", false],
] as const)("the sandbox behind Prism %s", (_, validateRequest) => {
  let served: ServedSandbox;
  let proxy: PrismProxy;
  beforeAll(async () => {
    served = await serve();
    proxy = await startPrismProxy(served.apiURL, validateRequest);
  }, 30_000);
  afterAll(async () => {
    await proxy.close();
    await served.close();
  });

  /** Sends a request through the proxy, and gives the status and what Prism has to say against it. */
  async function through(operation: OperationId, call: Call, fault?: FaultKind): Promise<unknown> {
    const { accountId, apiToken, faults } = served.sandbox;
    if (fault) faults.push({ operation, kind: fault });
    const { body, headers = { Authorization: `Bearer ${apiToken}` } } = call;
    const response = await fetch(`${proxy.url}${path(operation, { accountId, ...call })}`, {
      method: operations[operation].method,
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5000),
    });
    const { type = "" }: { type?: string } = await response.json();
    const violations = type.endsWith("#VIOLATIONS") ? type : response.headers.get("sl-violations");
    return { status: response.status, violations };
  }

  it.each(traffic)("%s", async (_, operation, call, status, fault) => {
    // As a proxy, Prism has another status than as a mock for a body where there is none.
    const expected = validateRequest && status === 415 ? 422 : status;
    expect(await through(operation, call, fault)).toEqual({ status: expected, violations: null });
  });

  it("would be found out", async () => {
    const answer = await through("oauth-scopes-list", {}, "challenge");
    expect(answer).toEqual({ status: 500, violations: expect.stringContaining("VIOLATIONS") });
  });
});

it("the traffic is of every operation; if not, give the new one a line of `traffic` that succeeds", () => {
  const succeeded = traffic.flatMap(([, operation, , status]) => (status === 200 ? [operation] : []));
  expect(new Set(succeeded)).toEqual(new Set(Object.keys(operations)));
});
