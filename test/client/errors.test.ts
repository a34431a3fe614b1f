import { describe, expect, test } from "vitest";
import * as exported from "../../src/client/index.ts";
import { account, apiToken, clientId, failureOf, refusal, response } from "./examples.ts";

const { APIError, Cloudflare, CloudflareError } = exported;
const classes = Object.entries(exported).filter(([name]) => name.endsWith("Error"));

describe("a refusal", () => {
  test.each([
    [400, "BadRequestError"],
    [401, "AuthenticationError"],
    [403, "PermissionDeniedError"],
    [404, "NotFoundError"],
    [409, "ConflictError"],
    [410, "APIError"],
    [422, "UnprocessableEntityError"],
    [429, "RateLimitError"],
    [500, "InternalServerError"],
    [599, "InternalServerError"],
  ])("with status %i is a %s", async (status, name) => {
    const client = new Cloudflare({ apiToken, maxRetries: 0, fetch: async () => response(status, refusal("No.")) });
    const error = await failureOf(client.iam.oauthClients.get(clientId, account));
    expect(classes).toContainEqual([name, error.constructor]);
    expect(error.name).toBe(name);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toBeInstanceOf(CloudflareError);
  });

  test("has status, headers, the body and its errors", async () => {
    const client = new Cloudflare({
      apiToken,
      fetch: async () => response(404, refusal("No such client.", 1234), { "CF-Ray": "8f0c2d-AMS" }),
    });
    const error = await failureOf(client.iam.oauthClients.get(clientId, account));
    expect(error.status).toBe(404);
    expect(error.headers?.get("cf-ray")).toBe("8f0c2d-AMS");
    expect(error.error).toEqual(JSON.parse(refusal("No such client.", 1234)));
    expect(error.errors).toEqual([{ code: 1234, message: "No such client." }]);
  });

  test("whose outcome is unknown says that it may have been applied", async () => {
    const client = new Cloudflare({ apiToken, fetch: async () => response(500) });
    const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    expect(error.message).toContain("It may have been applied.");
  });
});

describe("a 403", () => {
  const client = new Cloudflare({
    apiToken,
    fetch: async () => response(403, refusal("Authentication error", 10000)),
  });

  test.each(["OAuth Client Write", "OAuth Clients Write", "OAuth App Registrations Write"])(
    'names the permission that is needed: "%s"',
    async (permission) => {
      const { message } = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
      expect(message).toContain(`"${permission}"`);
    },
  );

  test("on reading names the permission to read", async () => {
    const { message } = await failureOf(client.iam.oauthClients.list(account));
    expect(message).toContain('"OAuth Client Read"');
    expect(message).not.toContain("Write");
  });

  test("on what needs no permission names none", async () => {
    const { message } = await failureOf(client.iam.oauthScopes.list());
    expect(message).toContain("Authentication error (10000)");
    expect(message).not.toContain("permission");
  });
});

test.each(classes)("%s is found on the class too", (name, errorClass) => {
  expect(Cloudflare).toHaveProperty(name, errorClass);
});
