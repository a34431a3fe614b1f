import { equal, failureOf, hides } from "./check.js";

// The values that the vendor's documentation uses.
const account = { account_id: "023e105f4ecef8ad9ca31a8372d0c353" };
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const apiToken = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";

/** A client of Prism. */
function atPrism({ cloudflare, addresses }, options) {
  return new cloudflare.Cloudflare({ apiToken, baseURL: addresses.prism, maxRetries: 0, ...options });
}

/** A client of the scripted server, and what has come there from it. */
function scripted({ cloudflare, addresses }, scenario, options) {
  const key = crypto.randomUUID();
  const baseURL = `${addresses.scripted}/${scenario}/${key}`;
  const received = async () => (await fetch(`${addresses.scripted}/received/${key}`)).json();
  return {
    clients: new cloudflare.Cloudflare({ apiToken, baseURL, maxRetries: 1, ...options }).iam.oauthClients,
    received,
    methods: async () => (await received()).map(({ method }) => method),
  };
}

/** A `fetch` that counts, and hands on to the platform's. */
function counting() {
  const calls = [];
  const counted = (url, init) => {
    calls.push({ url, init });
    return fetch(url, init);
  };
  return { calls, fetch: counted };
}

async function refusal(world, status, kind) {
  const headers = { Prefer: `code=${status}` };
  const error = await failureOf(atPrism(world).iam.oauthClients.rotateSecret(clientId, account, { headers }), kind);
  equal(error.status, status, "status");
  equal(error.outcome, "not-applied", "outcome");
  equal(error.errors.every(({ code }) => Number.isInteger(code)) && error.errors.length > 0, true, "having a code");
}

/** What must hold on every runtime. */
export const clientChecks = {
  "rotates a secret": async (world) => {
    const { client_secret } = await atPrism(world).iam.oauthClients.rotateSecret(clientId, account);
    equal(typeof client_secret === "string" && client_secret.length > 0, true, "having a secret");
  },
  "creates a client, which sends a body": async (world) => {
    const created = await atPrism(world).iam.oauthClients.create({
      ...account,
      client_name: "Example",
      grant_types: ["authorization_code"],
      redirect_uris: ["https://example.com/callback"],
      response_types: ["code"],
      scopes: ["account:read"],
      token_endpoint_auth_method: "client_secret_basic",
    });
    equal(typeof created.client_id, "string", "type of client_id");
  },
  "deletes the old secret": async (world) => {
    const { response } = await atPrism(world).iam.oauthClients.deleteRotatedSecret(clientId, account).withResponse();
    equal(response.status, 200, "status");
  },
  "lists with for await": async (world) => {
    const ids = [];
    for await (const { client_id } of atPrism(world).iam.oauthClients.list(account)) ids.push(client_id);
    equal(ids.length > 0 && ids.every((id) => typeof id === "string"), true, "having clients");
  },
  "401 is an AuthenticationError": (world) => refusal(world, 401, world.cloudflare.AuthenticationError),
  "403 is a PermissionDeniedError": (world) => refusal(world, 403, world.cloudflare.PermissionDeniedError),
  "404 is a NotFoundError": (world) => refusal(world, 404, world.cloudflare.NotFoundError),
  "422 is an UnprocessableEntityError": (world) => refusal(world, 422, world.cloudflare.UnprocessableEntityError),

  "429 is waited for as long as Retry-After says, also by a rotation": async (world) => {
    const { clients, methods } = scripted(world, "throttled-once");
    const start = Date.now();
    await clients.rotateSecret(clientId, account);
    const waited = Date.now() - start;
    equal(await methods(), ["POST", "POST"], "what was sent");
    // Not 500 ms, which is what it would wait without the header.
    equal(waited >= 950, true, `having waited a second (${waited} ms)`);
  },
  "503: a rotation is sent once": async (world) => {
    const { clients, methods } = scripted(world, "unavailable");
    const error = await failureOf(clients.rotateSecret(clientId, account), world.cloudflare.InternalServerError);
    equal(error.outcome, "unknown", "outcome");
    equal(await methods(), ["POST"], "what was sent");
  },
  "503: a read is repeated": async (world) => {
    const { clients, methods } = scripted(world, "unavailable");
    await failureOf(clients.get(clientId, account), world.cloudflare.InternalServerError);
    equal(await methods(), ["GET", "GET"], "what was sent");
  },
  "a page in place of the envelope is an APIResponseError": async (world) => {
    const { clients } = scripted(world, "page");
    const error = await failureOf(clients.rotateSecret(clientId, account), world.cloudflare.APIResponseError);
    equal(error.outcome, "unknown", "outcome");
  },

  "a stalled head ends by the time-out, a rotation sent once": async (world) => {
    const { clients, methods } = scripted(world, "stalled-head", { timeout: 400 });
    const error = await failureOf(clients.rotateSecret(clientId, account), world.cloudflare.APIConnectionTimeoutError);
    equal(error.outcome, "unknown", "outcome");
    equal(await methods(), ["POST"], "what was sent");
  },
  "a stalled body ends by the time-out, a rotation sent once": async (world) => {
    const { clients, methods } = scripted(world, "stalled-body", { timeout: 400 });
    const error = await failureOf(clients.rotateSecret(clientId, account), world.cloudflare.APIConnectionTimeoutError);
    equal(error.outcome, "unknown", "outcome");
    equal(await methods(), ["POST"], "what was sent");
  },
  "a redirect to another origin is not followed": async (world) => {
    const { clients, received } = scripted(world, "redirect");
    const error = await failureOf(clients.rotateSecret(clientId, account), world.cloudflare.APIResponseError);
    equal(error.outcome, "unknown", "outcome");
    const host = new URL(world.addresses.scripted).host;
    equal(await received(), [{ method: "POST", host }], "what was sent, and where to");
    return `status ${error.status}`;
  },

  "an abort before: nothing is sent": async (world) => {
    const { clients, methods } = scripted(world, "stalled-head");
    const call = clients.rotateSecret(clientId, account, { signal: AbortSignal.abort() });
    const error = await failureOf(call, world.cloudflare.APIUserAbortError);
    equal(error.outcome, "not-applied", "outcome");
    equal(await methods(), [], "what was sent");
  },
  "an abort during: ends at once, outcome unknown": async (world) => {
    const { clients, methods } = scripted(world, "stalled-head", { timeout: 20_000 });
    const controller = new AbortController();
    const call = clients.rotateSecret(clientId, account, { signal: controller.signal });
    const failure = failureOf(call, world.cloudflare.APIUserAbortError);
    while ((await methods()).length === 0);
    const start = Date.now();
    controller.abort();
    const error = await failure;
    equal(error.outcome, "unknown", "outcome");
    equal(Date.now() - start < 1000, true, "ending at once");
    equal(await methods(), ["POST"], "what was sent");
  },

  "a closed port: a read is repeated": async (world) => {
    const { calls, fetch } = counting();
    const client = atPrism(world, { baseURL: world.addresses.closed, maxRetries: 1, fetch });
    await failureOf(client.iam.oauthClients.get(clientId, account), world.cloudflare.APIConnectionError);
    equal(calls.length, 2, "attempts");
  },
  "a closed port: a rotation is repeated only if the runtime tells that nothing was sent": async (world) => {
    const { calls, fetch } = counting();
    const client = atPrism(world, { baseURL: world.addresses.closed, maxRetries: 1, fetch });
    const call = client.iam.oauthClients.rotateSecret(clientId, account);
    const { outcome } = await failureOf(call, world.cloudflare.APIConnectionError);
    equal(calls.length, outcome === "not-applied" ? 2 : 1, `attempts with outcome ${outcome}`);
    return outcome;
  },

  "a custom fetch is called by URL and init": async (world) => {
    const { calls, fetch } = counting();
    await atPrism(world, { fetch }).iam.oauthClients.rotateSecret(clientId, account);
    equal(calls.length, 1, "calls");
    const [{ url, init }] = calls;
    const path = `/accounts/${account.account_id}/oauth_clients/${clientId}/rotate_secret`;
    equal(url, world.addresses.prism + path, "URL");
    equal([init.method, init.redirect, init.body], ["POST", "manual", undefined], "method, redirect and body");
    equal(init.headers.get("authorization"), `Bearer ${apiToken}`, "credentials");
    equal(init.headers.has("content-type"), false, "having a Content-Type");
    equal(init.signal instanceof AbortSignal, true, "having a signal");
  },
  "without credentials nothing is sent": async (world) => {
    const { calls, fetch } = counting();
    const client = atPrism(world, { apiToken: null, fetch });
    await failureOf(client.iam.oauthClients.list(account), world.cloudflare.CloudflareError);
    equal(calls.length, 0, "calls");
  },
  "nothing that shows a client or an error shows the credential": async (world) => {
    const client = atPrism(world);
    const call = client.iam.oauthClients.get(clientId, account, { headers: { Prefer: "code=401" } });
    const error = await failureOf(call, world.cloudflare.AuthenticationError);
    for (const [what, value] of Object.entries({ client, resource: client.iam.oauthClients, error, api: client.api })) {
      hides(JSON.stringify(value) ?? "", apiToken, `JSON.stringify(${what})`);
      hides(`${value} ${value.stack}`, apiToken, `String(${what})`);
      hides(world.inspect(value), apiToken, `inspect(${what})`);
    }
  },
};
