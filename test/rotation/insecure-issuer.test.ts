import { beforeEach, expect, test } from "vitest";
import { rotatedSandbox, verify } from "./probing.ts";
import { holdClock } from "./world.ts";

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
