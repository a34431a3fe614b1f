import { createHash } from "node:crypto";
import { open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** How the temporary files of a target begin: by this they are found again after a crash. Short, whatever its name. */
export function namePrefix(target: string): string {
  return `.cf-oauth-${createHash("sha256").update(basename(target)).digest("hex").slice(0, 12)}-`;
}

/** Removes the temporary files of a target that are its owner's to remove. */
export async function removeLeftovers(target: string): Promise<void> {
  const folder = dirname(target);
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
