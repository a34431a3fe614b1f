import { randomBytes } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { access, type FileHandle, lstat, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { flushFolder, hasCode, namePrefix, removeLeftovers } from "./temporary-file.ts";

/** How often a change is begun anew because somebody else changes the file as well. */
const attempts = 5;

/** A file as it was read. */
interface Found {
  readonly content: Buffer;
  readonly stats: BigIntStats;
}

/**
 * Replaces what a file holds, all at once; a file that is not there is made, its owner's alone whatever the umask.
 *
 * A link stays, and its target is changed. Mode, owner and group stay. Where that, or a new file in the old one's place, is
 * not possible, the old one is written to in place: after a failure then, what it held is put back as far as possible.
 * Access control lists and labels (SELinux) that a file has for itself alone are not kept: Node cannot see them.
 *
 * @param change gets what the file holds, `undefined` if there is none, and returns what it is to hold; called again
 *   if somebody else changes the file meanwhile. If it throws, nothing is written.
 * @throws {Error} if the path is a directory, a link that leads nowhere, or anything but a regular file; and what the
 *   system says.
 */
export async function replaceFile(path: string, change: (old: Buffer | undefined) => Buffer): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const target = await targetOf(resolve(path));
    const found = await read(target);
    const content = change(found?.content);
    // What a crash left holds a secret. Only once, so that two who write at the same time do not hinder each other for ever.
    if (attempt === 1) await removeLeftovers(target);
    if (await write(target, found, content)) return;
  }
  throw new Error(`${path} is being changed by somebody else all the time`);
}

/**
 * Finds out, without changing anything, whether {@link replaceFile} could do it, as far as that can be told.
 *
 * @throws {Error} as that would.
 */
export async function checkReplaceable(path: string, change: (old: Buffer | undefined) => Buffer): Promise<void> {
  const target = await targetOf(resolve(path));
  const found = await read(target);
  change(found?.content);
  try {
    // Another's file must be written to itself, so that it stays theirs.
    if (found && Number(found.stats.uid) !== process.geteuid?.()) await access(target, constants.W_OK);
    else await access(dirname(target), constants.W_OK);
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw new Error(`the folder ${dirname(target)} is not there`, { cause: error });
    if (!found) throw error;
    await access(target, constants.W_OK);
  }
}

/**
 * Reads a file as {@link replaceFile} would.
 *
 * @returns Its content; undefined if there is none.
 * @throws {Error} if it is not a regular file; and what the system says.
 */
export async function readRegularFile(path: string): Promise<Buffer | undefined> {
  return (await read(await targetOf(resolve(path))))?.content;
}

async function targetOf(path: string): Promise<string> {
  // It would lead to what the process's output was redirected to, and replace that: a log, most likely.
  if (/^\/(dev\/(std(in|out|err)$|fd\/)|proc\/)/.test(path))
    throw new Error(`${path} is a stream of this process, not a file; a secret is printed by the sink stdout`);
  try {
    return (await lstat(path)).isSymbolicLink() ? await realpath(path) : path;
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    if (isThere) throw new Error(`${path} is a link that leads nowhere`, { cause: error });
    return path;
  }
}

async function read(target: string): Promise<Found | undefined> {
  let handle: FileHandle;
  try {
    const stats = await stat(target);
    // Before it is opened: that could wait for ever, for a named pipe.
    if (stats.isDirectory()) throw new Error(`${target} is a directory`);
    if (!stats.isFile()) throw new Error(`${target} is not a regular file`);
    handle = await open(target, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    return { stats, content: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** False if the file is not as it was found any more. */
async function write(target: string, found: Found | undefined, content: Buffer): Promise<boolean> {
  // The other names of a file with several would go on showing the old content.
  if (found && found.stats.nlink > 1n) return writeInPlace(target, found, content);
  const beside = join(dirname(target), `${namePrefix(target)}${randomBytes(8).toString("hex")}.tmp`);
  try {
    const isMade = await makeBeside(beside, found, content);
    if (found && !isMade) return await writeInPlace(target, found, content);
    if (!(await isAsFound(target, found))) return false;
    try {
      await rename(beside, target);
    } catch (error) {
      // Somebody who writes at the same time took it for something that a crash had left.
      if (hasCode(error, "ENOENT")) return false;
      // The file is mounted, or it is another's in a folder of everybody's.
      if (found && ["EBUSY", "EXDEV", "EPERM", "EACCES"].some((code) => hasCode(error, code)))
        return await writeInPlace(target, found, content);
      throw error;
    }
    await flushFolder(dirname(target));
    return true;
  } finally {
    await rm(beside, { force: true });
  }
}

/** False if it cannot be made there, or not with the owner, group and mode of the file that was found. */
async function makeBeside(beside: string, found: Found | undefined, content: Buffer): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(beside, "wx", 0o600);
  } catch (error) {
    if (found && ["EACCES", "EPERM", "EROFS"].some((code) => hasCode(error, code))) return false;
    if (hasCode(error, "ENOENT")) throw new Error(`the folder ${dirname(beside)} is not there`, { cause: error });
    throw error;
  }
  try {
    await handle.chmod(0o600); // Whatever the umask.
    if (found && !(await takeOwner(handle, found.stats))) return false;
    await handle.writeFile(content);
    // The owner before the mode, which a change of owner may reset; and which may deny what has been done until here.
    if (found) await handle.chmod(Number(found.stats.mode) & 0o7777);
    await handle.sync();
    return true;
  } finally {
    await handle.close();
  }
}

async function takeOwner(handle: FileHandle, { uid, gid }: BigIntStats): Promise<boolean> {
  const own = await handle.stat({ bigint: true });
  if (own.uid === uid && own.gid === gid) return true;
  return handle.chown(Number(uid), Number(gid)).then(
    () => true,
    () => false,
  );
}

async function isAsFound(target: string, found: Found | undefined): Promise<boolean> {
  try {
    const now = await lstat(target, { bigint: true });
    return found !== undefined && isSame(now, found.stats);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return found === undefined;
    throw error;
  }
}

function isSame(now: BigIntStats, then: BigIntStats): boolean {
  return (["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const).every((key) => now[key] === then[key]);
}

async function writeInPlace(target: string, found: Found, content: Buffer): Promise<boolean> {
  const handle = await open(target, "r+");
  try {
    if (!isSame(await handle.stat({ bigint: true }), found.stats)) return false;
    try {
      await overwrite(handle, content);
    } catch (error) {
      await overwrite(handle, found.content).catch(() => {
        throw new Error(`${target} could neither be written whole nor put back as it was`, { cause: error });
      });
      // Its code stays, for who asks for that.
      throw Object.assign(new Error(`${target} could not be written, and was put back as it was: ${error}`), error, {
        cause: error,
      });
    }
    return true;
  } finally {
    await handle.close();
  }
}

async function overwrite(handle: FileHandle, content: Buffer): Promise<void> {
  for (let at = 0; at < content.length; ) at += (await handle.write(content, at, content.length - at, at)).bytesWritten;
  await handle.truncate(content.length);
  await handle.sync();
}
