import { beforeEach, expect, test, vi } from "vitest";
import Cloudflare, { CloudflareError } from "../../src/client/index.ts";
import { inspectRotation, MemoryJournal, rotateClientSecret } from "../../src/rotation/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import {
  clientId,
  failure,
  holdClock,
  Process,
  refusal,
  settle,
  showing,
  untilDone,
  World,
} from "../support/rotation-world.ts";

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

test("a request that the client refuses to send is abandoned, so that the next rotation can begin", async () => {
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

test.each([
  ["may be due to an old secret, where the API does not show whether there is one", 422, "api-failed"],
  ["is due to one, where it is a conflict", 409, "rotation-in-progress"],
])("a refusal %s, and what to do then is said", async (_, status, code) => {
  const world = new World();
  showing(world, ({ has_rotated_secret, ...client }) => client);
  refusing(world, status);
  const error = await failure(new Process(world).run("rotate"));
  expect(error).toMatchObject({ code, phase: "done", nextStep: undefined });
  expect(error.message).toMatch(/adopt.+recover/);
});

test("a signal that comes while a refusal is looked into ends the run, and what comes next leads to done", async () => {
  const world = new World();
  const controller = new AbortController();
  let isRefused = false;
  refusing(world, 409, () => {
    isRefused = true;
  });
  const rotate = new Process(world);
  rotate.onMoment = ({ what }) => {
    if (isRefused && what.startsWith("GET")) controller.abort(new Error("SIGTERM"));
  };
  const error = await failure(rotate.run("rotate", { signal: controller.signal }));
  expect(error).toMatchObject({ code: "interrupted", nextStep: "resume" });
  world.network = (_, send) => send();
  await untilDone(world, { finish: true }, error.nextStep);
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

/** Has the API refuse requests for a new secret. */
function refusing(world: World, status: number, onRefusal: () => void = () => {}): void {
  const { network } = world;
  world.network = async (what, send, init) => {
    if (what !== "POST rotate_secret") return network(what, send, init);
    onRefusal();
    return refusal(status);
  };
}
