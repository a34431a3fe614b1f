import { beforeEach, expect, test } from "vitest";
import { holdClock } from "../support/rotation-world.ts";
import { rotatedSandbox, verify } from "./probing.ts";

beforeEach(() => holdClock());
test.each(["http://localhost:8080", "http://127.0.0.1:8080", "http://127.255.10.99", "http://[::1]:8080"])(
  "a secret may go to %s without https: it does not leave the machine",
  async (issuer) => {
    expect(await verify(rotatedSandbox({ url: issuer }), { issuer })).toMatchObject({ verdict: "accepted" });
  },
);

test.each([
  "http://issuer.example",
  "http://localhost.evil.example",
  "http://notlocalhost",
  "http://127.evil.example",
  "http://127.0.0.1.evil.example",
  "http://128.0.0.1",
  "http://[::2]",
])("no secret, not even a made-up one, goes to %s without https", async (issuer) => {
  const sandbox = rotatedSandbox({ url: issuer });

  const { verdict, reason } = await verify(sandbox, { issuer });
  expect(verdict).toBe("inconclusive");
  expect(reason).toContain("OAUTH_HTTP_REQUEST_FORBIDDEN");
  expect(sandbox.requests).toEqual([]);
});

test("no secret goes elsewhere without https, where the metadata of an issuer on this machine lead there", async () => {
  const issuer = "http://127.0.0.1:8080";
  const sandbox = rotatedSandbox({ url: issuer });
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url);
    const response = await sandbox.fetch(url, init);
    if (!url.includes("/.well-known/")) return response;
    const metadata = (await response.text()).replaceAll(`${issuer}/oauth2/`, "http://elsewhere.example/oauth2/");
    return new Response(metadata, response);
  };

  const { verdict, reason } = await verify(sandbox, { issuer, fetch });
  expect(verdict).toBe("inconclusive");
  expect(reason).toContain("OAUTH_HTTP_REQUEST_FORBIDDEN");
  expect(new Set(asked.map((url) => new URL(url).host))).toEqual(new Set(["127.0.0.1:8080"]));
});
