import { beforeEach, expect, test, vi } from "vitest";
import Cloudflare, { CloudflareError } from "../../src/client/index.ts";
import { inspectRotation, MemoryJournal, rotateClientSecret } from "../../src/rotation/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { clientId, failure, holdClock, settle } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** A client, and a rotation of its secret. */
function rotation() {
  const sandbox = createSandbox();
  const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch: sandbox.fetch });
  const target = { accountId: sandbox.accountId, clientId };
  const journal = new MemoryJournal();
  const sinks = [{ name: "service", deliver: async () => {} }];
  return {
    client,
    target,
    journal,
    run: () => rotateClientSecret(client, target, { journal, sinks, fetch: sandbox.fetch }),
  };
}

test("a request that the client refuses to send is given up, so that the next rotation can begin", async () => {
  const { client, target, journal, run } = rotation();
  const refusal = new CloudflareError("No credentials. Nothing was sent.");
  vi.spyOn(client.iam.oauthClients, "rotateSecret").mockImplementationOnce(() => {
    throw refusal;
  });

  const error = await failure(run());
  expect(error).toMatchObject({ code: "credentials-refused", phase: "done", nextStep: "rotate", cause: refusal });
  expect(error.message).toContain("The secret was not rotated: No credentials. Nothing was sent.");
  expect(await inspectRotation(target, { journal })).toMatchObject({
    abandoned: "the request was refused before it was sent",
  });
  expect(await settle(run())).toMatchObject({ phase: "verified" });
});

test("a failure that is none of the client's is not dressed up as one", async () => {
  const { client, run } = rotation();
  const fault = new TypeError("x is not a function");
  vi.spyOn(client.iam.oauthClients, "get").mockImplementationOnce(() => {
    throw fault;
  });

  await expect(settle(run())).rejects.toBe(fault);
});
