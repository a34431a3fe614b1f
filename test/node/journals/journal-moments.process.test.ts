import { execFile } from "node:child_process";
import type { PathLike } from "node:fs";
import type fs from "node:fs/promises";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FileJournal } from "../../../src/node/index.ts";
import { type Phase, sealed } from "../../../src/rotation/index.ts";
import { entryOf } from "../../support/entries.ts";
import { journalConformance } from "../../support/journal-conformance.ts";

/** Comes between, just before a call that is not made if it throws. */
const hooks: { link?: () => Promise<void>; rename?: (from: string, to: string) => Promise<void>; rm?: () => void } = {};

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  const mocked = {
    ...original,
    link: async (from: PathLike, to: PathLike) => {
      await hooks.link?.();
      return original.link(from, to);
    },
    rename: async (from: PathLike, to: PathLike) => {
      await hooks.rename?.(String(from), String(to));
      return original.rename(from, to);
    },
    rm: async (...given: Parameters<typeof fs.rm>) => {
      hooks.rm?.();
      return original.rm(...given);
    },
  };
  return { ...mocked, default: mocked };
});

// The machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

const key = "account/client";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "journal-"));
});
afterEach(async () => {
  delete hooks.link;
  delete hooks.rename;
  delete hooks.rm;
  await rm(root, { recursive: true, force: true });
});

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: made by the test`), { code });
}

/** Lets something happen as an entry gets its name: by a link, or by renaming where there are no links. */
function asEntryIsNamed(without: boolean, happens: () => Promise<void>): void {
  if (without) takeLinksAway();
  hooks[without ? "rename" : "link"] = happens;
}

/** From now on the file system has no hard links. */
function takeLinksAway(code = "EPERM"): void {
  hooks.link = async () => fail(code);
}

describe("on a file system without hard links", () => {
  beforeEach(() => takeLinksAway());

  for (const [name, open] of [
    ["the file journal", (directory: string) => new FileJournal(directory)],
    ["a sealed file journal", (directory: string) => sealed(new FileJournal(directory), new Uint8Array(32))],
  ] as const)
    journalConformance(name, async () => {
      const directory = await mkdtemp(join(tmpdir(), "journal-"));
      return {
        journal: open(directory),
        reopen: async () => open(directory),
        close: () => rm(directory, { recursive: true, force: true }),
      };
    });
});

test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EISDIR"])(
  "an entry needs no hard link, which fails with %s",
  async (code) => {
    takeLinksAway(code);
    const journal = new FileJournal(root);
    expect(await journal.append(key, 1, "entry")).toBe(true);
    expect(await journal.append(key, 1, "another")).toBe(false);
    expect(await journal.latest(key)).toEqual({ sequence: 1, entry: "entry", hasOlder: false });
    expect(await namesOfLog()).toEqual(["1.json"]);
  },
);

test("a log can have entries of both kinds, and neither replaces the other", async () => {
  const journal = new FileJournal(root);
  await journal.append(key, 1, "a file");
  takeLinksAway();
  expect(await journal.append(key, 1, "another")).toBe(false);
  expect(await journal.append(key, 2, "a folder")).toBe(true);
  delete hooks.link;
  expect(await journal.append(key, 2, "another")).toBe(false);
  expect(await journal.latest(key)).toEqual({ sequence: 2, entry: "a folder", hasOlder: true });
  await journal.erase(key, 2);
  expect(await namesOfLog()).toEqual(["2.json"]);
});

test("an entry whose folder somebody has emptied is an empty entry, not none", async () => {
  takeLinksAway();
  const journal = new FileJournal(root);
  await journal.append(key, 1, "entry 1");
  await journal.append(key, 2, "entry 2");
  await rm(join(await folderOfLog(), "2.json", "entry"));
  expect(await journal.latest(key)).toEqual({ sequence: 2, entry: "" });
});

test("any other failure is the append's, which leaves nothing", async () => {
  takeLinksAway("EIO");
  const journal = new FileJournal(root);
  await expect(journal.append(key, 1, "entry")).rejects.toThrow("EIO");
  expect(await namesOfLog()).toEqual([]);
});

test("what cannot be cleaned up does not hide how an append has ended", async () => {
  hooks.rm = () => fail("EIO");
  const journal = new FileJournal(root);
  expect(await journal.append(key, 1, "entry")).toBe(true);
  expect(await journal.append(key, 1, "another")).toBe(false);
  takeLinksAway();
  expect(await journal.append(key, 2, "entry")).toBe(true);
  expect(await journal.append(key, 2, "another")).toBe(false);
  takeLinksAway("ENOSPC");
  await expect(journal.append(key, 3, "entry")).rejects.toThrow("ENOSPC");
});

async function folderOfLog(): Promise<string> {
  const [folder = ""] = await readdir(root);
  return join(root, folder);
}

/** What is in the folder of the only log, but for the file that holds the key. */
async function namesOfLog(): Promise<string[]> {
  return (await readdir(await folderOfLog())).filter((name) => name !== "key").sort();
}

const requesting = entryOf("requesting");
const issued = entryOf("issued");
const beside = ".8-0123456789abcdef.tmp";

describe.each([
  ["with", false],
  ["without", true],
])("what a crash has left beside the place of the next entry, %s hard links", (_, withoutLinks) => {
  let journal: FileJournal;
  let folder: string;
  beforeEach(async () => {
    journal = new FileJournal(root);
    await journal.append(key, 7, requesting);
    folder = await folderOfLog();
    if (withoutLinks) takeLinksAway();
  });

  test.each(["a file", "a folder"])("is taken up if it has the new secret of the same rotation: %s", async (kind) => {
    if (kind === "a folder") {
      await mkdir(join(folder, beside));
      await writeFile(join(folder, beside, "entry"), issued);
    } else await writeFile(join(folder, beside), issued);
    const latest = { sequence: 8, entry: issued };
    const before = { ...latest, hasOlder: true };
    const readers = Array.from({ length: 5 }, () => new FileJournal(root).latest(key));
    expect(await Promise.all(readers)).toEqual(readers.map(() => before));
    expect(await namesOfLog()).toContain("8.json");
    await journal.erase(key, 8);
    expect(await namesOfLog()).toEqual(["8.json"]);
    expect(await journal.latest(key)).toEqual({ ...latest, hasOlder: false });
  });

  async function expectNotTakenUp({ hasOlder = false } = {}): Promise<void> {
    expect(await journal.latest(key)).toEqual({ sequence: 7, entry: requesting, hasOlder });
    expect(await namesOfLog()).not.toContain("8.json");
  }

  test("is not if it is cut anywhere", async () => {
    for (let length = 0; length < issued.length; length += 7) {
      await writeFile(join(folder, beside), issued.slice(0, length));
      await expectNotTakenUp();
    }
    await writeFile(join(folder, beside), "\0".repeat(issued.length));
    await expectNotTakenUp();
  });

  test.each<Phase>(["requesting", "delivered", "verified", "finishing", "recovering", "done"])(
    "is not if it is of the phase %s",
    async (phase) => {
      await writeFile(join(folder, beside), entryOf(phase));
      await expectNotTakenUp();
    },
  );

  test("is not if it is of another rotation", async () => {
    await writeFile(join(folder, beside), entryOf("issued", { rotation: "another" }));
    await expectNotTakenUp();
  });

  test.each([6, 7, 9, 80])("is not if it is for the sequence %i", async (sequence) => {
    await writeFile(join(folder, `.${sequence}-0123456789abcdef.tmp`), issued);
    await expectNotTakenUp({ hasOlder: sequence <= 7 });
    expect((await namesOfLog()).filter((name) => name.endsWith(".json"))).toEqual(["7.json"]);
  });

  test("is not if it is no regular file", async () => {
    await writeFile(join(root, "elsewhere"), issued);
    await mkdir(join(root, "folder"));
    await writeFile(join(root, "folder", "entry"), issued);
    await symlink(join(root, "elsewhere"), join(folder, ".8-01.tmp"));
    await symlink(join(root, "folder"), join(folder, ".8-02.tmp"));
    await mkdir(join(folder, ".8-03.tmp"));
    await mkdir(join(folder, ".8-04.tmp"));
    await symlink(join(root, "elsewhere"), join(folder, ".8-04.tmp", "entry"));
    await mkdir(join(folder, ".8-05.tmp", "entry"), { recursive: true });
    await promisify(execFile)("mkfifo", [join(folder, ".8-06.tmp")]);
    expect(await journal.latest(key)).toEqual({ sequence: 7, entry: requesting, hasOlder: false });
    expect(await namesOfLog()).not.toContain("8.json");
  });

  test("is not if the latest entry is damaged, or there is none", async () => {
    await writeFile(join(folder, beside), issued);
    await writeFile(join(folder, "7.json"), requesting.slice(0, -1));
    expect(await journal.latest(key)).toEqual({ sequence: 7, entry: requesting.slice(0, -1), hasOlder: false });
    await rm(join(folder, "7.json"));
    expect(await journal.latest(key)).toBeUndefined();
  });

  test("stays if it cannot be taken up now, and is taken up later", async () => {
    await writeFile(join(folder, beside), issued);
    takeLinksAway(withoutLinks ? "EPERM" : "EIO");
    hooks.rename = async () => fail("EIO");
    await expect(journal.latest(key)).rejects.toThrow("EIO");
    // In the second of two renamings, too.
    let count = 0;
    hooks.rename = async () => (++count === 2 ? fail("EIO") : undefined);
    await expect(journal.latest(key)).rejects.toThrow("EIO");
    delete hooks.rename;
    delete hooks.link;
    expect(await journal.latest(key)).toEqual({ sequence: 8, entry: issued, hasOlder: true });
  });
});

describe("somebody who reads while an entry is about to get its name", () => {
  test.each(["link", "rename", "second rename"])(
    "takes it up before %s, and its writer wins all the same",
    async (moment) => {
      const journal = new FileJournal(root);
      await journal.append(key, 1, requesting);
      const reader = new FileJournal(root);
      let read: unknown;
      const readNow = async () => {
        if (moment === "link") delete hooks.link;
        delete hooks.rename;
        read = await reader.latest(key);
      };
      if (moment === "link") hooks.link = readNow;
      else {
        takeLinksAway();
        let count = 0;
        hooks.rename = async () => {
          if (++count === (moment === "rename" ? 1 : 2)) await readNow();
        };
      }
      expect(await journal.append(key, 2, issued)).toBe(true);
      expect(read).toEqual({ sequence: 2, entry: issued, hasOlder: true });
      expect(await journal.latest(key)).toEqual({ sequence: 2, entry: issued, hasOlder: true });
      await journal.erase(key, 2);
      expect(await namesOfLog()).toEqual(["2.json"]);
    },
  );

  test.each([false, true])(
    "may be interrupted by a failure: its writer continues (without links: %s)",
    async (without) => {
      const journal = new FileJournal(root);
      await journal.append(key, 1, requesting);
      const lose = async () => {
        delete hooks.link;
        delete hooks.rename;
        if (without) takeLinksAway();
        let count = 0;
        hooks.rename = async () => (++count === 2 ? fail("EIO") : undefined);
        await new FileJournal(root).latest(key).catch(() => undefined);
        delete hooks.rename;
      };
      asEntryIsNamed(without, lose);
      expect(await journal.append(key, 2, issued)).toBe(true);
      expect(await journal.latest(key)).toEqual({ sequence: 2, entry: issued, hasOlder: true });
    },
  );

  test.each([false, true])(
    "and another who appends: an entry is nobody's but the winner's (without links: %s)",
    async (without) => {
      const journal = new FileJournal(root);
      await journal.append(key, 1, requesting);
      const theirs = entryOf("requesting", { writtenBy: "another run" });
      const win = async () => {
        delete hooks.link;
        delete hooks.rename;
        if (without) takeLinksAway();
        expect(await new FileJournal(root).append(key, 2, theirs)).toBe(true);
      };
      asEntryIsNamed(without, win);
      expect(await journal.append(key, 2, issued)).toBe(false);
      expect(await journal.latest(key)).toEqual({ sequence: 2, entry: theirs, hasOlder: true });
    },
  );

  test.each([false, true])(
    "or removes it: its writer is not told that it has won (without links: %s)",
    async (without) => {
      const journal = new FileJournal(root);
      await journal.append(key, 1, requesting);
      const remove = async () => {
        for (const name of await namesOfLog())
          if (name.endsWith(".tmp")) await rm(join(await folderOfLog(), name), { recursive: true });
      };
      asEntryIsNamed(without, remove);
      await expect(journal.append(key, 2, issued)).rejects.toThrow("somebody has removed entry 2");
      expect(await journal.latest(key)).toEqual({ sequence: 1, entry: requesting, hasOlder: false });
    },
  );
});
