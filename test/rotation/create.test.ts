import { beforeEach, describe, expect, test, vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { journalKey } from "../../src/rotation/entry.ts";
import { createOAuthClient, RotationError, type RotationOptions } from "../../src/rotation/index.ts";
import type { FaultKind, SandboxOptions } from "../../src/sandbox/index.ts";
import { newClient } from "../support/new-client.ts";
import { Random } from "../support/random.ts";
import { failure, holdClock, Process, refusal, settle, sleep, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());

const operation = "oauth-clients-create";
const { client_name: name } = newClient;

/** An account without clients, a journal and a sink. */
function empty(options: SandboxOptions = {}): World {
  return new World({ clients: [], ...options });
}

function create(world: World, options: Partial<RotationOptions> = {}) {
  return settle(new Process(world).run("create", options));
}

/** The ids of the clients that have the name, as the API has them without any lag. */
async function named(world: World): Promise<string[]> {
  await settle(sleep(60_000));
  const { accountId: account_id, apiToken, baseURL, fetch } = world.sandbox;
  const page = await new Cloudflare({ apiToken, baseURL, fetch }).iam.oauthClients.list({ account_id });
  return (page.result ?? []).filter(({ client_name }) => client_name === name).map(({ client_id }) => client_id);
}

/** Creates again and finishes, as the messages say, until the secret is delivered and nothing else works. */
async function untilCreated(world: World): Promise<string> {
  for (let count = 0; count < 6; count++) {
    const end = await create(world).catch((error: unknown) => error);
    if (end instanceof RotationError && end.nextStep === "create") continue;
    const [clientId = ""] = await named(world);
    world.clientId = clientId;
    if (end instanceof RotationError && end.code === "secret-missing") {
      // The response to the rotation was lost, too: that nothing uses the first secret is a person's to say.
      await settle(new Process(world).run("recover", { finish: true }));
      return clientId;
    }
    if (end instanceof Error) throw end;
    const { phase, nextStep } = end as Awaited<ReturnType<typeof create>>;
    if (phase === "done") return clientId;
    expect({ phase, nextStep }).toEqual({ phase: "verified", nextStep: "finish" });
    await settle(new Process(world).run("finish"));
    return clientId;
  }
  throw new Error("The client is not created after six tries.");
}

describe("createOAuthClient", () => {
  test("creates a client, delivers its secret, confirms it, and keeps it nowhere else", async () => {
    const world = empty();
    const rotation = await create(world);
    const [clientId] = await named(world);
    expect(rotation).toMatchObject({ phase: "done", clientId, delivered: ["service"], nextStep: undefined });
    expect(rotation.summary).toBe("The new secret was delivered and verified.");
    expect(rotation.revealSecret()).toBeUndefined();
    expect(world.sandbox.secretsOf(clientId ?? "")).toEqual([world.deployed]);
    const { accountId } = world.sandbox;
    const log = await world.journal.latest(journalKey(accountId, clientId ?? ""));
    expect(log?.entry).not.toContain(world.deployed);
    expect([world.posts, world.deletes]).toEqual([0, 0]);
  });

  test("run again, creates nothing and says how it ended; also if the client was changed since", async () => {
    const world = empty();
    const first = await create(world);
    const requests = world.sandbox.count(operation);
    const process = new Process(world);
    world.clientId = first.clientId;
    await world.elsewhere.rename(name);
    const again = await settle(process.run("create"));
    expect(again).toMatchObject({ phase: "done", clientId: first.clientId, sha256: first.sha256 });
    expect(world.sandbox.count(operation)).toBe(requests);
    expect(process.events.filter(({ type }) => type === "warning")).toEqual([]);
  });

  test("run again, erases what a process that ended before it could do so has left in the journal", async () => {
    const world = empty();
    const erase = vi.spyOn(world.journal, "erase").mockRejectedValueOnce(new Error("EBUSY"));
    const { clientId } = await create(world);
    erase.mockClear();
    await create(world);
    const key = journalKey(world.sandbox.accountId, clientId);
    const { sequence } = (await world.journal.latest(key)) ?? {};
    expect(erase).toHaveBeenCalledWith(key, sequence);
  });

  test("creates another client once the first was deleted", async () => {
    const world = empty();
    const { clientId } = await create(world);
    const { accountId: account_id, apiToken, baseURL, fetch } = world.sandbox;
    await new Cloudflare({ apiToken, baseURL, fetch }).iam.oauthClients.delete(clientId, { account_id });
    world.deployed = "";
    const second = await create(world);
    expect(second.clientId).not.toBe(clientId);
    expect(await named(world)).toEqual([second.clientId]);
  });

  test("does not repeat a later rotation that was abandoned", async () => {
    const world = empty();
    const { clientId } = await create(world);
    world.clientId = clientId;
    world.sandbox.faults.push({ operation: "oauth-clients-rotate-secret", kind: "throttled" });
    await failure(new Process(world).run("rotate"));
    expect(await create(world)).toMatchObject({ phase: "done", abandoned: expect.stringContaining("429") });
    expect(world.posts).toBe(1);
  });

  test("refuses a name that another client has, before anything is sent or written", async () => {
    const world = new World({ clients: [{ client_id: "0123456789abcdef0123456789abcdef", client_name: name }] });
    const error = await failure(new Process(world).run("create"));
    expect(error).toMatchObject({ code: "client-exists", nextStep: undefined, phase: undefined });
    expect(error.message).toMatch(/^A client named Billing exists already: [0-9a-f]{32}\. Nothing was changed\./);
    expect(world.sandbox.count(operation)).toBe(0);
    expect(await world.latest()).toBeUndefined();
  });

  test("refuses a name that another client got while the sinks and the issuer were tried", async () => {
    const world = empty();
    const preflight = async (): Promise<undefined> => {
      await sleep(3000);
      const { accountId: account_id, apiToken, baseURL, fetch } = world.sandbox;
      await new Cloudflare({ apiToken, baseURL, fetch }).iam.oauthClients.create({ account_id, ...newClient });
    };
    const sinks = [{ name: "slow", preflight, deliver: async () => {} }];
    const error = await failure(new Process(world).run("create", { sinks }));
    expect(error).toMatchObject({ code: "client-exists", phase: undefined });
    expect(world.sandbox.count(operation)).toBe(1);
  });

  test.each([
    ["under way", undefined, "The new secret was verified."],
    ["done", false, "Nothing was changed. To deliver a new secret there, rotate it."],
  ] as const)("run again with other sinks, refuses: the creation is %s", async (_, check, standing) => {
    const world = empty();
    let deliveries = 0;
    const sink = (name: string) => ({ name, deliver: async () => void deliveries++ });
    const first = await create(world, { sinks: [sink("blind")], check });
    const error = await failure(new Process(world).run("create", { sinks: [sink("other")] }));
    expect(error).toMatchObject({ code: "client-exists", nextStep: undefined, state: { clientId: first.clientId } });
    expect(error.message).toContain(
      `created earlier (${first.clientId}), and its secret was not delivered to other. ${standing}`,
    );
    expect(deliveries).toBe(1);
  });

  test.each([undefined, false] as const)("run again with other settings, says so (check %s)", async (check) => {
    const world = empty();
    const options = { sinks: [{ name: "blind", deliver: async () => {} }], check };
    const { clientId } = await create(world, options);
    const process = new Process(world);
    const { accountId: account_id, apiToken, baseURL, fetch } = world.sandbox;
    const client = new Cloudflare({ apiToken, baseURL, fetch });
    const onEvent = process.events.push.bind(process.events);
    const given = { account_id, ...newClient, scopes: ["zone.read"] };
    await settle(
      createOAuthClient(client, given, { ...options, journal: world.journal, onEvent: (event) => onEvent(event) }),
    );
    expect(process.events).toContainEqual({
      type: "warning",
      message: `The client ${clientId} exists with other settings, which were not changed: scopes.`,
    });
  });

  test("creates another client once one was deleted whose creation was under way, and forgets its secret", async () => {
    const world = empty();
    const sinks = [{ name: "blind", deliver: async () => {} }];
    const first = await create(world, { sinks });
    const { accountId, apiToken, baseURL, fetch } = world.sandbox;
    const { oauthClients } = new Cloudflare({ apiToken, baseURL, fetch }).iam;
    await oauthClients.delete(first.clientId, { account_id: accountId });
    world.deployed = "";
    const second = await create(world);
    expect(second).toMatchObject({ phase: "done", delivered: ["service"] });
    expect(await named(world)).toEqual([second.clientId]);
    const log = await world.journal.latest(journalKey(accountId, first.clientId));
    expect(log).toMatchObject({ hasOlder: false, entry: expect.stringContaining("the client was deleted") });
    expect(log?.entry).not.toContain(first.revealSecret());
  });

  test("keeps the secret in the journal until the deployment is confirmed", async () => {
    const world = empty();
    let stored = "";
    const deliver = async (secret: string) => {
      stored = secret;
    };
    const sinks = [{ name: "blind", deliver }];
    const rotation = await create(world, { sinks });
    expect(rotation).toMatchObject({ phase: "verified", nextStep: undefined });
    expect(rotation.summary).toContain("Finishing needs a check or a read-back for blind, or the check declined.");
    expect(rotation.revealSecret()).toBe(stored);
    world.clientId = rotation.clientId;
    const done = await settle(new Process(world).run("finish", { sinks, check: false }));
    expect(done).toMatchObject({ phase: "done", nextStep: undefined });
    expect(world.deletes).toBe(0);
  });

  test("ends at once with the check declined", async () => {
    const world = empty();
    const sinks = [{ name: "blind", deliver: async () => {} }];
    expect(await create(world, { sinks, check: false })).toMatchObject({ phase: "done" });
  });

  test("is not led astray by a change of the client before the delivery", async () => {
    const world = empty();
    const broken = { name: "service", deliver: () => Promise.reject(new Error("down")) };
    const error = await failure(new Process(world).run("create", { sinks: [broken] }));
    expect(error).toMatchObject({ code: "delivery-failed", nextStep: "resume", phase: "issued" });
    expect(error.message).toContain("0 of 1 sinks have it.");
    world.clientId = error.state?.clientId ?? "";
    await sleepAndRename(world);
    expect(await failure(new Process(world).run("resume"))).toMatchObject({ code: "client-changed" });
  });

  async function sleepAndRename(world: World): Promise<void> {
    await settle(sleep(5000));
    await world.elsewhere.rename("Invoices");
  }

  const faults: readonly (readonly [FaultKind, boolean, RotationError["code"]])[] = [
    ["error", false, "outcome-unknown"],
    ["error-applied", true, "outcome-unknown"],
    ["late", true, "outcome-unknown"],
    ["lost", false, "outcome-unknown"],
    ["silent", true, "outcome-unknown"],
    ["reset", false, "outcome-unknown"],
    ["reset-applied", true, "outcome-unknown"],
    ["malformed", true, "outcome-unknown"],
    ["throttled", false, "api-failed"],
    ["challenge", false, "api-failed"],
  ];

  describe.each([0, 5000])("where reads lag by %i ms", (readLag) => {
    test.each(faults)("a request that meets %s makes one client in the end", async (kind, applied, code) => {
      const world = empty({ readLag, faults: [{ operation, kind, ...(kind === "late" && { delay: 20_000 }) }] });
      const error = await failure(new Process(world).run("create", {}, { timeout: 1000 }));
      expect(error).toMatchObject({ code, nextStep: "create" });
      const clientId = await untilCreated(world);
      expect(await named(world)).toEqual([clientId]);
      // A secret that nobody has is replaced by a rotation.
      expect([world.sandbox.count(operation), world.posts, world.deletes]).toEqual(applied ? [1, 1, 1] : [2, 0, 0]);
      expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
    });
  });

  test("rotates a lost secret again if the API refused to rotate it once", async () => {
    const rotate = "oauth-clients-rotate-secret";
    const faults = [{ operation, kind: "error-applied" } as const, { operation: rotate, kind: "throttled" } as const];
    const world = empty({ faults });
    expect(await failure(new Process(world).run("create"))).toMatchObject({ nextStep: "create" });
    expect(await failure(new Process(world).run("create"))).toMatchObject({ code: "api-failed", nextStep: "rotate" });
    const clientId = await untilCreated(world);
    expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
  });

  test("what is refused for good has no next step", async () => {
    const world = empty();
    world.network = async (what, send) => (what === "POST oauth_clients" ? refusal(400) : send());
    expect(await failure(new Process(world).run("create"))).toMatchObject({ code: "api-failed", nextStep: undefined });
  });

  test("refuses what cannot have a secret, and a name that may not be found again, before anything is sent", async () => {
    const world = empty();
    const { accountId: account_id, apiToken, baseURL, fetch } = world.sandbox;
    const client = new Cloudflare({ apiToken, baseURL, fetch });
    const options = { journal: world.journal, sinks: [{ name: "a", deliver: async () => {} }] };
    for (const wrong of [
      { token_endpoint_auth_method: "none" as const },
      { client_name: "" },
      { client_name: "a " },
      { client_name: "a\nb" },
    ])
      await expect(createOAuthClient(client, { account_id, ...newClient, ...wrong }, options)).rejects.toMatchObject({
        code: "usage",
      });
    await expect(createOAuthClient(client, { account_id, ...newClient }, { ...options, sinks: [] })).rejects.toThrow(
      "Give at least one sink",
    );
    expect(world.sandbox.requests).toEqual([]);
  });
});

describe.each([0, 5000])("where reads lag by %i ms", (readLag) => {
  const random = new Random(`reads ${readLag} ms late`);
  let kills = 0;

  test("processes that create can end at any point: there is one client, and no secret that arrived is lost", async () => {
    const whole = new Process(empty({ readLag }));
    await settle(whole.run("create"));
    for (const first of whole.moments.keys())
      for (let turn = 0; turn < 6; turn++) {
        const world = empty({ readLag });
        const ends: string[] = [];
        // The one that continues is ended, too.
        for (const index of [first, random.between(0, 40)].slice(0, turn === 0 ? 1 : 2)) {
          const process = new Process(world, index);
          const run = process.run("create").catch(() => undefined);
          await settle(Promise.race([process.ended, run]));
          const { what, point } = process.moments[index] ?? {};
          if (what) ends.push(`${point} ${what}`);
        }
        kills += ends.length;
        const at = ends.join(", then ");

        const clientId = await untilCreated(world);
        expect(await named(world), at).toEqual([clientId]);
        expect(world.sandbox.secretsOf(clientId), at).toEqual([world.deployed]);
        // A rotation is needed only for a secret that never came to be in the journal.
        const isLost = ends.some((end) => /^lost-\S+ POST|^before append issued/.test(end));
        if (!isLost) expect(world.posts, at).toBe(0);
        const latest = await world.journal.latest(journalKey(world.sandbox.accountId, clientId));
        expect(latest?.entry, at).not.toContain(world.deployed);
      }
  });

  test("prints how many were ended", () => {
    console.log(`creations, reads ${readLag} ms late: ${kills} processes ended`);
    expect(kills).toBeGreaterThan(100);
  });
});
