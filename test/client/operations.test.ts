import { describe, expect, inject, test } from "vitest";
import { Cloudflare, UnprocessableEntityError } from "../../src/client/index.ts";
import { account, apiEmail, apiKey, apiToken, clientId, registration } from "./examples.ts";

// Prism holds requests and answers to the description.
const baseURL = inject("prism");

describe.each([
  ["a token", { apiToken }],
  ["e-mail and key", { apiEmail, apiKey }],
])("with %s", (_, credentials) => {
  const { iam } = new Cloudflare({ ...credentials, baseURL });

  test("create gives a client with its secret", async () => {
    expect(await iam.oauthClients.create(registration)).toMatchObject({
      client_id: expect.any(String),
      client_secret: expect.any(String),
    });
  });

  test("update gives the client", async () => {
    expect(await iam.oauthClients.update(clientId, { ...account, client_name: "New" })).toHaveProperty("client_id");
  });

  test("list gives a page of clients", async () => {
    expect((await iam.oauthClients.list(account)).result[0]).toHaveProperty("client_id");
  });

  test("get gives the client", async () => {
    expect(await iam.oauthClients.get(clientId, account)).toHaveProperty("visibility");
  });

  test("delete gives what was deleted", async () => {
    expect(await iam.oauthClients.delete(clientId, account)).toHaveProperty("id");
  });

  test("rotateSecret gives the new secret", async () => {
    expect(await iam.oauthClients.rotateSecret(clientId, account)).toEqual({ client_secret: expect.any(String) });
  });

  test("deleteRotatedSecret gives what was deleted", async () => {
    expect(await iam.oauthClients.deleteRotatedSecret(clientId, account)).toHaveProperty("id");
  });

  test("the scopes are listed", async () => {
    expect((await iam.oauthScopes.list()).result[0]).toMatchObject({
      id: expect.any(String),
      name: expect.any(String),
    });
  });
});

test("a request that the description does not allow is refused", async () => {
  const { iam } = new Cloudflare({ apiToken, baseURL });
  const wrong = { ...registration, scopes: undefined };
  await expect(iam.oauthClients.create(wrong as unknown as typeof registration)).rejects.toThrow(
    UnprocessableEntityError,
  );
});
