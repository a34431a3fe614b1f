/** Where a file cannot be written, the preflight says so; what it says can be written, is. */
import { spawnSync } from "node:child_process";
import fs, { chmod, chown, link, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, type TestContext, test, vi } from "vitest";
import { fileSink } from "../../../src/node/index.ts";
import { deliver, deliverAsNobody, deliverMounted, isRoot, list, nobody, useFolder } from "./file-system.ts";

vi.setConfig({ testTimeout: 120_000 });

const folder = useFolder();
const context = { signal: new AbortController().signal };
afterEach(() => vi.restoreAllMocks());

async function file(name: string, mode = 0o600): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, "old");
  await chmod(path, mode);
  return path;
}

/** Sets an attribute of ext4 and the like for the length of some work; skips the test where there is none. */
async function withAttribute(context: TestContext, attribute: string, path: string, work: () => Promise<void>) {
  const set = spawnSync("chattr", [`+${attribute}`, path], { encoding: "utf8" });
  if (set.status !== 0) context.skip(`no file can be given +${attribute} here (${set.error?.message ?? set.stderr})`);
  try {
    await work();
  } finally {
    spawnSync("chattr", [`-${attribute}`, path]);
  }
}

async function expectRefused(path: string, message: RegExp | string): Promise<void> {
  await expect(fileSink({ path }).preflight?.(context)).rejects.toThrow(message);
  await expect(fileSink({ path }).deliver("new", context)).rejects.toThrow();
}

describe("is refused before and when it is written", () => {
  test.each(["i", "a"])("a file with the attribute %s", async (attribute) => {
    const path = await file("a");
    await withAttribute({ skip: console.log } as never, attribute, path, async () => {
      await expectRefused(path, "EPERM");
      expect(await list(folder.path)).toEqual(["600 a: old"]);
    });
  });

  test("a new file in an immutable folder", async (context) => {
    await withAttribute(context, "i", folder.path, async () => {
      await expectRefused(join(folder.path, "a"), "cannot create a file in");
    });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("another user's file that only its owner may write to", async (context) => {
    for (const mode of [0o400, 0o444, 0o644]) {
      const path = await file("a", mode);
      await chmod(folder.path, 0o1777);
      const task = { spec: `file:${path}`, secret: "new" };
      expect((await deliverAsNobody(context, folder, { ...task, isRehearsal: true })).code).toBe("EACCES");
      expect((await deliverAsNobody(context, folder, task)).code).toBe("EACCES");
      expect(await list(folder.path)).toEqual([`${mode.toString(8)} a: old`]);
    }
  });

  const small = 'mount -t tmpfs -o size=64k tmpfs "$p"; printf old >"$p/a"; chmod 600 "$p/a"';
  const full = `${small}; head -c 65536 /dev/zero >"$p/b" 2>/dev/null || true`;
  test.each(["a", "c"])("%s on a full file system", (name) => {
    const task = { spec: `file:${folder.path}/${name}`, secret: "new", isRehearsal: true };
    const look = 'cd "$p"; ls -A; cat a';
    const skip = { skip: (reason: string) => reason } as unknown as TestContext;
    const { code, after } = deliverMounted(skip, folder.path, full, task, look);
    expect({ code, after }).toEqual({ code: "ENOSPC", after: "a\nb\nold" });
  });

  test("a file mounted read-only", async (context) => {
    const path = await file("a");
    const mount = 'mount --bind "$p" "$p"; mount -o remount,bind,ro "$p"';
    for (const isRehearsal of [true, false]) {
      const task = { spec: `file:${path}`, secret: "new", isRehearsal };
      expect(deliverMounted(context, path, mount, task, 'cat "$p"')).toMatchObject({ code: "EROFS", after: "old" });
    }
    expect(await readdir(folder.path)).toEqual(["a"]);
  });
});

describe("is accepted, and written", () => {
  test("a file of mode 0400 that is ours", async () => {
    const path = await file("a", 0o400);
    for (const isRehearsal of [true, false])
      expect(
        deliver({ spec: `file:${path}`, secret: "new", isRehearsal }, isRoot ? undefined : process.getuid?.()),
      ).toEqual({});
    expect(await list(folder.path)).toEqual(["400 a: new"]);
  });

  test("a file on a file system that refuses modes, in place if need be", async () => {
    const path = await file("a", 0o644);
    const { ino } = await stat(path);
    const probe = await fs.open(path);
    await probe.close();
    const refused = Object.assign(new Error("EPERM: made by the test"), { code: "EPERM" });
    vi.spyOn(Object.getPrototypeOf(probe), "chmod").mockRejectedValue(refused);
    expect(await fileSink({ path }).preflight?.(context)).toContain("can read");
    expect(await list(folder.path)).toEqual(["644 a: old"]);
    await fileSink({ path }).deliver("new", context);
    expect(await list(folder.path)).toEqual(["644 a: new"]);
    expect((await stat(path)).ino).toBe(ino);
  });

  test("a mounted file, which keeps its number", async (context) => {
    const path = await file("a");
    const { ino } = await stat(path);
    const look = 'stat -c %i "$p"; ls -A "$(dirname "$p")"';
    for (const isRehearsal of [true, false]) {
      const task = { spec: `file:${path}`, secret: "new", isRehearsal };
      expect(deliverMounted(context, path, 'mount --bind "$p" "$p"', task, look)).toEqual({ after: `${ino}\na\n` });
      expect(await readFile(path, "utf8")).toBe(isRehearsal ? "old" : "new");
    }
  });

  test("a file that somebody has mounted elsewhere, if it is asked for", async () => {
    const path = await file("a");
    const { ino } = await stat(path);
    const sink = fileSink({ path, inPlace: true });
    await sink.preflight?.(context);
    await sink.deliver("new", context);
    expect(await list(folder.path)).toEqual(["600 a: new"]);
    expect((await stat(path)).ino).toBe(ino);
  });
});

describe("of other users is refused, before and when it is written", () => {
  const asOther = (work: string) => {
    if (!isRoot) console.log(`${work}: not tried, since only root can give files away`);
    return isRoot;
  };
  const message = (kind: string) =>
    new RegExp(`the ${kind} .* belongs to another user \\(uid ${nobody}\\).* or run this as uid ${nobody}`);

  test("a file in a folder of everybody's", async () => {
    if (!asOther("a file")) return;
    const path = await file("a", 0o666);
    await chown(path, nobody, nobody);
    for (const mode of [0o1777, 0o777]) {
      await chmod(folder.path, mode);
      await expectRefused(path, message("file"));
    }
    await chmod(folder.path, 0o755);
    await fileSink({ path }).deliver("root may write a service's file", context);
  });

  test("a link in a folder of everybody's, or one that leads to another person's file", async () => {
    if (!asOther("a link")) return;
    const path = await file("target");
    await symlink("target", join(folder.path, "link"));
    await fs.lchown(join(folder.path, "link"), nobody, nobody);
    await expectRefused(join(folder.path, "link"), message("link"));
    await chown(path, nobody, nobody);
    await fileSink({ path: join(folder.path, "link") }).deliver("both are the service's", context);
    await chmod(folder.path, 0o1777);
    await expectRefused(join(folder.path, "link"), message("link"));
    await fs.lchown(join(folder.path, "link"), 0, 0);
    await expectRefused(join(folder.path, "link"), message("file"));
  });

  test("a folder on the way, in one of everybody's", async () => {
    if (!asOther("a folder")) return;
    await mkdir(join(folder.path, "theirs"));
    await chown(join(folder.path, "theirs"), nobody, nobody);
    await chmod(folder.path, 0o1777);
    await expectRefused(join(folder.path, "theirs", "a"), message("folder"));
    expect(await readdir(join(folder.path, "theirs"))).toEqual([]);
  });

  test("any file or link, for a user who is not root", async (context) => {
    const path = await file("a", 0o666);
    if (isRoot) await chown(path, 1, 1);
    await chmod(folder.path, 0o755);
    const task = { spec: `file:${path}`, secret: "new", isRehearsal: true };
    expect((await deliverAsNobody(context, folder, task)).message).toContain("belongs to another user (uid 1)");
    expect((await deliverAsNobody(context, folder, { ...task, isRehearsal: false })).message).toContain("uid 1");
    expect(await readFile(path, "utf8")).toBe("old");
  });

  test("but not one's own links, nor those of root", async (context) => {
    const path = await file("target");
    await symlink(path, join(folder.path, "link"));
    await link(path, join(folder.path, "second"));
    if (isRoot) await chown(path, nobody, nobody);
    await chmod(folder.path, 0o1777);
    const task = { spec: `file:${folder.path}/link`, secret: "new" };
    expect(await deliverAsNobody(context, folder, task)).toEqual({});
    expect(await readFile(path, "utf8")).toBe("new");
  });
});
