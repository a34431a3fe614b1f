import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Found, isSame, readWrite } from "./target-file.ts";
import { flushFolder, hasCode, nameBeside, namePrefix, openPrivate } from "./temporary-file.ts";

/** What a file held, and what it is to hold, while it is written to in place. */
interface Kept {
  readonly old: Buffer;
  readonly new: Buffer;
}

/**
 * Writes to a file itself, so that its other names and its mounts show the new content.
 *
 * A reader may see a part of it. If this process is killed meanwhile, {@link putRight} mends the file: until the write is
 * flushed, both contents are kept in a file beside, its owner's alone.
 *
 * @param folder where both are kept.
 * @returns False, with nothing written, if the file is not as it was found any more.
 */
export async function writeInPlace(target: string, found: Found, content: Buffer, folder: string): Promise<boolean> {
  const handle = await open(target, readWrite);
  try {
    if (found.content.equals(content)) {
      await handle.sync();
      return isSame(await handle.stat({ bigint: true }), found.stats);
    }
    const kept = await keep(target, found, content, folder);
    const isFound = isSame(await handle.stat({ bigint: true }), found.stats);
    if (isFound) await overwriteOrPutBack(handle, target, found.content, content);
    await rm(kept);
    await flushFolder(folder);
    return isFound;
  } finally {
    await handle.close();
  }
}

async function overwriteOrPutBack(handle: FileHandle, target: string, old: Buffer, content: Buffer): Promise<void> {
  try {
    await overwrite(handle, content);
  } catch (error) {
    await overwrite(handle, old).catch(() => {
      throw new Error(
        `${target} could neither be written whole nor put back as it was; the next run puts it back first`,
        { cause: error },
      );
    });
    // Its code stays, for who asks for that.
    throw Object.assign(new Error(`${target} could not be written, and was put back as it was: ${error}`), error, {
      cause: error,
    });
  }
}

async function overwrite(handle: FileHandle, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; ) at += (await handle.write(content, at, content.length - at, at)).bytesWritten;
  await handle.truncate(content.length);
  await handle.sync();
}

/** By the file's number, as its other names must lead to it, too; by the target's name, to remove what is of no use any more. */
function nameOf(target: string, { ino }: { readonly ino: bigint }): string {
  return `${namePrefix(target)}${ino}.kept`;
}

async function keep(target: string, found: Found, content: Buffer, folder: string): Promise<string> {
  const path = join(folder, nameOf(target, found.stats));
  const head = `${JSON.stringify({ old: found.content.length, new: content.length })}\n`;
  const beside = nameBeside(target, folder);
  try {
    const handle = await openPrivate(beside, Number(found.stats.mode));
    try {
      await handle.writeFile(Buffer.concat([Buffer.from(head), found.content, content]));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  // Before the file is touched, and lasting.
  await flushFolder(folder);
  return path;
}

/**
 * The files that keep what a file held while it was written to in place; there are some only during such a write, and after
 * one that was cut short.
 */
export async function keptFor(target: string, folders: readonly string[]): Promise<string[]> {
  const stats = await lstat(target, { bigint: true }).catch(() => undefined);
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    // One of the name alone: somebody has put another file in the place since.
    for (const name of names.filter((one) => /^\.cf-oauth-[0-9a-f]{12}-\d+\.kept$/.test(one)))
      if (name.startsWith(namePrefix(target)) || name.endsWith(`-${stats?.ino}.kept`)) found.push(join(folder, name));
  }
  return found;
}

/**
 * Puts a file right that was being written to in place when a process was killed: it holds again what it held before, unless the
 * write was complete. Call it when nobody else can be writing.
 *
 * @throws {Error} if somebody else has changed the file since; it stays as it is, and so does what was kept.
 */
export async function putRight(target: string, kept: string): Promise<void> {
  const contents = await readKept(kept, target);
  const handle = await open(target, readWrite).catch((cause) => {
    throw hasCode(cause, "ENOENT") ? changedSince(target, kept, "removed") : cause;
  });
  try {
    const now = await handle.readFile();
    if (!now.equals(contents.old) && !now.equals(contents.new)) {
      if (!isMixed(now, contents)) throw changedSince(target, kept, "changed");
      await overwrite(handle, contents.old);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rm(kept, { force: true });
  await flushFolder(dirname(kept));
}

function changedSince(target: string, kept: string, how: string): Error {
  return new Error(
    `${target} was being written when a process was killed, and somebody has ${how} it since; what it held before is in ${kept}, behind its first line. Put the file right, then remove ${basename(kept)}`,
  );
}

async function readKept(path: string, target: string): Promise<Kept> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { uid } = await handle.stat();
    const user = process.geteuid?.() ?? uid;
    // Whoever owns the file can write to it anyway. Anybody else may have made this up.
    const owner = await lstat(target).then(
      (stats) => stats.uid,
      () => user,
    );
    if (![user, 0, owner].includes(uid))
      throw new Error(
        `${path} is of another user (uid ${uid}), whose write to ${target} was cut short: have them run this`,
      );
    const all = await handle.readFile();
    const end = all.indexOf("\n") + 1;
    const sizes: { readonly old: number; readonly new: number } = JSON.parse(all.subarray(0, end).toString());
    return { old: all.subarray(end, end + sizes.old), new: all.subarray(end + sizes.old, end + sizes.old + sizes.new) };
  } finally {
    await handle.close();
  }
}

/**
 * Whether a content can be what is left of the one being written over the other. After a loss of power the parts of it need
 * not be the first ones, and what was added may read as zeros.
 */
function isMixed(now: Buffer, { old, new: next }: Kept): boolean {
  if (now.length < Math.min(old.length, next.length) || now.length > Math.max(old.length, next.length)) return false;
  return now.every((byte, at) => byte === old[at] || byte === next[at] || (byte === 0 && at >= old.length));
}

/** Whether a file has a mount of its own, so that nothing can take its place. */
export async function isMounted(target: string): Promise<boolean> {
  const handle = await open("/proc/self/mountinfo").catch((error) => {
    if (["ENOENT", "EACCES"].some((code) => hasCode(error, code))) return undefined;
    throw error;
  });
  if (!handle) return false;
  try {
    const places = (await handle.readFile("utf8")).split("\n").map((line) => line.split(" ")[4] ?? "");
    return places.some(
      (one) => one.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))) === target,
    );
  } finally {
    await handle.close();
  }
}
