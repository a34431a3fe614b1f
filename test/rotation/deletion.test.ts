import { beforeEach, describe, expect, test, vi } from "vitest";
import Cloudflare, { CloudflareError } from "../../src/client/index.ts";
import { type Entry, journalKey } from "../../src/rotation/entry.ts";
import { finishRotation, inspectRotation, MemoryJournal } from "../../src/rotation/index.ts";
import {
  clientId,
  failure,
  holdClock,
  Process,
  refusal,
  settle,
  sleep,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
const deletion = "oauth-clients-delete-rotated-secret";

/** Answers a deletion with a 404, whether or not it is applied. */
function answering404(world: World, applied: boolean): void {
  world.network = async (what, send) => {
    if (what !== "DELETE rotate_secret") return send();
    if (applied) await send();
    return refusal(404, 7003, "Not found");
  };
}

test("a deletion that was applied though it timed out is found by the next finish, and not repeated", async () => {
  const world = await verified({ faults: [{ operation: deletion, kind: "silent" }] });

  expect(await failure(new Process(world).run("finish"))).toMatchObject({
    code: "outcome-unknown",
    nextStep: "finish",
  });
  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.deletes).toBe(1);
});

test("a deletion that failed with a 500 leaves both secrets working, and the next finish completes it", async () => {
  const world = await verified({ faults: [{ operation: deletion, kind: "error" }] });
  const secrets = world.sandbox.secretsOf(clientId);

  const error = await failure(new Process(world).run("finish"));
  expect(error).toMatchObject({ code: "outcome-unknown", phase: "finishing", nextStep: "finish" });
  expect(error.cause).toMatchObject({ status: 500 });
  expect(error.message).toContain("Whether the old secret was deleted is not known");
  expect(world.sandbox.secretsOf(clientId)).toEqual(secrets);

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a deletion that is repeated has first had the time that a lost one may take", async () => {
  const world = await verified({ faults: [{ operation: deletion, kind: "error" }] });
  await failure(new Process(world).run("finish", {}, { timeout: 1000 }));
  await settle(new Process(world).run("finish", {}, { timeout: 1000 }));

  const [first, second] = world.sandbox.requests.filter(({ operation }) => operation === deletion);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(31_000);
});

test("a deletion answered with 404 is done where the client shows no old secret any more", async () => {
  const world = await verified();
  answering404(world, true);

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.deletes).toBe(1);
});

test("a deletion answered with 404 is not done where the client still shows an old secret", async () => {
  const world = await verified();
  answering404(world, false);

  const error = await failure(new Process(world).run("finish"));
  // The request was definitely refused; the same one would be refused again.
  expect(error).toMatchObject({ code: "api-failed", phase: "verified", nextStep: undefined });
  expect(error.message).toContain("The old secret was not deleted");
  expect(error.message).toContain("404 Not found");
});

describe("a deletion that was applied, after which the last verification", () => {
  async function deletedUnverified(): Promise<{ world: World; error: Error }> {
    const world = await verified();
    world.network = async (what, send) => {
      if (what === "DELETE rotate_secret")
        for (const operation of ["token", "revocation"] as const)
          world.sandbox.faults.push({ operation, kind: "challenge", times: Infinity });
      return send();
    };
    return { world, error: await failure(new Process(world).run("finish")) };
  }

  test("gives no verdict, is not done: the journal still holds the secret", async () => {
    const { world, error } = await deletedUnverified();

    expect(error).toMatchObject({ code: "verification-inconclusive", phase: "finishing", nextStep: "finish" });
    expect(await world.latest()).toMatchObject({ phase: "finishing", secret: world.deployed });
  });

  test("gives no verdict, is told as what it is: the old secret is gone", async () => {
    const { error } = await deletedUnverified();

    expect(error.message).not.toMatch(/no secret was deleted/i);
    expect(error.message).toMatch(/the old (secret|one) (is|was|has been) (gone|deleted)/i);
  });

  test("gives no verdict, is completed by the next finish without another deletion", async () => {
    const { world } = await deletedUnverified();
    world.sandbox.faults.length = 0;
    world.network = (_, send) => send();

    const { phase, summary } = await settle(new Process(world).run("finish"));
    expect(phase).toBe("done");
    // Not only that reads show no old secret.
    expect(summary).toContain("confirmed");
    expect(world.deletes).toBe(1);
  });

  test("is a refusal, keeps the secret in the journal; refused once more, it is to be recovered from", async () => {
    const world = await verified();
    const verify = async () => (world.deletes ? "refused" : "accepted") as "refused" | "accepted";

    const finish = new Process(world);
    const error = await failure(finish.run("finish", { verify }));
    // Announced, and refused: no more is written.
    expect(finish.moments.filter(({ what, point }) => what === "append finishing" && point === "before")).toHaveLength(
      2,
    );
    // Replicas may be late; once.
    expect(error).toMatchObject({ code: "verification-failed", phase: "finishing", nextStep: "finish" });
    const again = await failure(new Process(world).run("finish", { verify }));

    expect(again).toMatchObject({ code: "verification-failed", phase: "finishing", nextStep: undefined });
    expect(again.message).toContain("recover (may cause downtime)");
    expect(world.deletes).toBe(1);
    expect((await world.latest())?.secret).toBe(world.deployed);
  });
});

describe("before the rotation is done", () => {
  test("the journal is not erased by whoever looks into it or continues", async () => {
    const world = await verified();
    const erase = vi.spyOn(world.journal, "erase");

    await inspectRotation({ accountId: world.sandbox.accountId, clientId }, world);
    await settle(new Process(world).run("resume"));
    expect(erase).not.toHaveBeenCalled();
  });

  test("the journal shows no time of its end, nor, until it is verified, from when on it can be finished", async () => {
    const world = new World({ issuer: { learnsNever: true } });
    await failure(new Process(world).run("rotate"));

    const state = await inspectRotation({ accountId: world.sandbox.accountId, clientId }, world);
    expect(state).toMatchObject({ phase: "delivered", finishFrom: undefined, finishedAt: undefined });
  });
});

describe("once the rotation is done", () => {
  test("the secret has left the journal, and its digest has not", async () => {
    const world = await verified();
    const { sha256 } = (await world.latest()) ?? {};
    await settle(new Process(world).run("finish"));

    const entry: Partial<Entry> = (await world.latest()) ?? {};
    expect(entry).toMatchObject({ phase: "done", sha256 });
    expect(JSON.stringify(entry)).not.toContain(world.deployed);
  });

  test("the older entries are erased", async () => {
    const journal = new MemoryJournal();
    const world = new World({}, journal);
    const erase = vi.spyOn(journal, "erase");
    await settle(new Process(world).run("rotate", { finish: true }));

    const key = journalKey(world.sandbox.accountId, clientId);
    const { sequence = 0 } = (await journal.latest(key)) ?? {};
    expect(erase).toHaveBeenCalledWith(key, sequence);
    // Free again, so gone.
    expect(await journal.append(key, sequence - 1, "{}")).toBe(true);
  });

  test("finishing again sends nothing and succeeds", async () => {
    const world = await verified();
    await settle(new Process(world).run("finish"));

    const again = new Process(world);
    expect(await settle(again.run("finish"))).toMatchObject({ phase: "done", nextStep: undefined });
    expect(again.sent).toEqual([]);
  });

  test("finishing again needs nothing but the journal", async () => {
    const world = await verified();
    await settle(new Process(world).run("finish"));
    const { sandbox, journal } = world;
    const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch: sandbox.fetch });

    const finish = finishRotation(client, { accountId: sandbox.accountId, clientId }, { journal });
    expect(await settle(finish)).toMatchObject({ phase: "done" });
  });

  test("the result has no secret to reveal any more", async () => {
    const world = await verified();
    const done = await settle(new Process(world).run("finish"));
    expect(done.revealSecret()).toBeUndefined();
  });

  test("the journal shows what was done, without asking the server", async () => {
    const world = await verified();
    await settle(new Process(world).run("finish"));
    const before = world.sandbox.requests.length;

    const state = await inspectRotation({ accountId: world.sandbox.accountId, clientId }, world);
    expect(state).toMatchObject({ phase: "done", nextStep: undefined, finishedAt: new Date() });
    expect(world.sandbox.requests).toHaveLength(before);
  });

  test("the next rotation of the client begins, and is another one", async () => {
    const world = await verified();
    await settle(new Process(world).run("finish"));
    const { rotation } = (await world.latest()) ?? {};

    await settle(new Process(world).run("rotate"));
    expect((await world.latest())?.rotation).not.toBe(rotation);
    expect(world.posts).toBe(2);
  });

  test("a read that lags behind the deletion does not keep the next rotation from beginning", async () => {
    const world = await verified({ readLag: 5000 });
    await settle(new Process(world).run("finish"));

    expect(await settle(new Process(world).run("rotate"))).toMatchObject({ phase: "verified" });
  });
});

test("the secret stays in the journal until it was accepted after the deletion", async () => {
  const world = await verified();
  const process = new Process(world);
  await settle(process.run("finish"));

  const done = process.moments.map(({ what }) => what);
  expect(done.slice(done.lastIndexOf("DELETE rotate_secret") + 1, done.indexOf("append done"))).toEqual(
    Array(3).fill("POST token"),
  );
});

test("a deletion that the client below refuses to send is withdrawn, and the next finish sends it at once", async () => {
  const world = await verified();
  const { sandbox, journal } = world;
  const client = new Cloudflare({ apiToken: sandbox.apiToken, baseURL: sandbox.baseURL, fetch: sandbox.fetch });
  vi.spyOn(client.iam.oauthClients, "deleteRotatedSecret").mockImplementationOnce(() => {
    throw new CloudflareError("No credentials. Nothing was sent.");
  });
  const options = { journal, fetch: sandbox.fetch, check: async () => true };
  const finish = () => finishRotation(client, { accountId: sandbox.accountId, clientId }, options);

  expect(await failure(finish())).toMatchObject({ code: "credentials-refused", phase: "verified", nextStep: "finish" });
  const start = Date.now();
  expect(await settle(finish())).toMatchObject({ phase: "done" });
  expect(Date.now() - start).toBeLessThan(10_000);
});

test("a lost deletion that is applied late is waited for, though somebody has changed the client meanwhile", async () => {
  const world = await verified({ faults: [{ operation: deletion, kind: "late", delay: 20_000 }] });
  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "outcome-unknown" });
  await world.elsewhere.rename("Another name");

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.deletes).toBe(1);
});

test("a refusal just after a deletion that took long to be answered may be a late replica's", async () => {
  const world = await verified({ updatedAt: "still" });
  const { updated_at } = (await world.latest())?.client ?? {};
  world.network = async (what, send) => {
    if (what !== "DELETE rotate_secret") return send();
    await sleep(40_000);
    await world.elsewhere.deleteOld();
    return refusal(404, 7003, "Not found");
  };
  let asked = 0;
  const verify = async () => (asked++ === 0 ? ("accepted" as const) : ("refused" as const));
  const options = { verify, acceptChange: updated_at };

  expect(await failure(new Process(world).run("finish", options, { timeout: 60_000 }))).toMatchObject({
    code: "verification-failed",
    nextStep: "finish",
  });
});
