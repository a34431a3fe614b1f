import { beforeEach, expect, test, vi } from "vitest";
import { RotationError } from "../../src/rotation/index.ts";
import type { SandboxOptions } from "../../src/sandbox/index.ts";
import { RotationAlarm } from "../../src/workers/index.ts";
import { clientId, holdClock, settle } from "../support/rotation-world.ts";
import { Platform } from "./platform.ts";

let platform: Platform;
beforeEach(() => {
  holdClock();
  platform = new Platform();
});
test("asked for once, it rotates, waits for the end of the overlap, finishes, and is at rest", async () => {
  const alarmed = platform.object({ overlap: 3_600_000 });
  await alarmed.rotate(platform.target);
  expect(platform.storage.alarm).toBe(Date.now());
  expect(platform.sandbox.requests).toHaveLength(0);
  await platform.live(alarmed, 3_000_000);
  expect(await alarmed.status()).toMatchObject({ standing: "waiting", tries: 0, rotation: { phase: "verified" } });
  expect(platform.changes).toEqual([1, 0]);
  const { nextTry, rotation } = (await alarmed.status()) ?? {};
  expect(nextTry).toEqual(rotation?.finishFrom);
  await alarmed.rotate(platform.target);
  await platform.live(alarmed, 3_000_000);
  expect(await alarmed.status()).toMatchObject({ standing: "waiting", nextTry, failure: undefined });

  await platform.live(alarmed);
  expect(await alarmed.status()).toMatchObject({ standing: "done", nextTry: undefined, rotation: { phase: "done" } });
  expect(platform.changes).toEqual([1, 1]);
  expect(platform.sandbox.secretsOf(clientId)).toEqual([platform.stored]);
  expect(platform.storage.alarm).toBeUndefined();
  expect([...platform.storage.values.keys()]).toHaveLength(2);
});

test("the next alarm is set before anything is sent", async () => {
  let armed = 0;
  const { fetch, apiToken } = platform.sandbox;
  const client = platform.client(apiToken, (...given) => {
    armed ||= (platform.storage.alarm ?? 0) - Date.now();
    return fetch(...given);
  });
  const alarmed = platform.object({ client });
  await alarmed.rotate(platform.target);
  await platform.wake(alarmed);
  expect(armed).toBeGreaterThanOrEqual(2500);
  expect(armed).toBeLessThanOrEqual(5000);
});

test("what was asked for is done once, even if nothing but the journal has heard that it is done", async () => {
  const alarmed = platform.object();
  await alarmed.rotate(platform.target);
  const before = structuredClone(platform.storage.values.get("rotation-alarm"));
  await platform.live(alarmed);
  platform.storage.values.set("rotation-alarm", before);
  platform.storage.alarm = Date.now();
  await platform.live(platform.object());
  expect(platform.changes).toEqual([1, 1]);
  expect((await alarmed.status())?.standing).toBe("done");

  await alarmed.rotate(platform.target);
  await platform.live(alarmed);
  expect(platform.changes).toEqual([2, 2]);
});

test("asked while a run is under way, it continues with that, at once when the run has ended", async () => {
  const alarmed = platform.object({ overlap: 3_600_000 });
  await alarmed.rotate(platform.target);
  platform.storage.alarm = undefined;
  const running = alarmed.alarm();
  expect((await alarmed.status())?.standing).toBe("running");
  await alarmed.rotate(platform.target);
  expect(alarmed.alarm()).toBe(running);
  await settle(running);
  expect(platform.storage.alarm).toBe(Date.now());
  await platform.live(alarmed);
  expect(platform.changes).toEqual([1, 1]);
});

test("an API that fails is tried again ever more seldom, up to the longest delay, until it works", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  platform = new Platform({ faults: [{ operation: "oauth-clients-get", kind: "error", times: 6 }] });
  const failures: unknown[] = [];
  const alarmed = platform.object({}, { longestDelay: 60_000, onFailure: (error) => failures.push(error) });
  await alarmed.rotate(platform.target);
  await platform.live(alarmed, 100_000);
  expect(await alarmed.status()).toMatchObject({ standing: "waiting", failure: { code: "api-failed" } });
  await platform.live(alarmed);
  const gaps = platform.runs.slice(1, 7).map((at, index) => Math.round((at - (platform.runs[index] ?? 0)) / 1000));
  expect(gaps).toEqual([5, 10, 20, 40, 60, 60]);
  expect(failures).toHaveLength(6);
  expect((await alarmed.status())?.standing).toBe("done");
  expect((await alarmed.status())?.failure).toBeUndefined();
});

test("where it has come further, the delays begin anew", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  platform = new Platform({ faults: [{ operation: "oauth-clients-get", kind: "error", times: 3 }] });
  platform.refusals = 1;
  const alarmed = platform.object();
  await alarmed.rotate(platform.target);
  await platform.live(alarmed, 39_000);
  expect(await alarmed.status()).toMatchObject({ tries: 1, failure: { code: "delivery-failed" } });
  await platform.live(alarmed);
  expect((await alarmed.status())?.standing).toBe("done");
});

test("a request that was refused, and changed nothing, is sent again, as often as it takes", async () => {
  platform = new Platform({ faults: [{ operation: "oauth-clients-rotate-secret", kind: "throttled", times: 10 }] });
  const alarmed = platform.object();
  await alarmed.rotate(platform.target);
  await platform.live(alarmed);
  expect((await alarmed.status())?.standing).toBe("done");
  expect(platform.changes).toEqual([1, 1]);
});

test("a client that does not exist stops it at once", async () => {
  platform = new Platform({ clients: [] });
  const alarmed = platform.object();
  await alarmed.rotate(platform.target);
  await platform.live(alarmed);
  expect(platform.runs).toHaveLength(1);
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code: "api-failed" } });
});

test("credentials that are refused stop it, after some tries; asked again, it tries again", async () => {
  const alarmed = platform.object({ client: platform.client("revoked") });
  await alarmed.rotate(platform.target);
  await platform.live(alarmed);
  expect(platform.runs).toHaveLength(8);
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code: "credentials-refused" } });
  expect(platform.storage.alarm).toBeUndefined();

  const mended = platform.object();
  await mended.rotate(platform.target);
  await platform.live(mended);
  expect((await mended.status())?.standing).toBe("done");
});

test.each<[string, SandboxOptions, string]>([
  ["has no secret", { clients: [{ client_id: clientId, token_endpoint_auth_method: "none" }] }, "no-client-secret"],
  [
    "has a second one that is nobody's",
    { clients: [{ client_id: clientId, has_rotated_secret: true }] },
    "rotation-in-progress",
  ],
])("a client that %s stops it at once", async (_, options, code) => {
  platform = new Platform(options);
  const alarmed = platform.object();
  await alarmed.rotate(platform.target);
  await platform.live(alarmed);
  expect(platform.runs).toHaveLength(1);
  const sent = platform.sandbox.requests.length;
  await platform.wake(alarmed);
  expect(platform.sandbox.requests).toHaveLength(sent);
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code }, nextTry: undefined });
});

test("a key that does not fit stops it, and the status says so", async () => {
  const alarmed = platform.object({ overlap: 3_600_000 });
  await alarmed.rotate(platform.target);
  await platform.live(alarmed, 3_000_000);
  const other = platform.object({ journal: platform.journal(8) });
  await platform.live(other);
  expect(await other.status()).toMatchObject({
    standing: "stopped",
    failure: { code: "journal-mismatch" },
    rotation: undefined,
  });
});

test("what is thrown elsewhere is tried again, and its message is not shown", async () => {
  let left = 2;
  const told: unknown[] = [];
  const alarmed = new RotationAlarm(
    platform.storage,
    () => {
      if (left-- > 0) throw new TypeError("with a secret in it");
      throw new RotationError("usage", "enough");
    },
    {
      onFailure: (error) => {
        told.push(error);
        throw new Error("a display that fails");
      },
    },
  );
  await alarmed.rotate(platform.target);
  await platform.wake(alarmed);
  const record = JSON.stringify(platform.storage.values.get("rotation-alarm"));
  expect(record).toContain("unexpected TypeError");
  expect(record).not.toContain("with a secret");
  await platform.live(alarmed);
  expect(await alarmed.status()).toMatchObject({ standing: "stopped", failure: { code: "usage" } });
  expect(told).toHaveLength(3);
});

test("an object is one client's", async () => {
  await platform.object().rotate(platform.target);
  const other = platform.object().rotate({ ...platform.target, clientId: "b".repeat(32) });
  await expect(other).rejects.toMatchObject({ name: "RotationError", code: "usage" });
});

test("an alarm that nobody has asked for does nothing", async () => {
  await platform.object().alarm();
  expect(await platform.object().status()).toBeUndefined();
  expect(platform.storage.values.size).toBe(0);
});

test("only a storage that takes no alarm makes it reject, so that the platform tries again", async () => {
  const alarmed = platform.object();
  await alarmed.rotate(platform.target);
  platform.storage.isBroken = true;
  await expect(alarmed.alarm()).rejects.toThrow("broken");
  expect(platform.sandbox.requests).toHaveLength(0);
  platform.storage.isBroken = false;
  await platform.live(alarmed);
  expect((await alarmed.status())?.standing).toBe("done");
});

test("no secret is in the storage but sealed, nor in the status", async () => {
  const alarmed = platform.object({ overlap: 3_600_000 });
  await alarmed.rotate(platform.target);
  await platform.live(alarmed, 3_000_000);
  expect(platform.stored).toMatch(/^sandbox-secret-/);
  const all = JSON.stringify([[...platform.storage.values], await alarmed.status()]);
  expect(all).not.toContain(platform.stored);
  expect(all).not.toContain(platform.sandbox.apiToken);
});
