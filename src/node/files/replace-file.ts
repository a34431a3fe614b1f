import { createHash, randomBytes } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, realpath, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { inTurn, NoRoomError, type Turn } from "./file-turn.ts";
import { makePrivateFolder } from "./private-folder.ts";
import { type Found, isAsFound, readFound, readWrite, targetOf } from "./target-file.ts";
import {
  flushFolder,
  hasCode,
  LooserModeError,
  nameBeside,
  openPrivate,
  removeLeftovers,
  setMode,
} from "./temporary-file.ts";
import { openWithoutLinks } from "./without-links.ts";
import { isMounted, keptFor, putOthersRight, putRight, writeInPlace } from "./write-in-place.ts";

/** How often a change starts again because another process changed the file meanwhile. */
const attempts = 5;

/** How many bytes more than its sample value a rehearsal reserves. */
const margin = 256;

/** Returns the new content of a file. `old` is undefined if the file does not exist. */
type Change = (old: Buffer | undefined) => Buffer;

export interface ReplaceOptions {
  /** Whether to write into the existing file instead of replacing it, because something has it open or mounted. */
  readonly inPlace?: boolean | undefined;
  /** The mode of a new file. Default: 0600. */
  readonly mode?: number | undefined;
  /** Ends the wait for other writers. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Changes the content of a file atomically. The umask does not change the mode of a new file.
 *
 * If the path is a link, its target changes. Mode, owner and group stay. Where a new file cannot have these, or cannot replace
 * the old one, this function writes in place: the next call for that file repairs an interrupted write. Access control lists
 * and SELinux labels of a single file are lost, because Node cannot see them.
 *
 * @param change called again if another process changes the file meanwhile. If it throws, nothing is written.
 * @throws {Error} if the path is a directory, a link to nothing, or not a regular file, or if another user owns it; and the
 *   system's errors.
 */
export async function replaceFile(path: string, change: Change, options: ReplaceOptions = {}): Promise<void> {
  const target = await targetOf(resolve(path));
  await whenWhole(target, options, async (turn) => {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const found = await readFound(target);
      if (await write({ target, found, content: change(found?.content) }, turn, options)) return;
    }
    throw new Error(
      `another program changed ${path} ${attempts} times while it was being written. Nothing was written. Stop that program, and try again`,
    );
  });
}

/**
 * Checks that {@link replaceFile} would succeed: does the same with random bytes beside the file, and removes them.
 *
 * @throws {Error} as {@link replaceFile} does.
 */
export async function rehearseReplace(path: string, change: Change, options: ReplaceOptions = {}): Promise<void> {
  const target = await targetOf(resolve(path));
  await whenWhole(target, options, async (turn) => {
    const found = await readFound(target);
    const content = randomBytes(change(found?.content).length + margin);
    const mayWrite = found ? await mayWriteTo(target) : true;
    if (!(await isForPlace(target, found, options)) && turn.folder === dirname(target)) {
      const beside = nameBeside(target);
      try {
        if (await makeBeside(beside, { found, content })) if (await mayTakeAPlace(beside, target)) return;
      } finally {
        await rm(beside, { force: true });
      }
    }
    if (mayWrite !== true) throw mayWrite;
    await rehearseInPlace({ target, found, content }, turn);
  });
}

/**
 * Reads a file, after repairing an interrupted write to it.
 *
 * @returns The content; undefined if the file does not exist.
 * @throws {Error} if it is not a regular file, or if another user owns it; and the system's errors.
 */
export async function readRegularFile(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
  signal?.throwIfAborted();
  const target = await targetOf(resolve(path));
  const found = await readFound(target);
  const kept = await keptFor(target, await foldersFor(target));
  if (kept.length === 0 && (await isAsFound(target, found))) return found?.content;
  return whenWhole(target, { signal }, async () => (await readFound(target))?.content);
}

/** Reads a file as {@link readRegularFile} does, and throws if it does not exist. */
export async function readExisting(path: string, signal: AbortSignal): Promise<Buffer> {
  const content = await readRegularFile(path, signal);
  if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path} does not exist`), { code: "ENOENT" });
  return content;
}

/** Works on a file in a turn, after repairing what a crash left. */
async function whenWhole<T>(target: string, { signal }: ReplaceOptions, work: (turn: Turn) => Promise<T>): Promise<T> {
  const begin = async (turn: Turn) => {
    for (const kept of await keptFor(target, await foldersFor(target))) await putRight(target, kept);
    // All of these hold secrets, and nobody else is using them, because this is our turn.
    await putOthersRight(target, turn.folder);
    await removeLeftovers(turn.folder);
    return work(turn);
  };
  try {
    return await inTurn(dirname(target), begin, signal);
  } catch (error) {
    if (!(error instanceof NoRoomError) || !(await readFound(target))) throw error;
    return inTurn(await otherFolder(target, error), begin, signal);
  }
}

/** The folder for turns and private files where this user cannot create files beside the target: one for each of its folders. */
function stateFolder(target: string): string {
  const { XDG_STATE_HOME } = process.env;
  const state = XDG_STATE_HOME && isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(homedir(), ".local", "state");
  const name = createHash("sha256").update(dirname(target)).digest("hex").slice(0, 12);
  return join(state, "cf-oauth", "files", name);
}

/** Where the private files of a target may be, without links. */
async function foldersFor(target: string): Promise<string[]> {
  const other = await realpath(stateFolder(target)).catch(() => undefined);
  return [dirname(target), ...(other === undefined ? [] : [other])];
}

async function otherFolder(target: string, reason: Error): Promise<string> {
  const folder = stateFolder(target);
  try {
    await makePrivateFolder(folder);
    return await realpath(folder);
  } catch (cause) {
    throw new Error(
      `${reason.message}, nor in ${folder}: ${cause}. Nothing was written: without a copy of the file, an interrupted write could not be repaired. Make one of these folders writable, or set XDG_STATE_HOME`,
      { cause },
    );
  }
}

interface Writing {
  readonly target: string;
  readonly found: Found | undefined;
  readonly content: Buffer;
}

/** False, with nothing written, if somebody changed the file after it was read. */
async function write(writing: Writing, turn: Turn, options: ReplaceOptions): Promise<boolean> {
  const { target, found, content } = writing;
  const inPlace = async () => {
    await requireTurn(turn, target);
    return found !== undefined && writeInPlace(target, found, content, turn.folder);
  };
  if (found && ((await isForPlace(target, found, options)) || turn.folder !== dirname(target))) return inPlace();
  const beside = nameBeside(target);
  try {
    if (!(await makeBeside(beside, { ...writing, mode: options.mode }))) return await inPlace();
    if (!(await isAsFound(target, found))) return false;
    await requireTurn(turn, target);
    try {
      await rename(beside, target);
    } catch (error) {
      if (found && isRefusedPlace(error)) return await inPlace();
      throw error;
    }
    await flushFolder(dirname(target));
    return true;
  } finally {
    await rm(beside, { force: true });
  }
}

/** Whether renaming failed because the file is mounted, or belongs to another user in a sticky folder, or must stay in place. */
function isRefusedPlace(error: unknown): boolean {
  return ["EBUSY", "EXDEV", "EPERM", "EACCES", "EEXIST", "ENOTSUP"].some((code) => hasCode(error, code));
}

async function requireTurn(turn: Turn, target: string): Promise<void> {
  if (!(await turn.isOurs()))
    throw new Error(
      `this process stood still for so long that another one took its turn. ${target} was not written. Try again`,
    );
}

/** Whether a file must be written in place, as far as can be known in advance. */
async function isForPlace(target: string, found: Found | undefined, options: ReplaceOptions): Promise<boolean> {
  if (!found) return false;
  // Otherwise the other names of the file would keep the old content.
  if (options.inPlace || found.stats.nlink > 1n || (await isMounted(target))) return true;
  const user = process.geteuid?.() ?? 0;
  const folder = await stat(dirname(target));
  return user !== 0 && (folder.mode & 0o1000) !== 0 && ![folder.uid, Number(found.stats.uid)].includes(user);
}

/**
 * Whether a file can be opened for writing. Returns the error if only its mode forbids that, because it can still be replaced.
 *
 * @throws {Error} if nothing can change the file: it is immutable, append-only, or on a read-only file system.
 */
async function mayWriteTo(target: string): Promise<true | Error> {
  try {
    await (await openWithoutLinks(target, readWrite)).close();
    return true;
  } catch (error) {
    if (error instanceof Error && hasCode(error, "EACCES")) return error;
    throw error;
  }
}

/** Whether a file in that folder can replace another. */
async function mayTakeAPlace(beside: string, target: string): Promise<boolean> {
  const other = nameBeside(target);
  await (await openWithoutLinks(other, "wx", 0o600)).close();
  try {
    await rename(beside, other);
    return true;
  } catch (error) {
    if (isRefusedPlace(error)) return false;
    throw error;
  } finally {
    await rm(other, { force: true });
  }
}

/** Creates a file as large as the private one of {@link writeInPlace} and the growth of the target, and removes it. */
async function rehearseInPlace({ target, found, content }: Writing, turn: Turn): Promise<void> {
  const beside = nameBeside(target, turn.folder);
  try {
    const handle = await openPrivate(beside, Number(found?.stats.mode ?? 0o600));
    try {
      await handle.writeFile(randomBytes((found?.content.length ?? 0) + 2 * content.length));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await flushFolder(turn.folder);
  } finally {
    await rm(beside, { force: true });
  }
}

/** False if the file cannot be created there, or not with the owner, group and mode of the existing one. */
async function makeBeside(
  beside: string,
  { found, content, mode = 0o600 }: Omit<Writing, "target"> & Pick<ReplaceOptions, "mode">,
): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await openPrivate(beside, Number(found?.stats.mode ?? mode));
  } catch (error) {
    if (found && error instanceof LooserModeError) return false;
    if (found && ["EACCES", "EPERM", "EROFS"].some((code) => hasCode(error, code))) return false;
    throw error;
  }
  try {
    if (found && !(await takeOwner(handle, found.stats))) return false;
    await handle.writeFile(content);
    // After the owner, since chown may reset the mode; and last, since the mode may deny the steps above.
    if (!(await setMode(handle, Number(found?.stats.mode ?? mode) & 0o7777)) && found) return false;
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
