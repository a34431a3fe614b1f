import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./child.ts";
import type { Figure } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

/** How long README's two commands take in a fresh clone of what is committed. Once, since that takes minutes. */
export function measureClone({ root }: Workspace): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), "bench-clone-"));
  const clone = join(folder, "project");
  // npm, and what it starts, need more than an empty environment has.
  const shell = (line: string) =>
    run("/usr/bin/env", [`PATH=${process.env.PATH}`, `HOME=${folder}`, "sh", "-c", line], clone).ms;
  const seconds = (title: string, ms: number): Figure => ({ title, unit: "s", values: { "this package": ms / 1000 } });
  try {
    run("git", ["clone", "--quiet", root, clone]);
    const install = shell("npm ci");
    return [
      seconds("fresh clone: npm ci && npm start", install + shell("npm start")),
      seconds("fresh clone: npm ci && npm test", install + shell("npm test")),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
