import { writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Keeps a secret that neither the journal nor a sink took, in a new file that only its owner can read: the process is the
 * last that holds it.
 *
 * @returns Where it is; undefined if no folder takes it.
 */
export function rescue(secret: string, clientId: string): string | undefined {
  const name = `cf-oauth-rescued-${clientId.replace(/[^\w-]/g, "_")}-${Date.now()}`;
  for (const folder of [process.cwd(), homedir(), tmpdir()]) {
    const path = join(folder, name);
    try {
      writeFileSync(path, secret, { flag: "wx", mode: 0o600, flush: true });
      return path;
    } catch {
      // The next one, then.
    }
  }
  return undefined;
}
