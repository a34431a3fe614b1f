import { randomBytes } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
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
import { isMounted, keptFor, putRight, writeInPlace } from "./write-in-place.ts";

/** How often a change is begun anew because somebody else changes the file as well. */
const attempts = 5;

/** What a rehearsal allows for a value to be longer than the one that it stands for, in bytes. */
const margin = 256;

/** Makes of what a file holds, `undefined` if there is none, what it is to hold. */
type Change = (old: Buffer | undefined) => Buffer;

export interface ReplaceOptions {
  /** Whether to write to the file itself, since something has it open or mounted. */
  readonly inPlace?: boolean | undefined;
  /** Ends the wait for others who write. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Replaces what a file holds, all at once; a file that is not there is made, its owner's alone whatever the umask.
 *
 * A link stays, and its target is changed. Mode, owner and group stay. Where that, or a new file in the old one's place, is
 * not possible, the old one is written to in place: a write that is cut short is put right by the next call for that file.
 * Access control lists and labels (SELinux) that a file has for itself alone are not kept: Node cannot see them.
 *
 * @param change called again if somebody else changes the file meanwhile. If it throws, nothing is written.
 * @throws {Error} if the path is a directory, a link that leads nowhere, anything but a regular file, or another user's; and
 *   what the system says.
 */
export async function replaceFile(path: string, change: Change, options: ReplaceOptions = {}): Promise<void> {
  const target = await targetOf(resolve(path));
  await whenWhole(target, options, async (turn) => {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const found = await readFound(target);
      if (await write({ target, found, content: change(found?.content) }, turn, options)) return;
    }
    throw new Error(`${path} is being changed by somebody else all the time`);
  });
}

/**
 * Finds out whether {@link replaceFile} could do it: does the same beside the file, with random bytes, and undoes it.
 *
 * @throws {Error} as that would.
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
 * Reads a file as {@link replaceFile} would; a write to it that was cut short is put right first.
 *
 * @returns Its content; undefined if there is none.
 * @throws {Error} if it is not a regular file, or another user's; and what the system says.
 */
export async function readRegularFile(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
  signal?.throwIfAborted();
  const target = await targetOf(resolve(path));
  const found = await readFound(target);
  const kept = await keptFor(target, [dirname(target), stateFolder()]);
  if (kept.length === 0 && (await isAsFound(target, found))) return found?.content;
  return whenWhole(target, { signal }, async () => (await readFound(target))?.content);
}

/** {@link readRegularFile}, of a file that must be there. */
export async function readExisting(path: string, signal: AbortSignal): Promise<Buffer> {
  const content = await readRegularFile(path, signal);
  if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path} is not there`), { code: "ENOENT" });
  return content;
}

/** Does something with a file while nobody else writes to it, once all that a crash has left of it is put right. */
async function whenWhole<T>(target: string, { signal }: ReplaceOptions, work: (turn: Turn) => Promise<T>): Promise<T> {
  const begin = async (turn: Turn) => {
    for (const kept of await keptFor(target, [dirname(target), stateFolder()])) await putRight(target, kept);
    // What a crash left may hold a secret. Nobody else is using it, since this is our turn.
    await removeLeftovers(target, turn.folder);
    return work(turn);
  };
  try {
    return await inTurn(dirname(target), begin, signal);
  } catch (error) {
    if (!(error instanceof NoRoomError) || !(await readFound(target))) throw error;
    return inTurn(await otherFolder(error), begin, signal);
  }
}

/** Where turns are taken and contents are kept for a file whose own folder takes no file from this user. */
function stateFolder(): string {
  const { XDG_STATE_HOME } = process.env;
  const state = XDG_STATE_HOME && isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(homedir(), ".local", "state");
  return join(state, "cf-oauth", "files");
}

async function otherFolder(reason: Error): Promise<string> {
  const folder = stateFolder();
  try {
    await makePrivateFolder(folder);
    return folder;
  } catch (cause) {
    throw new Error(
      `${reason.message}; nor does ${folder}, and without a place for what the file holds, a write that is cut short could not be put right. Make one of them writable, or set XDG_STATE_HOME`,
      { cause },
    );
  }
}

interface Writing {
  readonly target: string;
  readonly found: Found | undefined;
  readonly content: Buffer;
}

/** False if the file is not as it was found any more. */
async function write(writing: Writing, turn: Turn, options: ReplaceOptions): Promise<boolean> {
  const { target, found, content } = writing;
  const inPlace = async () => {
    await requireTurn(turn, target);
    return found !== undefined && writeInPlace(target, found, content, turn.folder);
  };
  if (found && ((await isForPlace(target, found, options)) || turn.folder !== dirname(target))) return inPlace();
  const beside = nameBeside(target);
  try {
    if (!(await makeBeside(beside, writing))) return await inPlace();
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

/** What a renaming fails with where the file is mounted, is another's in a folder of everybody's, or must not be replaced. */
function isRefusedPlace(error: unknown): boolean {
  return ["EBUSY", "EXDEV", "EPERM", "EACCES", "EEXIST", "ENOTSUP"].some((code) => hasCode(error, code));
}

async function requireTurn(turn: Turn, target: string): Promise<void> {
  if (!(await turn.isOurs()))
    throw new Error(`this process was stopped for so long that others took its place; ${target} was not written`);
}

/** Whether a file must be written to itself, as far as that shows before. */
async function isForPlace(target: string, found: Found | undefined, options: ReplaceOptions): Promise<boolean> {
  if (!found) return false;
  // The other names of a file with several would go on showing the old content.
  if (options.inPlace || found.stats.nlink > 1n || (await isMounted(target))) return true;
  const user = process.geteuid?.() ?? 0;
  const folder = await stat(dirname(target));
  return user !== 0 && (folder.mode & 0o1000) !== 0 && ![folder.uid, Number(found.stats.uid)].includes(user);
}

/**
 * Whether a file can be written to: the error if only its mode forbids it, as that does not keep it from being replaced.
 *
 * @throws {Error} if nothing can change it: it is immutable, can only be appended to, or lies on a read-only file system.
 */
async function mayWriteTo(target: string): Promise<true | Error> {
  try {
    await (await open(target, readWrite)).close();
    return true;
  } catch (error) {
    if (error instanceof Error && hasCode(error, "EACCES")) return error;
    throw error;
  }
}

/** Whether a file in that folder can take the place of another. */
async function mayTakeAPlace(beside: string, target: string): Promise<boolean> {
  const other = nameBeside(target);
  await (await open(other, "wx", 0o600)).close();
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

/** Makes what {@link writeInPlace} keeps, with room for what the file grows by. */
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

/** False if it cannot be made there, or not with the owner, group and mode of the file that was found. */
async function makeBeside(beside: string, { found, content }: Omit<Writing, "target">): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await openPrivate(beside, Number(found?.stats.mode ?? 0o600));
  } catch (error) {
    if (found && error instanceof LooserModeError) return false;
    if (found && ["EACCES", "EPERM", "EROFS"].some((code) => hasCode(error, code))) return false;
    throw error;
  }
  try {
    if (found && !(await takeOwner(handle, found.stats))) return false;
    await handle.writeFile(content);
    // The owner before the mode, which a change of owner may reset; and which may deny what has been done until here.
    if (found && !(await setMode(handle, Number(found.stats.mode) & 0o7777))) return false;
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
