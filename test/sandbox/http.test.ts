import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ServedSandbox, serveSandbox } from "../../src/cli/session/sandbox-server.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { documentedId, path } from "./call.ts";

let served: ServedSandbox;
beforeEach(async () => {
  served = await serveSandbox((url) => createSandbox({ issuer: { url } }));
});
afterEach(() => served.close());

function rotate(signal?: AbortSignal): Promise<Response> {
  const { apiURL, sandbox } = served;
  return fetch(`${apiURL}${path("oauth-clients-rotate-secret", { accountId: sandbox.accountId })}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${sandbox.apiToken}` },
    ...(signal && { signal }),
  });
}

describe("a sandbox over HTTP", () => {
  it("serves the API, with its headers", async () => {
    const response = await rotate();
    expect(response.headers.get("Ratelimit")).toBeTruthy();
    const { result } = await response.json();
    expect(served.sandbox.secretsOf(documentedId)).toContain(result.client_secret);
  });

  it("serves the issuer, whose metadata name the address that it is served at", async () => {
    const metadata = await (await fetch(`${served.issuer}/.well-known/openid-configuration`)).json();
    expect(metadata.issuer).toBe(served.issuer);
    const response = await fetch(metadata.token_endpoint, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${documentedId}:cf-oauth-secret-example`)}` },
      body: new URLSearchParams({ grant_type: "authorization_code", code: "made-up" }),
    });
    expect(await response.json()).toMatchObject({ error: "invalid_grant" });
  });

  it("resets the connection where the sandbox does", async () => {
    served.sandbox.faults.push({ operation: "oauth-clients-rotate-secret", kind: "reset" });
    const cause = expect.objectContaining({ code: "ECONNRESET" });
    await expect(rotate()).rejects.toMatchObject({ message: "fetch failed", cause });
  });

  it("holds open what is never answered, until the caller gives up", async () => {
    served.sandbox.faults.push({ operation: "oauth-clients-rotate-secret", kind: "silent" });
    await expect(rotate(AbortSignal.timeout(100))).rejects.toThrow("timeout");
    expect(served.sandbox.secretsOf(documentedId)).toHaveLength(2);
  });

  it("closes in spite of what is never answered", async () => {
    served.sandbox.faults.push({ operation: "oauth-clients-rotate-secret", kind: "lost" });
    const unanswered = expect(rotate()).rejects.toThrow("fetch failed");
    await expect.poll(() => served.sandbox.count("oauth-clients-rotate-secret")).toBe(1);
    await served.close();
    await unanswered;
  });
});
