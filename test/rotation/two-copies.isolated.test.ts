import { beforeAll, expect, test, vi } from "vitest";
import type { Cloudflare } from "../../src/client/cloudflare.ts";
import { areCredentialsRefused } from "../../src/client/refused-credentials.ts";
import { MemoryJournal, RotationError, rotateClientSecret } from "../../src/rotation/index.ts";
import { createSandbox, type FaultKind } from "../../src/sandbox/index.ts";

/** Another copy of the client, as a program has that loads it by `require` and the rotation by `import`. */
let other: typeof import("../../src/client/index.ts");
beforeAll(async () => {
  vi.resetModules();
  other = await import("../../src/client/index.ts");
});

async function failureOf(kind: FaultKind | undefined, apiToken?: string): Promise<RotationError> {
  const sandbox = createSandbox({
    faults: kind === undefined ? [] : [{ operation: "oauth-clients-rotate-secret", kind }],
  });
  const { accountId, issuer, fetch } = sandbox;
  const [clientId = ""] = await idsOf(new other.Cloudflare(sandbox), accountId);
  const client: Cloudflare = new other.Cloudflare({ apiToken: apiToken ?? sandbox.apiToken, fetch, maxRetries: 0 });
  const sinks = [{ name: "none", deliver: async () => undefined }];
  const options = { journal: new MemoryJournal(), sinks, issuer, fetch };
  const error = await rotateClientSecret(client, { accountId, clientId }, options).catch((error: unknown) => error);
  if (!(error instanceof RotationError)) throw error;
  return error;
}

async function idsOf(client: Cloudflare, account_id: string): Promise<string[]> {
  const { result } = await client.iam.oauthClients.list({ account_id });
  return result.map(({ client_id }) => client_id);
}

test("a rotation knows a lost response although the client is of another copy of the package", async () => {
  expect(await failureOf("reset-applied")).toMatchObject({
    code: "outcome-unknown",
    nextStep: "resume",
    cause: expect.any(other.APIConnectionError),
  });
});

test("and that the API refused its credentials", async () => {
  const error = await failureOf(undefined, "wrong-token");
  expect(error.code).toBe("credentials-refused");
  expect(error.cause).toBeInstanceOf(other.AuthenticationError);
  expect(areCredentialsRefused(error.cause)).toBe(true);
});
