import Provider from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Verification, verifyClientSecret } from "../../../src/rotation/index.ts";
import { type Credentials, type Method, methods, plain, special, wrongSecrets } from "./credentials.ts";
import { type Listening, listen } from "./listen.ts";

/** One that the server itself refuses to register: it holds a character that no secret may hold. */
const beyondASCII: Credentials = { id: "beyond ASCII", secret: "p+/=:%~é" };

/** The client's id at the server, which registers each with one method. */
const registered = ({ id }: Credentials, method: Method) => `${id} ${method}`;

let server: Listening;
beforeAll(async () => {
  server = await listen((url) => {
    const provider = new Provider(url, {
      features: { revocation: { enabled: true }, devInteractions: { enabled: false } },
      clients: [plain, special, beyondASCII].flatMap((one) =>
        methods.map((method) => ({
          client_id: registered(one, method),
          client_secret: one.secret,
          redirect_uris: ["https://app.example/callback"],
          token_endpoint_auth_method: method,
        })),
      ),
    });
    return provider.callback();
  });
});
afterAll(() => server.close());

describe.concurrent.each(methods)("oidc-provider, by %s", (method) => {
  function verify(
    credentials: Credentials,
    clientSecret: string,
    fetch?: (url: string, init: RequestInit) => Promise<Response>,
  ): Promise<Verification> {
    return verifyClientSecret({
      issuer: server.url,
      clientId: registered(credentials, method),
      clientSecret,
      method,
      fetch,
    });
  }

  /** Reaches all but the token endpoint. */
  const withoutToken = async (url: string, init: RequestInit) =>
    url.endsWith("/token") ? new Response("unavailable", { status: 503 }) : fetch(url, init);

  describe.concurrent.each([
    ["plain", plain],
    ["special", special],
  ])("%s characters", (_, credentials) => {
    test("the right secret is accepted", async () => {
      expect(await verify(credentials, credentials.secret)).toMatchObject({ verdict: "accepted" });
    });

    test.each(wrongSecrets(credentials))("a wrong one is refused: %s", async (_, secret) => {
      expect(await verify(credentials, secret)).toMatchObject({ verdict: "refused" });
    });

    test("at the revocation endpoint alone, the right secret is accepted", async () => {
      const { verdict, reason } = await verify(credentials, credentials.secret, withoutToken);
      expect(verdict).toBe("accepted");
      expect(reason).toMatch("revocation");
    });

    test("at the revocation endpoint alone, a wrong one is refused", async () => {
      const { verdict, reason } = await verify(credentials, "quite-another-secret", withoutToken);
      expect(verdict).toBe("refused");
      expect(reason).toMatch("revocation");
    });
  });

  test("for a client that the server does not know, every secret is refused", async () => {
    const unknown = { ...plain, id: "unknown" };
    expect(await verify(unknown, plain.secret)).toMatchObject({ verdict: "refused" });
  });

  test("for a client that the server finds fault with, nothing is proved", async () => {
    expect(await verify(beyondASCII, beyondASCII.secret)).toMatchObject({ verdict: "inconclusive" });
  });
});
