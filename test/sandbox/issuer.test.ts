import { describe, expect, it } from "vitest";
import { createSandbox, type IssuerOptions, type Sandbox, type SandboxClient } from "../../src/sandbox/index.ts";
import { documentedId, rotate, send } from "./call.ts";

type Endpoint = "token" | "revoke";
type AuthMethod = "none" | "client_secret_basic" | "client_secret_post";

interface Probe {
  readonly id?: string;
  readonly secret?: string;
  readonly method?: AuthMethod;
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

const encode = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
const basic = (id: string, secret: string) => `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}`;
const forms = {
  token: { grant_type: "authorization_code", code: "made-up", redirect_uri: "https://example.com/callback" },
  revoke: { token: "made-up" },
};

/** Asks an endpoint about credentials, and gives its status and error. */
async function probe(sandbox: Sandbox, endpoint: Endpoint, probe: Probe = {}): Promise<string> {
  const { id = documentedId, secret = "cf-oauth-secret-example", method = "client_secret_basic", headers } = probe;
  const inForm = method === "none" ? { client_id: id } : { client_id: id, client_secret: secret };
  const response = await sandbox.fetch(`${sandbox.issuer}/oauth2/${endpoint}`, {
    method: "POST",
    headers: { ...(method === "client_secret_basic" && { Authorization: basic(id, secret) }), ...headers },
    body: new URLSearchParams({
      ...(method !== "client_secret_basic" && inForm),
      ...(probe.form ?? forms[endpoint]),
    }),
  });
  const text = await response.text();
  return `${response.status} ${text.startsWith("{") ? JSON.parse(text).error : text.slice(0, 9)}`.trim();
}

const withIssuer = (issuer: IssuerOptions, clients?: SandboxClient[]) =>
  createSandbox({ issuer, ...(clients && { clients }) });

describe("a client that authenticates", () => {
  it.each(["client_secret_basic", "client_secret_post"] as const)("is told from another, by %s", async (method) => {
    const client_id = "a b";
    const client_secret = "p+/=:%~é";
    const clients = [{ client_id, client_secret, token_endpoint_auth_method: method }];
    const sandbox = createSandbox({ clients });
    const good = { id: client_id, secret: client_secret, method };
    expect(await probe(sandbox, "token", good)).toBe("400 invalid_grant");
    expect(await probe(sandbox, "revoke", good)).toBe("200");
    for (const bad of [
      { ...good, secret: "p /=:%~é" },
      { ...good, id: "a+b" },
    ]) {
      expect(await probe(sandbox, "token", bad)).toBe("401 invalid_client");
      expect(await probe(sandbox, "revoke", bad)).toBe("401 invalid_client");
    }
  });

  it("must form-encode both halves of a Basic header", async () => {
    const client_secret = "p+/=:%~é";
    const sandbox = createSandbox({ clients: [{ client_id: "a b", client_secret }] });
    const ask = (pair: string) =>
      probe(sandbox, "token", {
        method: "none",
        form: forms.token,
        headers: { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
      });
    expect(await ask(`a b:${client_secret}`)).toBe("401 invalid_client");
    expect(await ask("a%20b:p%2B%2F%3D%3A%25~%C3%A9")).toBe("400 invalid_grant");
    expect(await ask("a+b:p%2B%2F%3D%3A%25%7E%C3%A9")).toBe("400 invalid_grant");
    expect(await ask("no colon")).toBe("401 invalid_client");
  });

  it.each([
    ["client_secret_basic", "client_secret_post"],
    ["client_secret_post", "client_secret_basic"],
    ["client_secret_basic", "none"],
    ["none", "client_secret_post"],
  ] as const)("registered for %s is refused by %s", async (token_endpoint_auth_method, method) => {
    const clients = [{ client_id: "id", client_secret: "secret", token_endpoint_auth_method }];
    const sandbox = createSandbox({ clients });
    expect(await probe(sandbox, "token", { id: "id", secret: "secret", method })).toBe("401 invalid_client");
  });

  it("without a secret gives its identifier alone", async () => {
    const sandbox = createSandbox({ clients: [{ client_id: "open", token_endpoint_auth_method: "none" }] });
    expect(await probe(sandbox, "token", { id: "open", method: "none" })).toBe("400 invalid_grant");
  });

  it("in two ways at once is refused", async () => {
    const headers = { Authorization: basic(documentedId, "cf-oauth-secret-example") };
    const both = { method: "client_secret_post", headers } as const;
    expect(await probe(createSandbox(), "token", both)).toBe("400 invalid_request");
    expect(await probe(createSandbox(), "revoke", both)).toBe("400 invalid_request");
  });

  it("is challenged where it used the Authorization header", async () => {
    const sandbox = createSandbox();
    const headers = { Authorization: basic(documentedId, "wrong") };
    const body = new URLSearchParams(forms.token);
    const response = await sandbox.fetch(`${sandbox.issuer}/oauth2/token`, { method: "POST", headers, body });
    expect(response.headers.get("WWW-Authenticate")).toMatch(/^Basic /);
  });

  it("may use either secret during the overlap, and the new one alone after it", async () => {
    const sandbox = createSandbox();
    const secret = await rotate(sandbox);
    expect(await probe(sandbox, "token")).toBe("400 invalid_grant");
    expect(await probe(sandbox, "token", { secret })).toBe("400 invalid_grant");
    await send(sandbox, "oauth-clients-delete-rotated-secret");
    expect(await probe(sandbox, "token")).toBe("401 invalid_client");
    expect(await probe(sandbox, "token", { secret })).toBe("400 invalid_grant");
    expect(sandbox.accepts(documentedId, secret)).toBe(true);
    expect(sandbox.accepts(documentedId, "cf-oauth-secret-example")).toBe(false);
  });
});

describe("the request", () => {
  it.each([
    ["token", { code: "made-up" }, "invalid_request"],
    ["token", { grant_type: "authorization_code" }, "invalid_request"],
    ["token", { grant_type: "password", code: "made-up" }, "unsupported_grant_type"],
    ["token", { grant_type: "refresh_token", refresh_token: "made-up" }, "invalid_grant"],
    ["revoke", {}, "invalid_request"],
  ] as const)("to %s with %j: %s", async (endpoint, form, error) => {
    expect(await probe(createSandbox(), endpoint, { form })).toBe(`400 ${error}`);
    expect(await probe(createSandbox(), endpoint, { form, secret: "wrong" })).toBe("401 invalid_client");
  });

  it("must be a form, each parameter once, sent by POST", async () => {
    const sandbox = createSandbox();
    const url = `${sandbox.issuer}/oauth2/token`;
    const json = await sandbox.fetch(url, { method: "POST", body: "{}" });
    expect([json.status, await json.json()]).toMatchObject([400, { error: "invalid_request" }]);
    const body = new URLSearchParams([...Object.entries(forms.token), ["code", "again"]]);
    const repeated = await sandbox.fetch(url, { method: "POST", body });
    expect([repeated.status, await repeated.json()]).toMatchObject([400, { error: "invalid_request" }]);
    expect((await sandbox.fetch(url)).status).toBe(405);
  });

  it("is recorded with what it presented, and with the way", async () => {
    const sandbox = createSandbox({ faults: [{ operation: "revocation", kind: "error" }] });
    await probe(sandbox, "token");
    await probe(sandbox, "revoke", { method: "client_secret_post", secret: "wrong" });
    expect(sandbox.requests).toMatchObject([
      { operation: "token", secret: "cf-oauth-secret-example", authMethod: "client_secret_basic", status: 400 },
      { operation: "revocation", secret: "wrong", authMethod: "client_secret_post", status: 500 },
    ]);
    expect([sandbox.count("token"), sandbox.count("revocation")]).toEqual([1, 1]);
  });
});

describe("an issuer that lies", () => {
  it("answers invalid_grant before it has authenticated the client", async () => {
    const sandbox = withIssuer({ token: "grant-first" });
    expect(await probe(sandbox, "token", { secret: "wrong" })).toBe("400 invalid_grant");
    expect(await probe(sandbox, "revoke", { secret: "wrong" })).toBe("401 invalid_client");
  });

  it("answers 200 to every revocation", async () => {
    const sandbox = withIssuer({ revocation: "accepts-everything" });
    expect(await probe(sandbox, "revoke", { id: "nobody", secret: "wrong" })).toBe("200");
    expect(await probe(sandbox, "token", { secret: "wrong" })).toBe("401 invalid_client");
  });

  it("has no such endpoint", async () => {
    const sandbox = withIssuer({ token: "absent", revocation: "absent" });
    expect(await probe(sandbox, "token")).toBe("404 <!DOCTYPE");
    expect(await probe(sandbox, "revoke")).toBe("404 <!DOCTYPE");
  });
});

describe("an issuer that learns", () => {
  it("refuses a secret made by a rotation until each answer is used up, at either endpoint", async () => {
    const sandbox = withIssuer({ learning: [false, true, false] });
    expect(await probe(sandbox, "token")).toBe("400 invalid_grant");
    const secret = await rotate(sandbox);
    expect(await probe(sandbox, "token", { secret: "wrong" })).toBe("401 invalid_client");
    const answers: string[] = [];
    for (const endpoint of ["token", "token", "revoke", "revoke", "token"] as const)
      answers.push(await probe(sandbox, endpoint, { secret }));
    expect(answers).toEqual([
      "401 invalid_client",
      "400 invalid_grant",
      "401 invalid_client",
      "200",
      "400 invalid_grant",
    ]);
    expect(await probe(sandbox, "token")).toBe("400 invalid_grant");
  });

  it("never does", async () => {
    const sandbox = withIssuer({ learnsNever: true });
    const secret = await rotate(sandbox);
    for (let round = 0; round < 20; round++)
      expect(await probe(sandbox, "token", { secret })).toBe("401 invalid_client");
    expect(await probe(sandbox, "token")).toBe("400 invalid_grant");
    expect(sandbox.accepts(documentedId, secret)).toBe(true);
  });
});

describe("an issuer that locks out", () => {
  it("answers 429 for everything after so many failures of this client", async () => {
    const clients = [documentedId, "other"].map((client_id) => ({ client_id, client_secret: "secret" }));
    const sandbox = withIssuer({ lockOutAfter: 2 }, clients);
    const good = { secret: "secret" };
    expect(await probe(sandbox, "token", { secret: "wrong" })).toBe("401 invalid_client");
    expect(await probe(sandbox, "token", good)).toBe("400 invalid_grant");
    expect(await probe(sandbox, "revoke", { secret: "wrong" })).toBe("401 invalid_client");
    expect(await probe(sandbox, "token", good)).toMatch(/^429 /);
    expect(await probe(sandbox, "revoke", good)).toMatch(/^429 /);
    expect(await probe(sandbox, "token", { id: "other", ...good })).toBe("400 invalid_grant");
  });
});

describe("discovery", () => {
  const at = (sandbox: Sandbox, path: string) => sandbox.fetch(`${sandbox.issuer}/.well-known/${path}`);

  it("tells where the endpoints are", async () => {
    const sandbox = withIssuer({ url: "https://issuer.example/tenant" });
    expect(sandbox.issuer).toBe("https://issuer.example/tenant");
    expect(await (await at(sandbox, "openid-configuration")).json()).toMatchObject({
      issuer: "https://issuer.example/tenant",
      token_endpoint: "https://issuer.example/tenant/oauth2/token",
      revocation_endpoint: "https://issuer.example/tenant/oauth2/revoke",
    });
    expect(await probe(sandbox, "token")).toBe("400 invalid_grant");
    expect(sandbox.count("discovery")).toBe(1);
    expect((await sandbox.fetch("https://issuer.example/lodger/oauth2/token")).status).toBe(404);
  });

  it("answers with a page at the address of RFC 8414", async () => {
    const response = await at(createSandbox(), "oauth-authorization-server");
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "text/html; charset=UTF-8"]);
  });

  it.each([
    ["html", 200],
    ["absent", 404],
  ] as const)("can be %s", async (discovery, status) => {
    const response = await at(withIssuer({ discovery }), "openid-configuration");
    expect([response.status, response.headers.get("Content-Type")]).toEqual([status, "text/html; charset=UTF-8"]);
  });

  it("names no revocation endpoint if there is none", async () => {
    const response = await at(withIssuer({ revocation: "absent" }), "openid-configuration");
    expect(await response.json()).not.toHaveProperty("revocation_endpoint");
  });
});
