import { chmod, lstat, mkdir, realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { flushFolder, hasCode } from "./temporary-file.ts";

/** Creates a folder and its missing parents, each with mode 0700 whatever the umask, so that they survive a loss of power. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    if (!hasCode(error, "ENOENT") || dirname(folder) === folder) throw error;
    await makePrivateFolder(dirname(folder));
    try {
      await mkdir(folder, 0o700);
    } catch (error) {
      // Another process has just created it. On ENOENT again, the parent is a link to nothing.
      if (hasCode(error, "EEXIST")) return;
      throw error;
    }
  }
  // Only the umask can have changed the mode of a new folder.
  if (((await lstat(folder)).mode & 0o777) !== 0o700) await chmod(folder, 0o700);
  await flushFolder(await realpath(dirname(folder)));
}
