import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { type FileHandle, lstat, open, readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { walkPath } from "./path-walk.ts";

/** With these, `open` reads, follows no link in a file's place, and does not wait for the other end of a named pipe. */
export const noLink: number = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** With these, `open` reads a folder, and no link in its place. Windows has neither. */
const folderOnly = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Linux: opens only the place, so that no right to read is needed. Node does not name it. */
const placeOnly = folderOnly | 0o10000000;

/**
 * Opens a file without following a link, neither in its own place nor in that of a folder above it.
 *
 * Another user may swap a folder for a link at any moment. `openat` would prevent that, but Node does not have it. On Linux, a
 * path below `/proc/self/fd` does the same, see {@link inFolder}. On other systems, this compares the open file with the
 * file that the path leads to afterwards.
 *
 * @param path without links, as `realpath` returns it.
 * @param flags with {@link noLink} among them, or one by which a new file is made.
 * @throws {Error} what `open` throws; and with the code ENOENT, if a folder was moved or swapped meanwhile.
 */
export function openWithoutLinks(path: string, flags: number | string, mode?: number): Promise<FileHandle> {
  const folder = dirname(path);
  return inFolder(folder, async (at) => {
    const file = await open(join(at, basename(path)), flags, mode);
    if (at !== folder || (await isAt(file, path))) return file;
    await file.close();
    throw moved(path);
  });
}

/** Opens a folder for reading, as {@link openWithoutLinks} does. */
export function openFolder(path: string): Promise<FileHandle> {
  return openWithoutLinks(path, folderOnly);
}

/** Reads a small text file, for those who cannot wait. A link in its place is not followed. */
export function readTextSync(path: string): string {
  const file = openSync(path, noLink);
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/**
 * Does something in a folder, even if somebody swaps the folder for a link meanwhile.
 *
 * @param folder without links.
 * @param work gets a path that leads to the folder as it was opened: on Linux one below `/proc/self/fd`, elsewhere `folder`.
 * @throws {Error} what `work` throws; and with the code ENOENT, if a folder was moved or swapped before.
 */
export async function inFolder<T>(folder: string, work: (at: string) => Promise<T>): Promise<T> {
  if (process.platform !== "linux") return work(folder);
  const handle = await open(folder, placeOnly);
  const at = `/proc/self/fd/${handle.fd}`;
  try {
    const real = await readlink(at).catch(() => undefined);
    if (real === undefined) return await work(folder);
    // A file system that knows no case, or a container's, may name it in its own way.
    if (real !== folder && !(await isAt(handle, folder))) throw moved(folder);
    return await work(at);
  } catch (error) {
    throw toldBy(error, at, folder);
  } finally {
    await handle.close();
  }
}

/** An error that names the folder, as the user knows it. */
function toldBy(error: unknown, at: string, folder: string): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replaceAll(at, folder);
  if ("path" in error && typeof error.path === "string") error.path = error.path.replace(at, folder);
  return error;
}

function moved(path: string): Error {
  const message = `ENOENT: somebody moved ${path}, or a folder above it, while it was opened`;
  return Object.assign(new Error(message), { code: "ENOENT" });
}

/** Whether a path leads to an open file, and through no link. */
async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const opened = await file.stat({ bigint: true });
  const there = await lstat(path, { bigint: true }).catch(() => undefined);
  if (opened.dev !== there?.dev || opened.ino !== there.ino) return false;
  return [...walkPath(path)].every(({ stats }) => !stats.isSymbolicLink());
}
