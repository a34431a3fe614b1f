import { beforeEach, describe, expect, test } from "vitest";
import { createSandbox } from "../../src/sandbox/index.ts";
import { clientId, holdClock, Process, settle, World } from "../support/rotation-world.ts";
import { verify } from "./probing.ts";

beforeEach(() => holdClock());
/** Characters that mean something in a header, a form or a URL, and one beyond ASCII. */
const special = { client_id: "a b", client_secret: "p+/=:%~é" };

/** What the issuer received with the right secret. */
async function received(method: "client_secret_basic" | "client_secret_post") {
  const sandbox = createSandbox({ clients: [{ ...special, token_endpoint_auth_method: method }] });
  const requests: { url: string; headers: Headers; form: URLSearchParams }[] = [];
  const fetch = (url: string, init: RequestInit) => {
    requests.push({ url, headers: new Headers(init.headers), form: new URLSearchParams(String(init.body)) });
    return sandbox.fetch(url, init);
  };
  const verification = await verify(sandbox, {
    clientId: special.client_id,
    clientSecret: special.client_secret,
    method,
    fetch,
  });
  const last = requests.at(-1);
  if (!last) throw new Error("nothing was sent");
  return { verification, requests, last };
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

describe("client_secret_basic", () => {
  test("form-encodes id and secret before base64", async () => {
    const { verification, last } = await received("client_secret_basic");

    const [, encoded = ""] = last.headers.get("Authorization")?.split(" ") ?? [];
    const text = atob(encoded);
    const colon = text.indexOf(":");
    expect(formDecoded(text.slice(0, colon))).toBe(special.client_id);
    expect(formDecoded(text.slice(colon + 1))).toBe(special.client_secret);
    expect(verification).toMatchObject({ verdict: "accepted" });
  });

  test("puts the secret nowhere but in that header", async () => {
    const { requests } = await received("client_secret_basic");
    for (const { url, form } of requests) {
      expect(formDecoded(url)).not.toContain(special.client_secret);
      expect(form.get("client_secret")).toBeNull();
    }
  });
});

describe("client_secret_post", () => {
  test("puts id and secret into the form, and sends no Authorization", async () => {
    const { verification, last } = await received("client_secret_post");

    expect(last.form.get("client_id")).toBe(special.client_id);
    expect(last.form.get("client_secret")).toBe(special.client_secret);
    expect(last.headers.has("Authorization")).toBe(false);
    expect(verification).toMatchObject({ verdict: "accepted" });
  });

  test("puts the secret into no URL", async () => {
    const { requests } = await received("client_secret_post");
    for (const { url } of requests) expect(formDecoded(url)).not.toContain(special.client_secret);
  });
});

test("with another method than the registered one even the right secret is refused", async () => {
  const sandbox = createSandbox();
  const clientSecret = sandbox.secretsOf(clientId)[0] ?? "";

  expect(await verify(sandbox, { clientSecret, method: "client_secret_post" })).toMatchObject({ verdict: "refused" });
  expect(await verify(sandbox, { clientSecret })).toMatchObject({ verdict: "accepted" });
});

test.each(["client_secret_basic", "client_secret_post"] as const)(
  "a rotation verifies the secret of a client with %s by that method only",
  async (method) => {
    const world = new World({ clients: [{ client_id: clientId, token_endpoint_auth_method: method }] });

    expect(await settle(new Process(world).run("rotate"))).toMatchObject({ phase: "verified" });
    const methods = world.sandbox.requests.map(({ authMethod }) => authMethod).filter(Boolean);
    expect(new Set(methods)).toEqual(new Set([method]));
  },
);
