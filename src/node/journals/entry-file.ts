import { randomBytes } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { type FileHandle, link, lstat, mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { flushFolder, hasCode } from "../files/temporary-file.ts";
import { inFolder, noLink, openFolder, openWithoutLinks } from "../files/without-links.ts";

/** Where an entry stands if there are no hard links: in a folder with the entry's name. */
const nameInside = "entry";

/** What `link` fails with on a file system without hard links. EISDIR: exFAT on Windows (nodejs/node #65817). */
const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EISDIR"];

/** A new name beside an entry's place. The sequence is in it, so that it can be found again after a crash. */
export function nameBeside(folder: string, sequence: number): string {
  return join(folder, `.${sequence}-${randomBytes(8).toString("hex")}.tmp`);
}

/** Writes a new file, its owner's alone, and flushes it. */
export async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await openWithoutLinks(path, "wx", 0o600);
  try {
    await keepPrivate(file);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a new file its owner's alone whatever the umask.
 *
 * A file system with modes of its own, such as FAT, may refuse; that matters only if another user could read the file.
 */
export async function keepPrivate(file: FileHandle): Promise<void> {
  const mode = Number((await file.stat()).mode) & 0o777;
  if (mode === 0o600) return;
  try {
    await file.chmod(0o600);
  } catch (error) {
    if ((mode & 0o477) !== 0o400) throw error;
  }
}

/**
 * Gives a flushed entry its place, unless there is one already. Whatever happens, the place holds nothing or a whole entry.
 *
 * A hard link does so at once. Without hard links, the entry is moved into a new folder, which is then renamed to the place:
 * no file system renames over a file or over a folder with something in it. Unlike an empty file that claims the place until
 * its entry is complete, this leaves nothing behind after a crash that somebody would have to release.
 *
 * @param beside a file, or the folder of an entry that a crash has kept from its place.
 * @returns `placed`, though not flushed yet; `taken` if the place is another's; `gone` if another process has moved or
 *   removed what was beside it.
 */
export async function placeEntry(
  beside: string,
  place: string,
  isFolder: boolean = false,
): Promise<"placed" | "taken" | "gone"> {
  if (isFolder) return renameFolder(beside, place);
  try {
    await link(beside, place);
    return "placed";
  } catch (error) {
    if (hasCode(error, "EEXIST")) return "taken";
    if (hasCode(error, "ENOENT")) return "gone";
    if (!withoutLinks.some((code) => hasCode(error, code))) throw error;
  }
  const folder = nameBeside(dirname(place), Number.parseInt(place.slice(dirname(place).length + 1), 10));
  await mkdir(folder, 0o700);
  try {
    await rename(beside, join(folder, nameInside));
  } catch (error) {
    await rmdir(folder).catch(() => undefined);
    if (hasCode(error, "ENOENT")) return "gone";
    throw error;
  }
  // After a failure from here on the folder stays: it may hold the only copy of a secret, and can be taken up.
  await flushFolder(folder);
  const outcome = await renameFolder(folder, place);
  if (outcome === "taken") await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  return outcome;
}

async function renameFolder(folder: string, place: string): Promise<"placed" | "taken" | "gone"> {
  try {
    await rename(folder, place);
    return "placed";
  } catch (error) {
    if (!(await isThere(folder))) return "gone";
    // ENOTEMPTY, EEXIST or ENOTDIR, depending on what is there; EPERM or EACCES on Windows and from its servers.
    if (await isThere(place)) return "taken";
    throw error;
  }
}

/** The folder of a client's entries. */
export interface Log {
  /** Its path, without links. */
  readonly folder: string;
  /** Whether a user other than this one may have written it. */
  readonly isOwn: (uid: number) => boolean;
  /** Whether the directory's other users are trusted. Then the folder stays open to them. */
  readonly isTrusted: boolean;
  readonly onWarning: (message: string) => void;
}

/**
 * Lists the files of a log. A folder that other users can read or change is made private, with a warning.
 *
 * @returns Undefined if there is no such folder.
 * @throws {Error} if the folder belongs to a user who may not have written it.
 */
export async function listLog({ folder, ...log }: Log): Promise<Dirent[] | undefined> {
  let handle: FileHandle;
  try {
    handle = await openFolder(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const { uid, mode } = await handle.stat();
    if (!log.isOwn(uid)) throw ofAnotherUser("folder", folder, uid);
    if (!log.isTrusted && (mode & 0o077) !== 0 && (await tighten(handle, 0o700)))
      log.onWarning(
        `Other users could read or change ${folder} (mode 0${(mode & 0o777).toString(8)}), which decides what this command does. It is private again. Find out who changed its mode, and rotate the secret if others may have read it.`,
      );
    return await inFolder(folder, (at) => readdir(at, { withFileTypes: true }));
  } finally {
    await handle.close();
  }
}

/** The text of an entry at its place. Links are not followed. One that others can read is made private, with a warning. */
export async function readEntry(log: Log, name: string): Promise<string> {
  const place = join(log.folder, name);
  try {
    return await readText(log, place);
  } catch (error) {
    if (!hasCode(error, "EISDIR")) throw error;
  }
  return readText(log, join(place, nameInside));
}

async function readText({ isOwn, onWarning }: Log, path: string): Promise<string> {
  const file = await openWithoutLinks(path, noLink);
  try {
    const { uid, mode } = await file.stat();
    if (!isOwn(uid)) throw ofAnotherUser("file", path, uid);
    // A file system with modes of its own, such as FAT, shows the same for every file.
    if ((mode & 0o077) !== 0 && process.platform !== "win32" && (await tighten(file, 0o600)))
      onWarning(
        `Other users could read ${path} (mode 0${(mode & 0o777).toString(8)}), which may hold a client secret. It is private again. Find out who changed its mode, and rotate the secret if others may have read it.`,
      );
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

async function tighten(file: FileHandle, mode: number): Promise<boolean> {
  await file.chmod(mode).catch(() => undefined);
  return (Number((await file.stat()).mode) & 0o077) === 0;
}

function ofAnotherUser(kind: "file" | "folder", path: string, uid: number): Error {
  return new Error(
    `the journal's ${kind} ${path} belongs to another user (uid ${uid}), who could have forged it. Its content was not used. Find out what that user did and remove the ${kind}, or say that you trust the directory`,
  );
}

/**
 * The text that a writer has left beside a place, flushed now, as its writer may not have come to that.
 *
 * @returns Undefined if it is no regular file, another user's, or gone.
 */
export async function readBeside({ folder, isOwn }: Log, temporary: Dirent): Promise<string | undefined> {
  const place = join(folder, temporary.name);
  const path = temporary.isDirectory() ? join(place, nameInside) : place;
  let file: FileHandle;
  try {
    file = await openWithoutLinks(path, constants.O_RDWR | noLink);
  } catch (error) {
    // A link is ELOOP, or EMLINK on FreeBSD; a folder EISDIR; a socket ENXIO.
    if (["ENOENT", "ELOOP", "EMLINK", "EISDIR", "ENXIO"].some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile() || !isOwn(stats.uid)) return undefined;
    const text = await file.readFile("utf8");
    await file.sync();
    return text;
  } finally {
    await file.close();
  }
}

/** Whether two names are of one file. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([lstat(one, { bigint: true }), lstat(other, { bigint: true })]);
    return first.dev === second.dev && first.ino === second.ino;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** Whether there is anything of this name, be it a link to nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
