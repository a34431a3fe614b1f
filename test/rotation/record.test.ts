import { describe, expect, test, vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import {
  finishRotation,
  inspectRotation,
  type Journal,
  MemoryJournal,
  recordRotation,
  resumeRotation,
  rotateClientSecret,
} from "../../src/rotation/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";

const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const rotatedAt = new Date("2026-08-01T00:00:00.000Z");

function world() {
  const sandbox = createSandbox();
  const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch: sandbox.fetch });
  const target = { accountId: sandbox.accountId, clientId };
  return { sandbox, client, target, journal: new MemoryJournal() };
}

const sinks = [{ name: "app", deliver: async () => undefined }];

describe("recordRotation", () => {
  test("says so by a RotationError where the journal cannot be read", async () => {
    const { sandbox, client, target } = world();
    const journal = new MemoryJournal();
    journal.latest = () => Promise.reject(new Error("disk gone"));
    await expect(recordRotation(client, target, { journal, rotatedAt })).rejects.toMatchObject({
      name: "RotationError",
      code: "journal-failed",
    });
    expect(sandbox.requests).toEqual([]);
  });

  test("writes down when a secret was made, and nothing else, after which a rotation can begin", async () => {
    const { sandbox, client, target, journal } = world();
    const recorded = await recordRotation(client, target, { journal, rotatedAt });
    expect(recorded).toMatchObject({ phase: "done", startedAt: rotatedAt, sha256: undefined, nextStep: undefined });
    // Again: nothing is read, and nothing written.
    await recordRotation(client, target, { journal, rotatedAt });
    expect(sandbox.requests.map(({ operation }) => operation)).toEqual(["oauth-clients-get"]);
    expect(await journal.latest(`${target.accountId}/${clientId}`)).toMatchObject({ sequence: 1 });
    const rotation = await rotateClientSecret(client, target, { journal, sinks, verify: false, check: false });
    expect(rotation.phase).toBe("verified");
  });

  test("refuses where a rotation is under way, or the journal knows of a later one", async () => {
    const { client, target, journal } = world();
    const options = { journal, sinks, verify: false, check: false } as const;
    await rotateClientSecret(client, target, options);
    await expect(recordRotation(client, target, { journal, rotatedAt })).rejects.toMatchObject({
      code: "rotation-in-progress",
      nextStep: "finish",
    });
    const other = world();
    await rotateClientSecret(other.client, other.target, { ...options, journal: other.journal, finish: true });
    await expect(
      recordRotation(other.client, other.target, { journal: other.journal, rotatedAt }),
    ).rejects.toMatchObject({ code: "usage", phase: "done" });
    // Made by hand after it.
    const now = new Date(Date.now() + 1000);
    vi.useFakeTimers({ toFake: ["Date"], now });
    expect(await recordRotation(other.client, other.target, { journal: other.journal, rotatedAt: now })).toMatchObject({
      startedAt: now,
      sha256: undefined,
    });
  });

  test("corrects a date to none that is earlier than the last rotation", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-09-01T00:00:00.000Z") });
    const { client, target, journal, sandbox } = world();
    const { fetch } = sandbox;
    await rotateClientSecret(client, target, { journal, sinks, verify: false, check: false, finish: true, fetch });
    const [later, latest] = [new Date("2026-10-01"), new Date("2026-11-01")];
    vi.setSystemTime(Date.parse("2026-11-15T00:00:00.000Z"));
    await recordRotation(client, target, { journal, rotatedAt: latest });
    await recordRotation(client, target, { journal, rotatedAt: later });
    await expect(recordRotation(client, target, { journal, rotatedAt })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("a later rotation of this client, begun at 2026-09-01"),
    });
    expect(await inspectRotation(target, { journal })).toMatchObject({ startedAt: later });
  });

  test("corrects a date that was recorded, to an earlier one, too", async () => {
    const { client, target, journal } = world();
    await recordRotation(client, target, { journal, rotatedAt });
    const earlier = new Date("2026-07-01T00:00:00.000Z");
    expect(await recordRotation(client, target, { journal, rotatedAt: earlier })).toMatchObject({ startedAt: earlier });
  });

  test.each([finishRotation, resumeRotation])("leaves no rotation that could be finished or resumed", async (go) => {
    const { client, target, journal } = world();
    await recordRotation(client, target, { journal, rotatedAt });
    await expect(go(client, target, { journal, sinks, endOverlap: true })).rejects.toMatchObject({
      code: "no-rotation",
      nextStep: "rotate",
      message: expect.stringContaining("The date of this secret was recorded by hand."),
    });
  });

  test("refuses a date that is to come, or none, before anything is sent", async () => {
    const { sandbox, client, target, journal } = world();
    for (const date of [new Date(Date.now() + 60_000), new Date(Number.NaN)])
      await expect(recordRotation(client, target, { journal, rotatedAt: date })).rejects.toMatchObject({
        code: "usage",
      });
    expect(sandbox.requests).toEqual([]);
  });

  test("says so where it was ended by a signal, or the client cannot be read", async () => {
    const { client, target, journal, sandbox } = world();
    const controller = new AbortController();
    const aborting = client.withOptions({
      fetch: (...given) => {
        controller.abort(new Error("ended"));
        return sandbox.fetch(...given);
      },
    });
    const options = { journal, rotatedAt, signal: controller.signal };
    await expect(recordRotation(aborting, target, options)).rejects.toMatchObject({ code: "interrupted" });

    sandbox.faults.push({ operation: "oauth-clients-get", kind: "challenge", times: 9 });
    const failing = recordRotation(client.withOptions({ maxRetries: 0 }), target, { journal, rotatedAt });
    await expect(failing).rejects.toMatchObject({ name: "RotationError", code: "api-failed" });
    expect(await inspectRotation(target, { journal })).toBeUndefined();
  });

  test("gives way to whoever writes meanwhile", async () => {
    const { client, target, journal } = world();
    const first = new Date("2026-07-01T00:00:00.000Z");
    let isRaced = false;
    const racing: Journal = {
      latest: (key) => journal.latest(key),
      erase: (key, before) => journal.erase(key, before),
      append: async (key, sequence, entry) => {
        if (!isRaced) await recordRotation(client, target, { journal, rotatedAt: first });
        isRaced = true;
        return journal.append(key, sequence, entry);
      },
    };
    await expect(recordRotation(client, target, { journal: racing, rotatedAt })).rejects.toMatchObject({
      code: "locked",
    });
    expect(await inspectRotation(target, { journal })).toMatchObject({ startedAt: first });
  });

  test("refuses a client without a secret", async () => {
    const sandbox = createSandbox({ clients: [{ client_id: clientId, token_endpoint_auth_method: "none" }] });
    const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch: sandbox.fetch });
    const recording = recordRotation(
      client,
      { accountId: sandbox.accountId, clientId },
      { journal: new MemoryJournal(), rotatedAt },
    );
    await expect(recording).rejects.toMatchObject({ code: "no-client-secret" });
  });
});

test("a date that is not past, or a client without a secret, is refused; this very moment is not", async () => {
  const { client, target, journal } = world();
  await expect(
    recordRotation(client, target, { journal, rotatedAt: new Date(Date.now() + 60_000) }),
  ).rejects.toMatchObject({ code: "usage" });
  vi.useFakeTimers({ toFake: ["Date"], now: rotatedAt });
  expect(await recordRotation(client, target, { journal, rotatedAt })).toMatchObject({ startedAt: rotatedAt });
});

test("what a rotation was abandoned for knows no age: an earlier date is recorded after it", async () => {
  const { client, target, journal } = world();
  client.api.use({
    onRequest: ({ request }) => {
      const errors = [{ code: 7003, message: "no" }];
      return request.method === "POST" ? Response.json({ success: false, errors }, { status: 400 }) : undefined;
    },
  });
  await expect(rotateClientSecret(client, target, { journal, sinks, verify: false, check: false })).rejects.toThrow();
  expect(await inspectRotation(target, { journal })).toMatchObject({ abandoned: expect.any(String) });
  expect(await recordRotation(client, target, { journal, rotatedAt })).toMatchObject({ startedAt: rotatedAt });
  expect((await journal.latest(`${target.accountId}/${clientId}`))?.sequence).toBeGreaterThan(2);
});

test("a run that was ended by a signal says so", async () => {
  const { client, target, journal } = world();
  await expect(
    recordRotation(client, target, { journal, rotatedAt, signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ code: "interrupted" });
});

test("a failure that is none of the client's is not dressed up as one", async () => {
  const { client, target, journal } = world();
  const fault = new TypeError("x is not a function");
  vi.spyOn(client.iam.oauthClients, "get").mockImplementationOnce(() => {
    throw fault;
  });
  await expect(recordRotation(client, target, { journal, rotatedAt })).rejects.toBe(fault);
});
