/** A project that has the package as its users get it, the Workers of this test, and the one of the guide (`guide.ts`). */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBlock } from "../../guides/blocks.ts";
import { bundle } from "../../support/bundle.ts";
import { installPacked, packProject, root, tools } from "../../support/packed-package.ts";

export const here: string = fileURLToPath(new URL(".", import.meta.url));

// Below the packages of the trials, so that their types are found.
const project = join(tools, "node_modules/.cache/workers");

/** Makes it anew, and checks its types. */
export function makeProject(): void {
  rmSync(project, { recursive: true, force: true });
  const folder = mkdtempSync(join(tmpdir(), "workers-"));
  try {
    installPacked(packProject(folder), project);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  cpSync(join(here, "worker"), join(project, "worker"), { recursive: true });
  writeFileSync(join(project, "worker/guide.ts"), findBlock("ts", "cloudflare:workers").code);
  const tsc = join(root, "node_modules/typescript-7/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(project, "worker")], { stdio: ["ignore", "inherit", "inherit"] });
}

/** A Worker of the project in one file, as wrangler makes it. */
export function bundleWorker(file: string): Promise<string> {
  return bundle(join(project, "worker", file), "workerd");
}
