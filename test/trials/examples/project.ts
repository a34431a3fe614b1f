/** A project that has the package as its users get it, and the examples of this folder. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installPacked, packProject, root, tools } from "../../support/packed-package.ts";

export const here: string = fileURLToPath(new URL(".", import.meta.url));
export const project: string = join(tools, "node_modules/.cache/examples");

/** Makes it anew. */
export function makeProject(): void {
  rmSync(project, { recursive: true, force: true });
  const folder = mkdtempSync(join(tmpdir(), "examples-"));
  try {
    installPacked(packProject(folder), project);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const example of ["node", "worker", "browser"])
    cpSync(join(here, example), join(project, example), { recursive: true });
  // The types of the platforms, which users install.
  for (const [types, from] of [
    ["@types", root],
    ["@cloudflare", tools],
  ] as const)
    symlinkSync(join(from, "node_modules", types), join(project, "node_modules", types));
}

/** Checks an example's types; what the compiler said, empty if nothing. */
export function typeErrors(example: string): Promise<string> {
  const tsc = join(root, "node_modules/typescript-7/bin/tsc");
  return promisify(execFile)(process.execPath, [tsc, "-p", join(project, example), "--pretty", "false"]).then(
    () => "",
    (error: { stdout?: string; message: string }) => error.stdout || error.message,
  );
}
