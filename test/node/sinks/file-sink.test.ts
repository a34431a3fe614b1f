import { execFileSync } from "node:child_process";
import { chmod, chown, lstat, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { dotenvSink, fileSink } from "../../../src/node/index.ts";
import { isRoot, list, useFolder } from "../files/file-system.ts";

vi.setConfig({ testTimeout: 30_000 });

const folder = useFolder();
const context = { signal: new AbortController().signal };
const aborted = { signal: AbortSignal.abort(new Error("enough")) };

describe("a file sink", () => {
  test("holds exactly the secret's bytes, and reads them back", async () => {
    const path = join(folder.path, "secret");
    for (const secret of ["s3cret", "a longer one é☃\n", "x".repeat(2 ** 20), "s3cret"]) {
      const sink = fileSink({ path });
      await sink.deliver(secret, context);
      expect((await readFile(path)).equals(Buffer.from(secret))).toBe(true);
      expect(await sink.readBack?.(context)).toBe(secret);
    }
    expect(await list(folder.path)).toEqual(["600 secret: s3cret"]);
  });

  test("is named after its absolute path, or as one likes; and need not be read back", () => {
    const path = join(folder.path, "secret");
    expect(fileSink({ path: relative(".", path) })).toMatchObject({ name: `file:${path}`, spec: `file:${path}` });
    expect(fileSink({ name: "mine", path })).toMatchObject({ name: "mine", spec: `file:${path}` });
    expect(fileSink({ path, readBack: false })).not.toHaveProperty("readBack");
  });

  test("fails where it cannot be read back, and after an abort, when nothing is written", async () => {
    const sink = fileSink({ path: join(folder.path, "secret") });
    await expect(sink.readBack?.(context)).rejects.toThrow("ENOENT");
    await expect(sink.deliver("s3cret", aborted)).rejects.toThrow("enough");
    expect(await list(folder.path)).toEqual([]);
  });
});

describe("what a sink holds now", () => {
  test("is its file's content, also where it is not to be read back", async () => {
    const path = join(folder.path, "secret");
    const sink = fileSink({ path, readBack: false });
    expect(await sink.peek?.()).toBeUndefined();
    await writeFile(path, "another's\n");
    expect(await sink.peek?.()).toBe("another's\n");
    await sink.deliver("s3cret", context);
    expect(await sink.peek?.()).toBe("s3cret");
    await symlink("secret", join(folder.path, "link"));
    expect(await fileSink({ path: join(folder.path, "link") }).peek?.()).toBe("s3cret");
  });

  test("is the variable in its dotenv file", async () => {
    const path = join(folder.path, ".env");
    const sink = dotenvSink({ path, key: "K" });
    expect(await sink.peek?.()).toBeUndefined();
    await writeFile(path, "A=1\n");
    expect(await sink.peek?.()).toBeUndefined();
    await writeFile(path, "A=1\nK='old one'\n");
    expect(await sink.peek?.()).toBe("old one");
    await sink.deliver("s3cret", context);
    expect(await sink.peek?.()).toBe("s3cret");
  });

  test.each(["folder", "pipe"])("cannot be read, and is not waited for, where there is a %s", async (kind) => {
    const path = join(folder.path, "secret");
    if (kind === "folder") await mkdir(path);
    else execFileSync("mkfifo", [path]);
    await expect(fileSink({ path }).peek?.()).rejects.toThrow(/is a directory|is not a regular file/);
    await expect(dotenvSink({ path, key: "K" }).peek?.()).rejects.toThrow(/is a directory|is not a regular file/);
  });
});

describe("a dotenv sink", () => {
  test("changes its variable in the target of a link, which keeps mode and group", async () => {
    await mkdir(join(folder.path, "shared"));
    const target = join(folder.path, "shared", ".env");
    await writeFile(target, "A=1\nK=old # note\n");
    await chmod(target, 0o640);
    if (isRoot) await chown(target, 0, 1234);
    const { gid } = await stat(target);
    await symlink("shared/.env", join(folder.path, ".env"));

    const sink = dotenvSink({ path: join(folder.path, ".env"), key: "K" });
    await sink.deliver("s3cret", context);
    expect((await lstat(join(folder.path, ".env"))).isSymbolicLink()).toBe(true);
    expect(await list(join(folder.path, "shared"))).toEqual(["640 .env: A=1\nK=s3cret # note\n"]);
    expect((await stat(target)).gid).toBe(gid);
    expect(await sink.readBack?.(context)).toBe("s3cret");
  });

  test("makes the file, its owner's alone", async () => {
    const sink = dotenvSink({ path: join(folder.path, ".env"), key: "K" });
    await sink.deliver("it's", context);
    expect(await list(folder.path)).toEqual([`600 .env: K="it's"\n`]);
    expect(await sink.readBack?.(context)).toBe("it's");
  });

  test("keeps every other byte, also those of a BOM", async () => {
    const path = join(folder.path, ".env");
    await writeFile(path, "\uFEFFK=old\r\nB=é\r\n");
    await dotenvSink({ path, key: "K" }).deliver("new", context);
    expect((await readFile(path)).equals(Buffer.from("\uFEFFK=new\r\nB=é\r\n"))).toBe(true);
  });

  test.each([
    [Buffer.from("K=1\nK=2\n"), "K is set twice, in lines 1 and 2"],
    [Buffer.from("A='x\n"), "line 1 opens a quote"],
    [Buffer.from("A=1\0\n"), "has a NUL"],
    [Buffer.from([0x41, 0x3d, 0xe9, 0x0a]), "the file is not UTF-8"],
    [Buffer.from("K=1\n", "utf16le"), "has a NUL"],
  ])("refuses a file that readers disagree on, names it, and leaves it unchanged: %#", async (content, message) => {
    const path = join(folder.path, ".env");
    await writeFile(path, content);
    const { mtimeMs, ino } = await stat(path);
    const sink = dotenvSink({ path, key: "K" });
    const error = { message: expect.stringMatching(`^${path}: .*${message}`), cause: expect.any(Error) };
    await expect(sink.deliver("s3cret", context)).rejects.toMatchObject(error);
    await expect(sink.readBack?.(context)).rejects.toMatchObject(error);
    expect((await readFile(path)).equals(content)).toBe(true);
    expect(await stat(path)).toMatchObject({ mtimeMs, ino });
    expect(await list(folder.path)).toHaveLength(1);
  });

  test("refuses an invalid key and an unknown reader before anything is read", () => {
    expect(() => dotenvSink({ path: "/nowhere/.env", key: "A", readBy: "nodejs" as never })).toThrow("unknown reader");
    expect(() => dotenvSink({ path: "/nowhere/.env", key: "A-B" })).toThrow("not a valid name of a variable");
  });

  test("is named after its absolute path and key, or as one likes", () => {
    const path = join(folder.path, "a#b");
    const spec = `dotenv:${path}#K`;
    expect(dotenvSink({ path: relative(".", path), key: "K" })).toMatchObject({ name: spec, spec });
    expect(dotenvSink({ name: "mine", path, key: "K" })).toMatchObject({ name: "mine", spec });
  });

  test("fails where it cannot be read back, and after an abort, when nothing is written", async () => {
    const sink = dotenvSink({ path: join(folder.path, ".env"), key: "K" });
    await expect(sink.readBack?.(context)).rejects.toThrow("ENOENT");
    await expect(sink.deliver("s3cret", aborted)).rejects.toThrow("enough");
    expect(await list(folder.path)).toEqual([]);
  });
});
