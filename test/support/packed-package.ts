import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** The folder whose package has the runtimes, the browser's driver and other tools that trials share. */
export const tools: string = join(root, "test/trials");

const quiet = ["ignore", "ignore", "inherit"] as const;

/** Installs what stands in a folder's package-lock.json, unless that has been done. Runs no install script. */
export function installTools(folder: string): void {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const stamp = join(folder, "node_modules/.installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: folder, stdio: [...quiet] });
  writeFileSync(stamp, lock);
}

/** Packs the project as it was built, as for publishing. */
export function packProject(folder: string): string {
  // Without `prepack`, which would build it again beside trials that run what was built.
  const options = ["--silent", "--ignore-scripts", "--pack-destination", folder];
  execFileSync("npm", ["pack", ...options], { cwd: root, stdio: [...quiet] });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack has left no tarball.");
  return join(folder, tarball);
}

/** Makes a project that has the tarball, and what it depends on, as its users get them; nothing of ours is linked. */
export function installPacked(tarball: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  // What the project's own `npm ci` has fetched is in npm's cache.
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", ...options, tarball], { cwd: folder, stdio: [...quiet] });
}
