import { beforeEach, describe, expect, test } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { sha256 } from "../../src/rotation/digest.ts";
import { adoptRotation, MemoryJournal, type RotationOptions } from "../../src/rotation/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const old = "cf-oauth-secret-example";

/** A rotation that was delivered, and whose journal is gone: what is left is what the sink holds. */
async function withoutJournal(): Promise<{ world: World; secret: string }> {
  const before = new World({ onSecondRotation: "keep" });
  await settle(new Process(before).run("rotate"));
  const { sandbox, deployed } = before;
  const world = Object.assign(new World(), { sandbox, deployed, journal: new MemoryJournal() });
  return { world, secret: deployed };
}

function adopt(world: World, secret: string, digest?: string, options: Partial<RotationOptions> = {}) {
  const { sandbox } = world;
  const client = new Cloudflare({ apiToken: sandbox.apiToken, baseURL: sandbox.baseURL, fetch: sandbox.fetch });
  const service = {
    name: "service",
    deliver: async (delivered: string) => {
      world.deployed = delivered;
    },
    readBack: async () => world.deployed,
  };
  const { journal } = world;
  return adoptRotation(
    client,
    { accountId: sandbox.accountId, clientId },
    { journal, sinks: [service], fetch: sandbox.fetch, ...options, secret, sha256: digest },
  );
}

test("a rotation whose journal is gone is continued by the secret that a sink still has, without a second POST", async () => {
  const { world, secret } = await withoutJournal();
  const rotation = await settle(adopt(world, secret, await sha256(secret)));

  expect(rotation).toMatchObject({ phase: "verified", sha256: await sha256(secret), delivered: ["service"] });
  expect(rotation.acceptDowntime).toBe(false);
  expect([world.posts, world.deletes]).toEqual([1, 0]);
  // What happened while no journal watched is not known, so a person has to accept it.
  const error = await failure(new Process(world).run("finish"));
  expect(error).toMatchObject({ code: "client-changed", nextStep: undefined });
  expect(await settle(new Process(world).run("finish", { acceptChange: changeNamedBy(error) }))).toMatchObject({
    phase: "done",
  });
  expect(world.sandbox.secretsOf(clientId)).toEqual([secret]);
});

test("a secret with another digest is refused, and nothing is begun", async () => {
  const { world } = await withoutJournal();
  const error = await failure(adopt(world, old, await sha256("the new one")));
  expect(error).toMatchObject({ code: "check-failed", phase: undefined });
  expect(await world.latest()).toBeUndefined();
});

test("a secret that is dead is not delivered, whatever its digest", async () => {
  const { world } = await withoutJournal();
  const deployed = world.deployed;
  const error = await failure(adopt(world, "dead", await sha256("dead")));
  expect(error).toMatchObject({ code: "verification-failed" });
  expect(world.deployed).toBe(deployed);
});

test("where the client has no second secret there is nothing to adopt", async () => {
  const world = new World();
  const error = await failure(adopt(world, old));
  expect(error).toMatchObject({ code: "no-rotation", nextStep: "rotate" });
  expect(await world.latest()).toBeUndefined();
});

test("the only secret of a client is adopted by its digest, and there is nothing to delete then", async () => {
  const world = new World();
  const rotation = await settle(adopt(world, old, await sha256(old)));
  expect(rotation).toMatchObject({ phase: "done", summary: "The new secret was delivered and verified." });
  expect([world.posts, world.deletes, world.deployed]).toEqual([0, 0, old]);
});

test("where the journal knows of the rotation, that is to be resumed", async () => {
  const world = await verified();
  expect(await failure(adopt(world, world.deployed))).toMatchObject({
    code: "rotation-in-progress",
    nextStep: "resume",
  });
});

describe("a secret is not adopted", () => {
  test("with another SHA-256 than the rotation's, before anything is sent", async () => {
    const { world, secret } = await withoutJournal();
    const before = world.sandbox.requests.length;
    const error = await failure(adopt(world, secret, "0".repeat(64)));
    expect(error).toMatchObject({ code: "check-failed", nextStep: undefined });
    expect(error.message).toContain("Find the new secret elsewhere, or adopt this one with its own SHA-256.");
    expect(world.sandbox.requests).toHaveLength(before);
  });

  test("where the client has no second secret, which reads may take thirty seconds to show", async () => {
    const world = new World();
    const start = Date.now();
    const error = await failure(adopt(world, old));
    expect(error).toMatchObject({ code: "no-rotation", nextStep: "rotate" });
    expect(Date.now() - start).toBeGreaterThanOrEqual(30_000);
    expect(await world.latest()).toBeUndefined();
  });

  test("for a client that has no secret", async () => {
    const world = new World({
      clients: [{ client_id: clientId, token_endpoint_auth_method: "none", has_rotated_secret: true }],
    });
    expect(await failure(adopt(world, old))).toMatchObject({ code: "no-client-secret" });
  });
});

test("a secret is adopted at once where the flag shows, or is not shown at all", async () => {
  for (const flag of [true, undefined]) {
    const { world, secret } = await withoutJournal();
    let reads = 0;
    const { fetch } = world.sandbox;
    Object.assign(world.sandbox, {
      fetch: async (...given: Parameters<typeof fetch>) => {
        const response = await fetch(...given);
        if (given[1]?.method !== "GET" || !response.ok) return response;
        reads++;
        const body = await response.json();
        return Response.json({ ...body, result: { ...body.result, has_rotated_secret: flag } });
      },
    });
    const start = Date.now();
    expect(await settle(adopt(world, secret, await sha256(secret), { verify: false }))).toMatchObject({
      phase: "verified",
    });
    expect(Date.now() - start).toBeLessThan(30_000);
    expect(reads).toBeGreaterThan(0);
  }
});
