import { describe, expect, test } from "vitest";
import { APIPromise, Cloudflare, NotFoundError } from "../../src/client/index.ts";
import { account, apiToken, clientId, clientSecret, envelope, refusal, response } from "./examples.ts";

const body = envelope({ client_secret: clientSecret });
const rotating = () =>
  new Cloudflare({
    apiToken,
    fetch: async () => response(200, body, { "CF-Ray": "8f0c2d-AMS" }),
  }).iam.oauthClients.rotateSecret(clientId, account);
const failing = () =>
  new Cloudflare({ apiToken, fetch: async () => response(404, refusal("No such client.")) }).iam.oauthClients.get(
    clientId,
    account,
  );

test("a call gives an APIPromise of the envelope's result", async () => {
  const promise = rotating();
  expect(promise).toBeInstanceOf(APIPromise);
  expect(await promise).toEqual({ client_secret: clientSecret });
});

test("what then makes is a plain promise", async () => {
  const promise = rotating().then(({ client_secret }) => client_secret);
  expect(promise).not.toBeInstanceOf(APIPromise);
  expect(await promise).toBe(clientSecret);
});

describe("the response", () => {
  test("comes with its status, headers and body", async () => {
    const whole = await rotating().asResponse();
    expect(whole.status).toBe(200);
    expect(whole.headers.get("cf-ray")).toBe("8f0c2d-AMS");
    expect(await whole.text()).toBe(body);
  });

  test("comes together with the result", async () => {
    const { data, response: whole } = await rotating().withResponse();
    expect(data).toEqual({ client_secret: clientSecret });
    expect(whole.ok).toBe(true);
  });

  test("does not come if the call fails", async () => {
    await expect(failing().asResponse()).rejects.toThrow(NotFoundError);
    await expect(failing().withResponse()).rejects.toThrow(NotFoundError);
  });
});
