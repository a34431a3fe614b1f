import { beforeEach, describe, expect, test } from "vitest";
import { inspectRotation, type Journal, JournalKeyError, MemoryJournal, sealed } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, verified } from "../support/rotation-world.ts";

const key = new Uint8Array(32).fill(7);
const other = new Uint8Array(32).fill(8);

/** An entry with a secret, as it is stored. */
async function stored(entry = '{"rotation":"r1","secret":"s3cret"}'): Promise<{ inner: Journal; text: string }> {
  const inner = new MemoryJournal();
  await sealed(inner, key).append("a/c", 1, entry);
  return { inner, text: (await inner.latest("a/c"))?.entry ?? "" };
}

test("what is stored is not what was written, and no two times the same", async () => {
  const [first, second] = [await stored(), await stored()];
  expect(first.text).not.toContain("s3cret");
  expect(first.text).not.toBe(second.text);
  expect(await sealed(first.inner, key).latest("a/c")).toEqual({
    hasOlder: false,
    sequence: 1,
    entry: '{"rotation":"r1","secret":"s3cret"}',
  });
});

test.each([0, 16, 31, 33])("a key of %i bytes is refused", (length) => {
  expect(() => sealed(new MemoryJournal(), new Uint8Array(length))).toThrow(/32 bytes/);
});

describe("an entry is not opened", () => {
  test("by another key", async () => {
    const { inner } = await stored();
    await expect(sealed(inner, other).latest("a/c")).rejects.toThrow(JournalKeyError);
  });

  test.each([
    ["in the log of another client", "a/other", 1],
    ["at another sequence", "a/c", 2],
  ])("%s", async (_, log, sequence) => {
    const { inner, text } = await stored();
    await inner.append(log, sequence, text);
    await expect(sealed(inner, key).latest(log)).rejects.toThrow(JournalKeyError);
  });

  test.each([
    ["as another rotation's", (text: string) => text.replace('"r1"', '"r2"')],
    ["with a part of it changed", (text: string) => text.replace(/"data":"./, '"data":"_')],
    ["cut", (text: string) => text.slice(0, -20)],
    ["empty", () => ""],
    ["that is null", () => "null"],
    ["that is sealed in another form", (text: string) => text.replace('"sealed":1', '"sealed":2')],
    ["that lacks its data", (text: string) => text.replace(/,"data":.*/, "}")],
    ["whose data are no text", (text: string) => text.replace(/"data":.*/, '"data":7}')],
    ["whose rotation is none", (text: string) => text.replace('"r1"', "1")],
    ["that was never sealed", () => '{"version":1,"phase":"done"}'],
  ])("%s", async (_, change) => {
    const { text } = await stored();
    const inner = new MemoryJournal();
    await inner.append("a/c", 1, change(text));
    await expect(sealed(inner, key).latest("a/c")).rejects.toThrow(JournalKeyError);
  });
});

describe("a rotation", () => {
  beforeEach(() => holdClock());
  test("continues and ends in a sealed journal, which never holds the secret in plain", async () => {
    const inner = new MemoryJournal();
    const written: string[] = [];
    const watched: Journal = {
      latest: (log) => inner.latest(log),
      erase: (log, before) => inner.erase(log, before),
      append: (log, sequence, entry) => {
        written.push(entry);
        return inner.append(log, sequence, entry);
      },
    };
    const world = await verified({}, sealed(watched, key));
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
    expect(written.length).toBeGreaterThan(5);
    for (const entry of written) expect(entry).not.toContain(world.deployed);
  });

  test("is refused by a journal whose key does not fit: nothing is sent, and nothing overwritten", async () => {
    const inner = new MemoryJournal();
    const world = await verified({}, sealed(inner, key));
    const before = await inner.latest(`${world.sandbox.accountId}/${clientId}`);

    const finish = new Process(world);
    const error = await failure(finish.run("finish", { journal: sealed(inner, other) }));
    expect(error).toMatchObject({ code: "journal-mismatch" });
    expect(error.message).toContain("the key does not fit");
    expect(finish.sent).toEqual([]);
    expect(await inner.latest(`${world.sandbox.accountId}/${clientId}`)).toEqual(before);
    const target = { accountId: world.sandbox.accountId, clientId };
    await expect(inspectRotation(target, { journal: sealed(inner, other) })).rejects.toThrow("the key does not fit");
  });
});

test("older entries are erased in the journal that is sealed", async () => {
  const { inner, text } = await stored();
  await inner.append("a/c", 2, text);
  await sealed(inner, key).erase("a/c", 2);
  expect(await inner.latest("a/c")).toMatchObject({ sequence: 2, hasOlder: false });
});

test.each(["no JSON", "null", '{"rotation":7}'])(
  "what is no entry of a rotation is kept as it is: %s",
  async (entry) => {
    const { inner } = await stored(entry);
    expect(await sealed(inner, key).latest("a/c")).toMatchObject({ entry });
  },
);
