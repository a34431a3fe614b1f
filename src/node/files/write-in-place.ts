import { type FileHandle, lstat, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Found, isSame, readWrite } from "./target-file.ts";
import { flushFolder, hasCode, nameBeside, namePrefix, openPrivate } from "./temporary-file.ts";
import { noLink, openWithoutLinks } from "./without-links.ts";

/** The old and the new content of a file that is written in place. */
interface Kept {
  readonly old: Buffer;
  readonly new: Buffer;
}

/**
 * Writes into the existing file, so that its other names and its mounts show the new content.
 *
 * A reader may see part of it. If this process is killed meanwhile, {@link putRight} repairs the file: until the write is
 * flushed, a private file keeps both contents.
 *
 * @param folder the folder of that private file.
 * @returns False, with nothing written, if somebody changed the file after it was read.
 */
export async function writeInPlace(target: string, found: Found, content: Buffer, folder: string): Promise<boolean> {
  const handle = await openWithoutLinks(target, readWrite);
  try {
    if (found.content.equals(content)) {
      await handle.sync();
      return isSame(await handle.stat({ bigint: true }), found.stats);
    }
    const kept = await keep(target, found, content, folder);
    const isFound = isSame(await handle.stat({ bigint: true }), found.stats);
    if (isFound) await overwriteOrPutBack(handle, target, found.content, content, kept);
    await rm(kept);
    await flushFolder(folder);
    return isFound;
  } finally {
    await handle.close();
  }
}

async function overwriteOrPutBack(
  handle: FileHandle,
  target: string,
  old: Buffer,
  content: Buffer,
  kept: string,
): Promise<void> {
  try {
    await overwrite(handle, content);
  } catch (error) {
    await overwrite(handle, old).catch(() => {
      throw new Error(
        `writing ${target} failed, and so did restoring it: ${error}. It may hold part of the new content. The next run restores it first`,
        { cause: error },
      );
    });
    // It holds secrets. If it stays, the next run removes it.
    await rm(kept).catch(() => undefined);
    // With its `code`, for callers that read that.
    throw Object.assign(new Error(`writing ${target} failed: ${error}. Its old content is restored`), error, {
      cause: error,
    });
  }
}

async function overwrite(handle: FileHandle, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; ) at += (await handle.write(content, at, content.length - at, at)).bytesWritten;
  await handle.truncate(content.length);
  await handle.sync();
}

const form = /^\.cf-oauth-[0-9a-f]{12}-\d+\.kept$/;

/** Has the inode, so that the file's other names lead to it, and the target's name, in case somebody replaces the file. */
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
  // It must survive a loss of power before the file is touched.
  await flushFolder(folder);
  return path;
}

/**
 * Finds the private files with the old content of a target. They exist only during a write in place, and after one that was
 * interrupted.
 */
export async function keptFor(target: string, folders: readonly string[]): Promise<string[]> {
  const stats = await lstat(target, { bigint: true }).catch(() => undefined);
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => form.test(one)))
      if (name.startsWith(namePrefix(target)) || name.endsWith(`-${stats?.ino}.kept`)) found.push(join(folder, name));
  }
  return found;
}

/**
 * Repairs a file whose write in place was interrupted: restores its old content, unless the write was complete. Call it only in
 * a turn.
 *
 * @throws {Error} if another process has changed the file since. Nothing is changed then, and the private file stays.
 */
export async function putRight(target: string, kept: string): Promise<void> {
  const contents = await readKept(kept, target);
  const handle = await openWithoutLinks(target, readWrite).catch((cause) => {
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

/**
 * Repairs the other files of the target's folder, as far as possible. Otherwise a private file, which holds secrets, would stay
 * until somebody writes to its own file again. What cannot be repaired is reported then.
 */
export async function putOthersRight(target: string, folder: string): Promise<void> {
  const names = await readdir(dirname(target)).catch(() => []);
  for (const kept of (await readdir(folder).catch(() => [])).filter((one) => form.test(one))) {
    const other = names.find((one) => one !== basename(target) && kept.startsWith(namePrefix(one)));
    if (other) await putRight(join(dirname(target), other), join(folder, kept)).catch(() => undefined);
  }
}

function changedSince(target: string, kept: string, how: string): Error {
  return new Error(
    `a write to ${target} was interrupted, and somebody has ${how} the file since. Nothing was written. Its old and its new content are in ${kept}, after the first line. Correct the file, then remove ${basename(kept)}, which holds secrets`,
  );
}

async function readKept(path: string, target: string): Promise<Kept> {
  const { uid } = await lstat(path);
  const ofAnother = (cause?: unknown) =>
    new Error(
      `a write to ${target} by another user (uid ${uid}) was interrupted, and only that user can repair it. Nothing was written. Run this as uid ${uid}`,
      { cause },
    );
  const handle = await openWithoutLinks(path, noLink).catch((cause) => {
    throw hasCode(cause, "EACCES") ? ofAnother(cause) : cause;
  });
  try {
    const stats = await handle.stat();
    const user = process.geteuid?.() ?? stats.uid;
    // The file's owner can write to it anyway. Anybody else may have forged this.
    const owner = await lstat(target).then(
      (found) => found.uid,
      () => user,
    );
    if (![user, 0, owner].includes(stats.uid)) throw ofAnother();
    const all = await handle.readFile();
    const end = all.indexOf("\n") + 1;
    const sizes: { readonly old: number; readonly new: number } = JSON.parse(all.subarray(0, end).toString());
    return { old: all.subarray(end, end + sizes.old), new: all.subarray(end + sizes.old, end + sizes.old + sizes.new) };
  } finally {
    await handle.close();
  }
}

/**
 * Whether a content can come from an interrupted write of the new one over the old one. After a loss of power, a later part may
 * be written without an earlier one, and added bytes may be zeros.
 */
function isMixed(now: Buffer, { old, new: next }: Kept): boolean {
  if (now.length < Math.min(old.length, next.length) || now.length > Math.max(old.length, next.length)) return false;
  return now.every((byte, at) => byte === old[at] || byte === next[at] || (byte === 0 && at >= old.length));
}

/** Whether a file is itself a mount point, so that no other file can replace it. */
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
