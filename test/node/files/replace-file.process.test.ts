import { once } from "node:events";
import type { PathLike } from "node:fs";
import fs, {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { replaceFile } from "../../../src/node/files/replace-file.ts";
import { deliver, deliverAsNobody, deliverMounted, isRoot, list, nobody, useFolder } from "./file-system.ts";

/** Comes between, just before a call that is not made if it throws. */
const hooks: { rename?: (from: string, to: string) => Promise<void>; open?: (path: string) => Promise<void> } = {};

vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof fs>();
  const mocked = {
    ...original,
    rename: async (from: PathLike, to: PathLike) => {
      await hooks.rename?.(String(from), String(to));
      return original.rename(from, to);
    },
    open: async (...given: Parameters<typeof fs.open>) => {
      await hooks.open?.(String(given[0]));
      return original.open(...given);
    },
  };
  return { ...mocked, default: mocked };
});

vi.setConfig({ testTimeout: 60_000 });

const folder = useFolder();
afterEach(() => {
  delete hooks.rename;
  delete hooks.open;
});

/** Makes a file, and returns its path. */
async function file(name: string, content: string, mode = 0o644): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  await chmod(path, mode);
  return path;
}

const toNew = () => Buffer.from("new");

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

describe("a file that is replaced", () => {
  test.each([0o644, 0o640, 0o600, 0o400, 0o4755, 0o2664])("keeps its mode (%o)", async (mode) => {
    const path = await file("a", "old", mode);
    await replaceFile(path, toNew);
    expect(await list(folder.path)).toEqual([`${mode.toString(8)} a: new`]);
  });

  test("is another, under the name of the old one, so that no reader sees a part of it", async () => {
    const path = await file("a", "old");
    const before = await stat(path);
    await replaceFile(path, (old) => Buffer.concat([old ?? Buffer.alloc(0), Buffer.from(" and new")]));
    expect(await readFile(path, "utf8")).toBe("old and new");
    expect((await stat(path)).ino).not.toBe(before.ino);
  });

  test("is beside it with no looser mode until it takes its place, and whole then", async () => {
    const path = await file("a", "old", 0o640);
    const seen: string[] = [];
    hooks.open = async () => {
      seen.push(...(await list(folder.path)).filter((one) => !/ a: |-turn-/.test(one)));
    };
    hooks.rename = async (from) => {
      seen.push(...(await list(folder.path)).filter((one) => !one.includes("-turn-")));
      expect(from.startsWith(`${folder.path}/.cf-oauth-`)).toBe(true);
    };
    await replaceFile(path, toNew);
    expect(seen).toEqual([expect.stringMatching(/^640 \.cf-oauth-[0-9a-f]+-[0-9a-f]+\.tmp: new$/), "640 a: old"]);
  });

  test("keeps its link, and so do those on the way", async () => {
    await mkdir(join(folder.path, "shared"));
    await file("shared/.env", "old", 0o640);
    await symlink("shared/.env", join(folder.path, "second"));
    await symlink("second", join(folder.path, "first"));
    await replaceFile(join(folder.path, "first"), toNew);
    for (const name of ["first", "second"]) expect((await lstat(join(folder.path, name))).isSymbolicLink()).toBe(true);
    expect(await list(join(folder.path, "shared"))).toEqual(["640 .env: new"]);
    expect((await lstat(join(folder.path, "shared/.env"))).isFile()).toBe(true);
  });

  test("keeps its other names, which go on to show the same", async () => {
    const path = await file("a", "a long old content", 0o640);
    await link(path, join(folder.path, "b"));
    await replaceFile(path, toNew);
    expect(await list(folder.path)).toEqual(["640 a: new", "640 b: new"]);
  });

  test("keeps owner and group, where root replaces it", async (context) => {
    if (!isRoot) context.skip("only root can give a file away");
    const path = await file("a", "old", 0o640);
    await chown(path, nobody, 1234);
    await replaceFile(path, toNew);
    expect(await list(folder.path)).toEqual(["640 a: new"]);
    expect(await stat(path)).toMatchObject({ uid: nobody, gid: 1234 });
  });

  test("keeps owner and group, where they could not be given to a new one", async (context) => {
    const [path, other] = [await file("a", "old", 0o666), await file("b", "old", 0o660)];
    await chmod(folder.path, 0o777);
    if (isRoot) await chown(other, nobody, 0);
    for (const one of [path, other]) {
      const before = await stat(one);
      expect(await deliverAsNobody(context, folder, { spec: `file:${one}`, secret: "new" })).toEqual({});
      const { uid, gid, ino } = before;
      expect(await stat(one)).toMatchObject({ uid, gid, ino });
    }
    expect(await list(folder.path)).toEqual(["666 a: new", "660 b: new"]);
  });

  test("is written to in place in a folder that takes no file", async (context) => {
    const path = await file("a", "old", 0o666);
    await chmod(folder.path, 0o755);
    const state = await mkdtemp(join(tmpdir(), "state-"));
    const task = { spec: `file:${path}`, secret: "new", state };
    expect((await deliverAsNobody(context, folder, task)).message).toContain(`, nor in ${state}/cf-oauth/files/`);
    expect(await list(folder.path)).toEqual(["666 a: old"]);
    await chmod(state, 0o777);
    expect(await deliverAsNobody(context, folder, task)).toEqual({});
    expect(await list(folder.path)).toEqual(["666 a: new"]);
    // A file of the same name in another folder has nothing to do with it.
    await mkdir(join(folder.path, "b"));
    await writeFile(join(folder.path, "b/a"), "old");
    await chmod(join(folder.path, "b/a"), 0o666);
    expect(await deliverAsNobody(context, folder, { ...task, spec: `file:${folder.path}/b/a` })).toEqual({});
    const folders = await readdir(join(state, "cf-oauth/files"));
    expect(folders).toHaveLength(2);
    for (const one of folders) expect(await readdir(join(state, "cf-oauth/files", one))).toEqual([]);
    await rm(state, { recursive: true });
  });

  test("is written to in place where it is mounted", async (context) => {
    const path = await file("a", "old and longer", 0o640);
    const { ino } = await stat(path);
    const task = { spec: `file:${path}`, secret: "new" };
    expect(deliverMounted(context, path, 'mount --bind "$p" "$p"', task, 'stat -c "%a %i" "$p"')).toEqual({
      after: `640 ${ino}\n`,
    });
    expect(await list(folder.path)).toEqual(["640 a: new"]);
  });

  test.each(["EBUSY", "EXDEV", "EPERM"])("is written to in place where renaming fails with %s", async (code) => {
    const path = await file("a", "old and longer", 0o640);
    const { ino } = await stat(path);
    hooks.rename = async (_, to) => {
      if (to === path) throw failure(code);
    };
    await replaceFile(path, toNew);
    expect(await list(folder.path)).toEqual(["640 a: new"]);
    expect((await stat(path)).ino).toBe(ino);
  });
});

test.each(["a", "b"])("what %s holds is flushed before it has its name, and the name then, too", async (name) => {
  const path = await file("a", "old");
  const probe = await fs.open(path);
  await probe.close();
  const calls: string[] = [];
  const { sync } = Object.getPrototypeOf(probe);
  const spy = vi.spyOn(Object.getPrototypeOf(probe), "sync").mockImplementation(async function (this: fs.FileHandle) {
    calls.push((await this.stat()).isDirectory() ? "sync of the folder" : `sync of ${(await this.stat()).size} bytes`);
    return sync.call(this);
  });
  hooks.rename = async () => {
    calls.push("rename");
  };
  hooks.open = async (opened) => {
    if (opened.endsWith(".tmp")) calls.push("made");
  };
  await replaceFile(join(folder.path, name), toNew);
  spy.mockRestore();
  expect(calls).toEqual(["made", "sync of 3 bytes", "rename", "sync of the folder"]);
});

describe("a new file", () => {
  test.each([0o000, 0o022, 0o777])("is its owner's alone, where the umask is %o", async (umask) => {
    const path = join(folder.path, "a");
    expect(deliver({ spec: `file:${path}`, secret: "new", umask })).toEqual({});
    expect(await list(folder.path)).toEqual(["600 a: new"]);
  });

  test.each([0o000, 0o777])("instead of one keeps the mode of that, where the umask is %o", async (umask) => {
    const path = await file("a", "old", 0o664);
    expect(deliver({ spec: `file:${path}`, secret: "new", umask })).toEqual({});
    expect(await list(folder.path)).toEqual(["664 a: new"]);
  });

  test("takes a name as long as names can be", async () => {
    const path = join(folder.path, "a".repeat(255));
    await replaceFile(path, toNew);
    await replaceFile(path, toNew);
    expect(await readdir(folder.path)).toEqual(["a".repeat(255)]);
  });

  test("in no folder is refused, naming the folder", async () => {
    const path = join(folder.path, "missing", "a");
    await expect(replaceFile(path, toNew)).rejects.toThrow(`the folder ${folder.path}/missing does not exist`);
  });
});

describe("what is not a file is refused, and nothing is written", () => {
  test("a link that leads nowhere", async () => {
    const path = join(folder.path, "a");
    await symlink("missing", path);
    await expect(replaceFile(path, toNew)).rejects.toThrow(`${path} is a link to a file that does not exist`);
    expect(await readdir(folder.path)).toEqual(["a"]);
  });

  test("a link that leads to itself", async () => {
    await symlink("a", join(folder.path, "a"));
    await expect(replaceFile(join(folder.path, "a"), toNew)).rejects.toThrow("ELOOP");
  });

  test("a directory, or a link to one", async () => {
    await mkdir(join(folder.path, "a"));
    await symlink("a", join(folder.path, "b"));
    for (const name of ["a", "b"])
      await expect(replaceFile(join(folder.path, name), toNew)).rejects.toThrow(`${folder.path}/a is a directory`);
    expect(await readdir(join(folder.path, "a"))).toEqual([]);
  });

  test.each(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])("%s, which leads to a log", async (path) => {
    await expect(replaceFile(path, toNew)).rejects.toThrow(`${path} is a stream of this process, not a file`);
  });

  // Not `/dev/null`, which root would replace if this failed.
  test("a socket", async (context) => {
    if (process.platform === "win32") context.skip("Windows has no sockets in folders");
    const path = join(folder.path, "a");
    const server = createServer().listen(path);
    await once(server, "listening");
    await expect(replaceFile(path, toNew)).rejects.toThrow(`${path} is not a regular file`);
    server.close();
  });
});

describe("a failure leaves the file as it was, and nothing beside it", () => {
  test("of the change", async () => {
    const path = await file("a", "old", 0o640);
    const { ino, mtimeMs } = await stat(path);
    const change = () => {
      throw new Error("refused");
    };
    await expect(replaceFile(path, change)).rejects.toThrow("refused");
    await expect(replaceFile(join(folder.path, "b"), change)).rejects.toThrow("refused");
    expect(await list(folder.path)).toEqual(["640 a: old"]);
    expect(await stat(path)).toMatchObject({ ino, mtimeMs });
  });

  test("of the renaming", async () => {
    const path = await file("a", "old", 0o640);
    hooks.rename = () => Promise.reject(failure("EIO"));
    await expect(replaceFile(path, toNew)).rejects.toThrow("EIO");
    await expect(replaceFile(join(folder.path, "b"), toNew)).rejects.toThrow("EIO");
    expect(await list(folder.path)).toEqual(["640 a: old"]);
  });

  const small = 'mount -t tmpfs -o size=64k tmpfs "$p"; printf old >"$p/a"; chmod 640 "$p/a"';
  const look = 'cd "$p"; ls -A; stat -c "%a %s" a; cat a';

  test("of a write half-way, since the file system is full", async (context) => {
    const task = { spec: `file:${folder.path}/a`, secret: 100_000 };
    const { code, after } = deliverMounted(context, folder.path, small, task, look);
    expect({ code, after }).toEqual({ code: "ENOSPC", after: "a\n640 3\nold" });
  });

  test("of a write half-way in place", async (context) => {
    const task = { spec: `file:${folder.path}/a`, secret: 100_000 };
    const { code, after } = deliverMounted(context, folder.path, `${small}; ln "$p/a" "$p/b"`, task, look);
    expect({ code, after }).toEqual({ code: "ENOSPC", after: "a\nb\n640 3\nold" });
  });

  test("of a new file's write half-way", async (context) => {
    const task = { spec: `file:${folder.path}/b`, secret: 100_000 };
    const { code, after } = deliverMounted(context, folder.path, small, task, look);
    expect({ code, after }).toEqual({ code: "ENOSPC", after: "a\n640 3\nold" });
  });
});

describe("a write in place that fails", () => {
  const fail = async () => {
    const probe = await fs.open(process.execPath);
    await probe.close();
    return vi.spyOn(Object.getPrototypeOf(probe), "write");
  };

  test("leaves the old content, and says so", async () => {
    const path = await file("a", "old");
    (await fail()).mockRejectedValueOnce(failure("EIO"));
    await expect(replaceFile(path, toNew, { inPlace: true })).rejects.toMatchObject({
      code: "EIO",
      message: expect.stringContaining(`writing ${path} failed: Error: EIO`),
    });
    expect(await list(folder.path)).toEqual(["644 a: old"]);
  });

  test("and whose old content cannot be restored either is named, and restored by the next run", async () => {
    const path = await file("a", "old");
    (await fail()).mockRejectedValue(failure("EIO"));
    const message = /failed, and so did restoring it: .*The next run restores it first/;
    await expect(replaceFile(path, toNew, { inPlace: true })).rejects.toThrow(message);
    vi.restoreAllMocks();
    // As if a part of it had been written.
    await writeFile(path, "nld");
    const seen: string[] = [];
    const change = (old: Buffer | undefined) => Buffer.from(`${seen.push(String(old))}`);
    await replaceFile(path, change);
    expect(seen).toEqual(["old"]);
    expect(await list(folder.path)).toEqual(["644 a: 1"]);
  });
});

describe("a file that another person changes meanwhile", () => {
  const append = (old: Buffer | undefined) => Buffer.from(`${old ?? ""}+ours`);

  test("is read again, and nothing of it is lost", async () => {
    const path = await file("a", "old");
    hooks.open = async (opened) => {
      if (!opened.endsWith(".tmp")) return;
      delete hooks.open;
      await writeFile(path, "theirs");
    };
    await replaceFile(path, append);
    expect(await list(folder.path)).toEqual(["644 a: theirs+ours"]);
  });

  test("even if it did not exist, or does not exist any more", async () => {
    const path = join(folder.path, "a");
    hooks.open = async (opened) => {
      if (!opened.endsWith(".tmp")) return;
      delete hooks.open;
      await writeFile(path, "theirs");
    };
    await replaceFile(path, append);
    expect(await readFile(path, "utf8")).toBe("theirs+ours");

    hooks.open = async (opened) => {
      if (!opened.endsWith(".tmp")) return;
      delete hooks.open;
      await rm(path);
    };
    await replaceFile(path, append);
    expect(await list(folder.path)).toEqual(["600 a: +ours"]);
  });

  test("even if it is written to in place", async () => {
    const path = await file("a", "old");
    await link(path, join(folder.path, "b"));
    let opened = 0;
    hooks.open = async (name) => {
      // Both contents are being kept then.
      if (name.endsWith(".tmp") && ++opened === 1) await writeFile(path, "theirs");
    };
    await replaceFile(path, append);
    expect(await list(folder.path)).toEqual(["644 a: theirs+ours", "644 b: theirs+ours"]);
  });

  test("is refused if it belongs to them by then, except where they could not have created it", async (context) => {
    if (!isRoot) return context.skip("only root can give files away");
    const path = await file("a", "old");
    for (const mode of [0o777, 0o1777, 0o755]) {
      await chmod(folder.path, mode);
      await chown(path, 0, 0);
      // After the check of its path.
      hooks.open = async (opened) => {
        if (opened.endsWith("/a")) await chown(path, nobody, nobody);
      };
      const replacing = replaceFile(path, toNew);
      if (mode === 0o755) await replacing;
      else
        await expect(replacing).rejects.toMatchObject({
          message: expect.stringContaining(`the file ${path} belongs to another user (uid ${nobody})`),
        });
      expect(await list(folder.path)).toEqual([mode === 0o755 ? "644 a: new" : "644 a: old"]);
    }
  });

  test("again and again is abandoned", async () => {
    const path = await file("a", "old");
    let count = 0;
    hooks.open = async (opened) => {
      if (opened.endsWith(".tmp")) await writeFile(path, `theirs ${++count}`);
    };
    await expect(replaceFile(path, append)).rejects.toThrow("another program changed");
    expect(await list(folder.path)).toEqual([`644 a: theirs ${count}`]);
  });
});

test("what a crash has left in the folder is removed by the next change of any file there, but not what is another program's", async () => {
  const path = await file("a", "old");
  await file("b", "old");
  const others = [".cf-oauth-0123456789ab-1.tmp", "c.tmp"];
  for (const one of others) await file(one, "theirs");
  hooks.rename = (from) => fs.copyFile(from, from.replace(/[0-9a-f]{16}\.tmp$/, `${"0".repeat(16)}.tmp`));
  await replaceFile(path, toNew);
  delete hooks.rename;
  expect(await readdir(folder.path)).toHaveLength(5);
  await replaceFile(join(folder.path, "b"), toNew);
  expect((await readdir(folder.path)).sort()).toEqual([...others, "a", "b"].sort());
});

test("those who change a file at the same time take turns, and no change is lost", async () => {
  const path = await file("a", "");
  await Promise.all([..."123456"].map((mine) => replaceFile(path, (old) => Buffer.from(`${old ?? ""}${mine}`))));
  expect([...(await readFile(path, "utf8"))].sort().join("")).toBe("123456");
  expect(await readdir(folder.path)).toEqual(["a"]);
});
