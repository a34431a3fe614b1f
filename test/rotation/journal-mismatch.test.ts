import { beforeEach, describe, expect, test, vi } from "vitest";
import { knownSecrets } from "../../src/client/known-secrets.ts";
import { type Entry, journalKey, parseEntry } from "../../src/rotation/entry.ts";
import { inspectRotation, MemoryJournal, type Phase } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";

beforeEach(() => holdClock());
/** The entry, as a text, that a rotation wrote as it entered a phase. */
async function entryAt(phase: Phase): Promise<Entry> {
  const world = new World();
  const process = new Process(world);
  const entries: Entry[] = [];
  const append = world.journal.append.bind(world.journal);
  vi.spyOn(world.journal, "append").mockImplementation((key, sequence, text) => {
    entries.push(JSON.parse(text));
    return append(key, sequence, text);
  });
  await settle(process.run("rotate", { finish: true }));
  const entry = entries.find((one) => one.phase === phase);
  if (!entry) throw new Error(`no entry ${phase}`);
  return entry;
}

/** A world whose journal has this one entry. */
async function holding(text: string): Promise<World> {
  const world = new World({}, new MemoryJournal());
  await world.journal.append(journalKey(world.sandbox.accountId, clientId), 1, text);
  return world;
}

async function expectLeftAlone(world: World, text: string): Promise<void> {
  for (const command of ["rotate", "resume", "finish", "recover"] as const) {
    const error = await failure(new Process(world).run(command));
    expect(error.code, command).toBe("journal-mismatch");
  }
  expect(world.deployed).toBe(world.sandbox.secretsOf(clientId)[0]);
  expect(world.sandbox.requests).toHaveLength(0);
  const latest = await world.journal.latest(journalKey(world.sandbox.accountId, clientId));
  expect(latest).toEqual({ sequence: 1, entry: text, hasOlder: false });
}

describe("an entry is refused, and left byte for byte, that is", () => {
  test.each(["", "\0\0\0\0", "null", "[]", "{}", '"done"', '{"version":2}', "not JSON"])("%j", async (text) => {
    await expectLeftAlone(await holding(text), text);
  });

  test.each(["null", "true", "1", '"done"', "[]", "{}"])("%j, of which it is said that it is none", async (text) => {
    expect(parseEntry(text)).toBeUndefined();
    const error = await failure(new Process(await holding(text)).run("rotate"));
    expect(error.message).toContain("is empty, incomplete or not an entry");
  });

  test.each([
    ["client", null],
    ["declined", null],
    ["proofs", null],
    ["proofs", "none"],
    ["sinks", { 0: "service" }],
    ["delivered", "service"],
    ["rotation", 1],
    ["issuer", null],
    ["secret", null],
  ])("one whose %s is %j", async (name, value) => {
    const text = JSON.stringify({ ...(await entryAt("delivered")), [name]: value });
    await expectLeftAlone(await holding(text), text);
  });

  test("cut, wherever it is", async () => {
    const text = JSON.stringify(await entryAt("issued"));
    for (const length of [1, 10, 100, text.length / 2, text.length - 1])
      await expectLeftAlone(await holding(text.slice(0, length)), text.slice(0, length));
  });

  test.each([
    ["of another account", { accountId: "f".repeat(32) }],
    ["of another client", { clientId: "another" }],
    ["of another API", { baseURL: "https://api.example.com" }],
    ["of an unknown phase", { phase: "paused" }],
    ["of another version", { version: 2 }],
  ])("%s", async (_, changes) => {
    const text = JSON.stringify({ ...(await entryAt("issued")), ...changes });
    await expectLeftAlone(await holding(text), text);
  });

  test.each(["issued", "delivered", "verified", "finishing"] as const)(
    "without the secret, though it is %s",
    async (phase) => {
      const { secret, ...rest } = await entryAt(phase);
      expect(secret).toBeDefined();
      await expectLeftAlone(await holding(JSON.stringify(rest)), JSON.stringify(rest));
    },
  );

  test.each(["client", "declined", "proofs", "sinks", "delivered", "sha256"] as const)(
    "without its %s",
    async (name) => {
      const rest: Partial<Entry> = { ...(await entryAt("delivered")) };
      delete rest[name];
      await expectLeftAlone(await holding(JSON.stringify(rest)), JSON.stringify(rest));
    },
  );
});

test("the API that an entry is of is named, so that the right one can be chosen", async () => {
  const baseURL = "https://api.example.com";
  const world = await holding(JSON.stringify({ ...(await entryAt("verified")), baseURL }));

  const error = await failure(new Process(world).run("finish"));
  expect(error.message).toContain(baseURL);
});

test("inspecting refuses such an entry too", async () => {
  const world = await holding("");
  const run = inspectRotation({ accountId: world.sandbox.accountId, clientId }, world);
  expect(await failure(run)).toMatchObject({ code: "journal-mismatch" });
});

describe("what is read as an entry", () => {
  test("makes its secret known, so that it is cut out of what commands print", async () => {
    const world = new World();
    await settle(new Process(world).run("rotate"));
    const entry = (await world.latest()) as Entry;
    expect(parseEntry(JSON.stringify({ ...entry, secret: "of-another-process" }))?.secret).toBe("of-another-process");
    expect(knownSecrets()).toContain("of-another-process");
    // In an earlier phase there is none.
    const { secret, sha256, ...without } = entry;
    expect(parseEntry(JSON.stringify({ ...without, phase: "requesting" }))).toBeDefined();
    expect(knownSecrets()).not.toContain(undefined);
  });
});
