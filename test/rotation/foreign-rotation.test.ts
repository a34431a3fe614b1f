import { beforeEach, describe, expect, test, vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { type Phase, parseEntry } from "../../src/rotation/entry.ts";
import { MemoryJournal } from "../../src/rotation/index.ts";
import {
  changeNamedBy,
  clientId,
  failure,
  holdClock,
  Process,
  settle,
  showing,
  sleep,
  untilDone,
  verified,
  World,
} from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** A world in which a rotation rests, with both secrets working and ours deployed. */
/** The client's `updated_at`, as the server has it now. */
async function updatedAt(world: World): Promise<string> {
  return (await world.elsewhere.read()).updated_at ?? "";
}

describe.each(["keep", "replace"] as const)("where the server would %s a second rotation", (onSecondRotation) => {
  test("finishing after another person has rotated deletes nothing, and says why", async () => {
    const world = await verified({ onSecondRotation });
    await world.elsewhere.rotate();

    const finish = new Process(world);
    const error = await failure(finish.run("finish"));

    expect(error).toMatchObject({ code: "client-changed", phase: "verified", nextStep: undefined });
    expect(error.message).toContain(`changed the client since this rotation, at ${await updatedAt(world)}`);
    expect(error.message).toMatch(
      /The deletion was not sent: if the change was a rotation, it would delete the secret in use/,
    );
    expect(error.message).not.toContain("fields differ");
    expect(finish.sent).not.toContain("DELETE rotate_secret");
    expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
    expect(world.outages).toEqual([]);
  });

  test("a deletion that was lost is not repeated once another person has rotated", async () => {
    const world = await verified({ onSecondRotation });
    world.sandbox.faults.push({ operation: "oauth-clients-delete-rotated-secret", kind: "lost" });
    expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "outcome-unknown" });
    await world.elsewhere.rotate();

    const resume = new Process(world);
    const error = await failure(resume.run("resume"));

    expect(error).toMatchObject({ code: "client-changed", phase: "finishing" });
    expect(error.message).toContain(await updatedAt(world));
    // Nothing that a verification could find would change it.
    expect(resume.sent.filter((what) => !what.startsWith("GET"))).toEqual([]);
    expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  });

  test.each([
    ["during the last confirmation is noticed before the deletion", false],
    ["while a lost deletion settles is noticed before it is repeated", true],
  ])("another person's rotation %s", async (_, isLost) => {
    const world = await verified({ onSecondRotation });
    if (isLost) {
      world.sandbox.faults.push({ operation: "oauth-clients-delete-rotated-secret", kind: "lost" });
      await failure(new Process(world).run("finish"));
    }
    const finish = new Process(world);
    const sink = {
      name: "service",
      deliver: async () => {},
      readBack: async () => {
        await world.elsewhere.rotate();
        return world.deployed;
      },
    };

    expect(await failure(finish.run("finish", { sinks: [sink] }))).toMatchObject({ code: "client-changed" });
    expect(finish.sent).not.toContain("DELETE rotate_secret");
    expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
  });
});

test("where the server refuses a second rotation, another person's attempt changes nothing, and finish continues", async () => {
  const world = await verified({ onSecondRotation: "refuse" });
  await expect(world.elsewhere.rotate()).rejects.toThrow("409");

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a change of something else is shown by the names of the fields, and accepted by the time that was shown", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  await world.elsewhere.rename("Another name");

  const error = await failure(new Process(world).run("finish"));
  expect(error.message).toContain("These fields differ: client_name.");
  expect(world.deletes).toBe(0);

  const acceptChange = changeNamedBy(error);
  expect(acceptChange).toBe(await updatedAt(world));
  expect(await settle(new Process(world).run("finish", { acceptChange }))).toMatchObject({ phase: "done" });
  expect(world.deletes).toBe(1);
});

test("a change of the authentication method is shown as a change, not as a refused secret", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  const { accountId: account_id, apiToken, fetch } = world.sandbox;
  const { oauthClients } = new Cloudflare({ apiToken, fetch }).iam;
  await oauthClients.update(clientId, { account_id, token_endpoint_auth_method: "client_secret_post" });

  const error = await failure(new Process(world).run("finish"));
  expect(error).toMatchObject({ code: "client-changed", nextStep: undefined });
  expect(error.message).toContain("token_endpoint_auth_method");
  expect(world.deletes).toBe(0);
});

test("an accepted change does not cover a later one", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  await world.elsewhere.rename("Another name");
  const acceptChange = await updatedAt(world);
  await world.elsewhere.rotate();

  const error = await failure(new Process(world).run("finish", { acceptChange }));
  expect(error).toMatchObject({ code: "client-changed" });
  expect(error.message).toContain(await updatedAt(world));
  expect(world.deletes).toBe(0);
});

test("an accepted rotation of another person costs our secret, which is told, and recovering leads to done", async () => {
  const world = await verified({ onSecondRotation: "keep" });
  await world.elsewhere.rotate();
  const acceptChange = await updatedAt(world);

  const error = await failure(new Process(world).run("finish", { acceptChange }));
  expect(error).toMatchObject({ code: "verification-failed", phase: "finishing", nextStep: "finish" });
  const again = await failure(new Process(world).run("finish"));
  expect(again).toMatchObject({ code: "verification-failed", phase: "finishing", nextStep: undefined });
  expect(again.message).toContain("recover");
  await untilDone(world, {}, "recover");
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("without updated_at nothing tells whether another person has rotated, so finish asks for the change to be accepted", async () => {
  const world = await verified({ onSecondRotation: "keep", updatedAt: "absent" });

  const error = await failure(new Process(world).run("finish"));
  expect(error).toMatchObject({ code: "client-changed", nextStep: undefined });
  expect(error.message).toContain("Nothing shows whether anybody else has changed the client");
  expect(changeNamedBy(error)).toBe("none");
  expect(world.deletes).toBe(0);

  expect(await settle(new Process(world).run("finish", { acceptChange: "none" }))).toMatchObject({ phase: "done" });
});

test("where rotating does not move updated_at, it cannot show another person's rotation, so it is not relied on", async () => {
  const world = await verified({ onSecondRotation: "keep", updatedAt: "still" });
  await world.elsewhere.rotate();

  const error = await failure(new Process(world).run("finish"));
  expect(error).toMatchObject({ code: "client-changed", nextStep: undefined });
  expect(error.message).toContain("Nothing shows whether anybody else has changed the client");
  expect(world.deletes).toBe(0);
  expect(world.sandbox.accepts(clientId, world.deployed)).toBe(true);
});

test("where rotating does not move updated_at, the change that was shown can be accepted", async () => {
  const world = await verified({ onSecondRotation: "keep", updatedAt: "still" });
  const acceptChange = await updatedAt(world);

  expect(await settle(new Process(world).run("finish", { acceptChange }))).toMatchObject({ phase: "done" });
});

test("a rotation of another person before our first look at the client is not taken for our own, nor ours delivered", async () => {
  const world = new World({ onSecondRotation: "keep" });
  const { deployed } = world;
  const rotate = new Process(world);
  // As if the machine had slept between the response and the first read.
  rotate.onMoment = ({ what, point }) => {
    if (what === "append issued" && point === "after") vi.setSystemTime(Date.now() + 3000);
  };
  world.network = async (what, send) => {
    if (what.startsWith("GET a1") && world.posts === 1) await world.elsewhere.rotate();
    return send();
  };

  expect(await failure(rotate.run("rotate"))).toMatchObject({ code: "client-changed", phase: "issued" });
  expect(world.deployed).toBe(deployed);
  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
  expect(world.deletes).toBe(0);
});

test("whether a change is our own is judged by the server's clock, however late its response is read", async () => {
  const world = new World({ onSecondRotation: "keep" });
  const { deployed } = world;
  world.network = async (what, send) => {
    const response = await send();
    if (what === "POST rotate_secret") {
      vi.setSystemTime(Date.now() + 3_600_000);
      await world.elsewhere.rotate();
    }
    return response;
  };

  expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "client-changed", phase: "issued" });
  expect(world.deployed).toBe(deployed);
  expect(world.deletes).toBe(0);
});

test("a rotation of another person between two of our runs is not taken for our own, however soon it comes", async () => {
  const world = new World({ onSecondRotation: "keep" });
  const closed = { name: "service", deliver: () => Promise.reject(new Error("not now")) };
  await failure(new Process(world).run("rotate", { sinks: [closed], check: false }));
  const { deployed } = world;
  await world.elsewhere.rotate();

  expect(await failure(new Process(world).run("resume"))).toMatchObject({ code: "client-changed", phase: "issued" });
  expect(world.deployed).toBe(deployed);
});

test.each([
  ["two seconds after our rotation is taken for its trace", 2000, true],
  ["later is not", 2001, false],
] as const)("a change %s", async (_, after, isOurs) => {
  const world = new World();
  const updated_at = new Date(Date.now() + after).toISOString();
  world.network = async (what, send) => {
    const response = await send();
    if (!what.startsWith("GET a1") || world.posts === 0 || world.deletes > 0) return response;
    const body = await response.json();
    return Response.json({ ...body, result: { ...body.result, updated_at } });
  };
  const end = await settle(new Process(world).run("rotate", { finish: true })).catch((error: unknown) => error);
  expect(end).toMatchObject(isOurs ? { phase: "done" } : { code: "client-changed", phase: "issued" });
  expect(world.deletes).toBe(isOurs ? 1 : 0);
});

test("a read that lags behind again, once ours has been seen, is not taken for another person's deletion", async () => {
  const world = new World();
  const url = `${world.sandbox.baseURL}/accounts/${world.sandbox.accountId}/oauth_clients/${clientId}`;
  const before = await world.sandbox.fetch(url, { headers: { Authorization: `Bearer ${world.sandbox.apiToken}` } });
  await settle(new Process(world).run("rotate"));
  let reads = 0;
  world.network = async (what, send) => (what.startsWith("GET a1") && ++reads === 1 ? before : send());

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(reads).toBeGreaterThan(1);
  expect(world.deletes).toBe(1);
  expect(world.sandbox.secretsOf(clientId)).toEqual([world.deployed]);
});

test("a read that lags behind our rotation is not taken for the client as it was left", async () => {
  const world = await verified({ onSecondRotation: "keep", readLag: 5000 });

  expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  expect(world.deletes).toBe(1);
});

/** A world, and a journal of it that takes so long over a phase's entry that somebody else rotates meanwhile. */
function overtaken(onSecondRotation: "keep" | "replace", during: Phase) {
  const journal = new MemoryJournal();
  const world = new World({ onSecondRotation }, journal);
  const { append } = journal;
  const seen = { theirs: "" };
  journal.append = async (key, sequence, text) => {
    if (parseEntry(text)?.phase === during) {
      journal.append = append;
      seen.theirs = await world.elsewhere.rotate();
      vi.setSystemTime(Date.now() + 10_000);
    }
    return append.call(journal, key, sequence, text);
  };
  return { world, seen };
}

test("a rotation by another person while the journal notes the request is seen before a secret is asked for", async () => {
  const { world, seen } = overtaken("replace", "requesting");
  const rotate = new Process(world);

  expect(await failure(rotate.run("rotate"))).toMatchObject({ code: "rotation-in-progress", nextStep: undefined });
  expect(rotate.sent).not.toContain("POST rotate_secret");
  expect(world.sandbox.accepts(clientId, seen.theirs)).toBe(true);
  expect(await world.latest()).toMatchObject({
    phase: "done",
    abandoned: "another person or process rotated the client first",
  });
});

test("a rotation by another person while the journal notes the deletion is seen before anything is deleted", async () => {
  const { world, seen } = overtaken("keep", "finishing");
  await settle(new Process(world).run("rotate"));
  const finish = new Process(world);

  expect(await failure(finish.run("finish"))).toMatchObject({ code: "client-changed", nextStep: undefined });
  expect(finish.sent).not.toContain("DELETE rotate_secret");
  for (const secret of [seen.theirs, world.deployed]) expect(world.sandbox.accepts(clientId, secret)).toBe(true);
});

test("another person's rotation that a slow read has shown is not undone by a later read that lags", async () => {
  const world = new World({ onSecondRotation: "keep" });
  const { deployed } = world;
  let ours: Response | undefined;
  world.network = async (what, send) => {
    if (!what.startsWith("GET a1") || world.posts === 0) return send();
    // What the later ones show is from before it.
    if (ours) return ours.clone();
    ours = await send();
    await sleep(3000);
    await world.elsewhere.rotate();
    return send();
  };

  expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "client-changed", phase: "issued" });
  expect(world.deployed).toBe(deployed);
});

test("before a request, another person's rotation that one read has shown is not undone by the next that lags", async () => {
  const world = new World({ onSecondRotation: "keep" });
  await settle(new Process(world).run("rotate", { finish: true }));
  const before = await world.elsewhere.read();
  await vi.advanceTimersByTimeAsync(1000);
  await world.elsewhere.rotate();
  let reads = 0;
  showing(world, (client) => (++reads === 2 ? before : client));

  expect(await failure(new Process(world).run("rotate"))).toMatchObject({ code: "rotation-in-progress" });
  expect(reads).toBeGreaterThan(2);
  // Ours, and theirs.
  expect(world.posts).toBe(2);
});

test("once no read has shown what our rotation left, a later run does not take another person's change for it", async () => {
  const options = { onSecondRotation: "keep", updatedAt: "still" } as const;
  const declining = { verify: false, check: false } as const;
  const whole = new Process(new World(options));
  await settle(whole.run("rotate", declining));
  const index = whole.moments.findIndex(({ what }) => what === "deliver");
  const world = new World(options);
  const ended = new Process(world, index);
  ended.run("rotate", declining).catch(() => undefined);
  await settle(ended.ended);
  await world.elsewhere.rename("Another name");

  await settle(new Process(world).run("resume"));
  expect(await failure(new Process(world).run("finish"))).toMatchObject({ code: "client-changed" });
  expect(world.deletes).toBe(0);
});
