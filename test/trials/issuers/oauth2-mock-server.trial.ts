import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyClientSecret } from "../../../src/rotation/index.ts";
import { methods, plain } from "./credentials.ts";

const server = new OAuth2Server();
beforeAll(async () => {
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
});
afterAll(() => server.stop());

test.concurrent.each(methods)(
  "where a server gives everybody what they ask for, nothing is proved, by %s",
  async (method) => {
    const { url = "" } = server.issuer;
    const { verdict, reason } = await verifyClientSecret({
      issuer: url,
      clientId: plain.id,
      clientSecret: plain.secret,
      method,
    });
    expect(verdict).toBe("inconclusive");
    expect(reason).toMatch("200");
  },
);
