import { text } from "node:stream/consumers";
import OAuth2Server from "@node-oauth/oauth2-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Verification, verifyClientSecret } from "../../../src/rotation/index.ts";
import { type Credentials, methods, plain, special, wrongSecrets } from "./credentials.ts";
import { type Listening, listen } from "./listen.ts";

const { Request, Response: OAuthResponse } = OAuth2Server;

const clients = [plain, special];

const oauth = new OAuth2Server({
  model: {
    getClient: async (id, secret) =>
      clients.some((client) => client.id === id && client.secret === secret) && {
        id,
        grants: ["authorization_code"],
        redirectUris: ["https://app.example/callback"],
      },
    getAuthorizationCode: async () => undefined,
    revokeAuthorizationCode: async () => false,
    saveAuthorizationCode: async () => false,
    saveToken: async () => false,
    getAccessToken: async () => undefined,
  },
});

let server: Listening;
beforeAll(async () => {
  // Only a token endpoint, where Cloudflare has it; no metadata.
  server = await listen(() => async (incoming, outgoing) => {
    const body = Object.fromEntries(new URLSearchParams(await text(incoming)));
    if (incoming.url !== "/oauth2/token") return outgoing.writeHead(404).end();
    const answer = new OAuthResponse();
    // The error that it rejects with stands in the response.
    await oauth.token(new Request(Object.assign(incoming, { query: {}, body })), answer).catch(() => undefined);
    outgoing.writeHead(answer.status ?? 500, answer.headers).end(JSON.stringify(answer.body));
  });
});
afterAll(() => server.close());

describe.concurrent.each(methods)("@node-oauth/oauth2-server, by %s", (method) => {
  const verify = ({ id: clientId }: Credentials, clientSecret: string): Promise<Verification> =>
    verifyClientSecret({ issuer: server.url, clientId, clientSecret, method });

  test("the right secret is accepted", async () => {
    expect(await verify(plain, plain.secret)).toMatchObject({ verdict: "accepted" });
  });

  test("the right secret with special characters is accepted where the server decodes it", async () => {
    // It takes the user and password of an Authorization header as they are, though RFC 6749, 2.3.1 has them encoded.
    const verdict = method === "client_secret_basic" ? "refused" : "accepted";
    expect(await verify(special, special.secret)).toMatchObject({ verdict });
  });

  test.each(wrongSecrets(plain))("a wrong one is refused: %s", async (_, secret) => {
    expect(await verify(plain, secret)).toMatchObject({ verdict: "refused" });
  });

  test("for a client that the server does not know, every secret is refused", async () => {
    expect(await verify({ ...plain, id: "unknown" }, plain.secret)).toMatchObject({ verdict: "refused" });
  });
});
