import { beforeEach, expect, test } from "vitest";
import type { Decisions, RotationAlarm } from "../../src/workers/index.ts";
import { clientId, holdClock } from "../support/rotation-world.ts";
import { Platform } from "./platform.ts";

let platform: Platform;
beforeEach(() => {
  holdClock();
  platform = new Platform();
});

/** Asks for a rotation, and wakes the object until it is at rest, or for a time in ms from the beginning. */
async function rotate(alarmed: RotationAlarm, request: Decisions = {}, until?: number): Promise<void> {
  await alarmed.rotate(platform.target, request);
  await platform.live(alarmed, until);
}

test("a secret whose response was lost stops it, until a downtime is accepted", async () => {
  platform = new Platform({ faults: [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" }] });
  const alarmed = platform.object();
  await rotate(alarmed);
  expect(await alarmed.status()).toMatchObject({
    standing: "stopped",
    failure: { code: "secret-missing", nextStep: undefined },
  });
  await rotate(alarmed, { acceptDowntime: true });
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.sandbox.secretsOf(clientId)).toEqual([platform.stored]);
});

test("a recovery whose own answer is lost is made again, by the downtime that is accepted already", async () => {
  const lost = { operation: "oauth-clients-rotate-secret", kind: "error-applied" } as const;
  // The recovery's first POST, between the two, is refused: there are two secrets.
  platform = new Platform({ faults: [lost, { ...lost, skip: 1 }] });
  const alarmed = platform.object();
  await rotate(alarmed);
  expect([(await alarmed.status())?.standing, ...platform.changes]).toEqual(["stopped", 1, 0]);
  await rotate(alarmed, { acceptDowntime: true });
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.changes).toEqual([3, 3]);
  expect(platform.sandbox.secretsOf(clientId)).toEqual([platform.stored]);
});

test("a downtime is accepted for one recovery: a failure after it does not begin another", async () => {
  platform = new Platform({ clients: [{ client_id: clientId, has_rotated_secret: true }] });
  platform.refusals = 3;
  const alarmed = platform.object();
  await rotate(alarmed, { acceptDowntime: true });
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.changes).toEqual([1, 2]);
});

test("a downtime is accepted for one secret: while the new one is refused, it is not abandoned as well", async () => {
  platform = new Platform({
    clients: [{ client_id: clientId, has_rotated_secret: true }],
    issuer: { learning: Array(30).fill(false) },
  });
  const alarmed = platform.object();
  await rotate(alarmed, { acceptDowntime: true });
  // Replicas may be late; that is believed once.
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code: "verification-failed" } });
  expect(platform.runs.length).toBeGreaterThan(1);
  await rotate(alarmed);
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.changes).toEqual([1, 2]);
});

test("a downtime that is accepted where there is nothing to recover is not made", async () => {
  const alarmed = platform.object({ overlap: 3_600_000 });
  await rotate(alarmed, {}, 3_000_000);
  await rotate(alarmed, { acceptDowntime: true });
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.changes).toEqual([1, 1]);
});

test("a changed client stops it, until the change is accepted by name", async () => {
  const alarmed = platform.object({ overlap: 3_600_000 });
  await rotate(alarmed, {}, 3_000_000);
  const { accountId: account_id } = platform.target;
  const elsewhere = platform.client().iam.oauthClients;
  const { updated_at } = await elsewhere.update(clientId, { account_id, client_name: "renamed" });
  await platform.live(alarmed);
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code: "client-changed" } });
  expect(platform.changes).toEqual([1, 0]);
  await rotate(alarmed, { acceptChange: updated_at });
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.changes).toEqual([1, 1]);
});

test("a sink that was put back stops it, and gets the secret again when somebody says so, once", async () => {
  const alarmed = platform.object({ overlap: 60_000 });
  await rotate(alarmed, {}, 30_000);
  platform.stored = "the old one";
  await platform.live(alarmed, 200_000);
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code: "check-failed" } });
  await rotate(alarmed, { redeliver: ["vault"] });
  expect([(await alarmed.status())?.standing, platform.deliveries]).toEqual(["done", 2]);
});
