import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** How the temporary files of a target begin: by this they are found again after a crash. Short, whatever its name. */
export function namePrefix(target: string): string {
  return `.cf-oauth-${createHash("sha256").update(basename(target)).digest("hex").slice(0, 12)}-`;
}

/** A new name for a temporary file of a target. */
export function nameBeside(target: string, folder: string = dirname(target)): string {
  return join(folder, `${namePrefix(target)}${randomBytes(8).toString("hex")}.tmp`);
}

/**
 * Makes a new file, its owner's alone whatever the umask.
 *
 * A file system with modes of its own, such as CIFS or FAT, may refuse.
 *
 * @param mode of the file that it is beside.
 * @throws {LooserModeError} if more people could read it than that file; there is no file then.
 */
export async function openPrivate(path: string, mode: number): Promise<FileHandle> {
  const handle = await open(path, "wx", 0o600);
  try {
    if (await setMode(handle, 0o600)) return handle;
    const given = (await handle.stat()).mode;
    if ((given & ~mode & 0o077) === 0) return handle;
    throw new LooserModeError(
      `the mode of a new file in ${dirname(path)} cannot be set, and others could read it (mode 0${(given & 0o777).toString(8)})`,
    );
  } catch (error) {
    await handle.close();
    await rm(path, { force: true });
    throw error;
  }
}

export class LooserModeError extends Error {}

/** Whether a file has a mode now. It is not set without need, since that may be refused. */
export async function setMode(handle: FileHandle, mode: number): Promise<boolean> {
  if (((await handle.stat()).mode & 0o7777) === mode) return true;
  return handle.chmod(mode).then(
    () => true,
    () => false,
  );
}

/** Removes the temporary files of a target that are its owner's to remove. */
export async function removeLeftovers(target: string, folder: string): Promise<void> {
  const prefix = namePrefix(target);
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.startsWith(prefix) && name.endsWith(".tmp")) await rm(join(folder, name), { force: true }).catch(() => {});
}

/** Makes a folder's list of names durable, where the system has a way to ask for it. */
export async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A folder that cannot be listed, and file systems that cannot do it.
    if (!["EACCES", "EINVAL", "ENOTSUP", "ENOSYS"].some((code) => hasCode(error, code))) throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
