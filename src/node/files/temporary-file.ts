import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inFolder, openFolder, openWithoutLinks } from "./without-links.ts";

/** The first part of the names of a target's temporary files, by which the next run finds them after a crash. */
export function namePrefix(target: string): string {
  return `.cf-oauth-${createHash("sha256").update(basename(target)).digest("hex").slice(0, 12)}-`;
}

/** Returns a new name for a temporary file of a target. */
export function nameBeside(target: string, folder: string = dirname(target)): string {
  return join(folder, `${namePrefix(target)}${randomBytes(8).toString("hex")}.tmp`);
}

/**
 * Creates a file with mode 0600, whatever the umask. A file system that sets modes itself, such as CIFS or FAT, may give it
 * another mode.
 *
 * @param mode of the target; the new file may be as readable as that.
 * @throws {LooserModeError} if more users could read it than the target. The file is removed then.
 */
export async function openPrivate(path: string, mode: number): Promise<FileHandle> {
  const handle = await openWithoutLinks(path, "wx", 0o600);
  try {
    if (await setMode(handle, 0o600)) return handle;
    const given = (await handle.stat()).mode;
    if ((given & ~mode & 0o077) === 0) return handle;
    throw new LooserModeError(
      `others could read a new file in ${dirname(path)}: its file system does not allow mode 0600, but sets 0${(given & 0o777).toString(8)}. No secret was written. Use a folder on another file system`,
    );
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

export class LooserModeError extends Error {}

/** Sets the mode of a file unless it has that mode already, since a file system may refuse the change. False if it does. */
export async function setMode(handle: FileHandle, mode: number): Promise<boolean> {
  if (((await handle.stat()).mode & 0o7777) === mode) return true;
  return handle.chmod(mode).then(
    () => true,
    () => false,
  );
}

/** Removes the temporary files of a folder, of whatever target, as far as this user may. Call it only in a turn. */
export async function removeLeftovers(folder: string): Promise<void> {
  await inFolder(folder, async (at) => {
    const names = await readdir(at).catch(() => []);
    for (const name of names)
      if (/^\.cf-oauth-[0-9a-f]{12}-[0-9a-f]{16}\.tmp$/.test(name))
        await rm(join(at, name), { force: true }).catch(() => {});
  });
}

/**
 * Makes new names in a folder survive a loss of power, where the system supports that.
 *
 * @param folder its path without links.
 */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  try {
    const handle = await openFolder(folder);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // The folder may not be readable, and some file systems do not support this.
    if (!["EACCES", "EINVAL", "ENOTSUP", "ENOSYS"].some((code) => hasCode(error, code))) throw error;
  }
}

export function missingFolder(folder: string, cause: unknown): Error {
  return new Error(`the folder ${folder} does not exist. Create it, or correct the path`, { cause });
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
