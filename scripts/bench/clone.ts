import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

/** How long README's two commands take in a fresh clone of the last commit. Once, since that takes minutes. */
export function measureClone({ root }: Workspace): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), "bench-clone-"));
  // Not with an empty environment, as other measures: npm would not find its settings.
  const time = (...command: string[]): number => {
    const start = performance.now();
    execFileSync(command[0] ?? "", command.slice(1), { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    return (performance.now() - start) / 1000;
  };
  const figure = (title: string, seconds: number): Figure => ({
    title: `fresh clone: ${title}`,
    unit: "s",
    values: { "this package": seconds },
  });
  try {
    time("git", "clone", "--quiet", root, ".");
    const install = time("npm", "ci");
    return [
      figure("npm ci && npm start", install + time("npm", "start")),
      figure("npm ci && npm test", install + time("npm", "test")),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
