import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { flushFolder, hasCode } from "./temporary-file.ts";

/** Makes a folder and those above it, each its owner's alone whatever the umask, and each lasting. */
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
      // Somebody else has just made it. If there is still nothing to make it in, the one above is a link to nowhere.
      if (hasCode(error, "EEXIST")) return;
      throw error;
    }
  }
  await chmod(folder, 0o700);
  await flushFolder(dirname(folder));
}
