import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { contenders } from "./contenders.ts";
import { type Figure, figure } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

/** What an installation puts on the disk, dependencies included. */
export function measureInstalled(workspace: Workspace): Figure[] {
  const found: Record<string, number[][]> = {};
  for (const { name, packages } of contenders) {
    const folders = withDependencies(packages, workspace);
    const entries = [...folders].flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }));
    const blocks = entries.map((entry) => statSync(join(entry.parentPath, entry.name)).blocks);
    const files = entries.filter((entry) => entry.isFile()).length;
    found[name] = [[folders.size, files, blocks.reduce((sum, count) => sum + count * 512, 0) / 1e6]];
  }
  return [
    figure("installed: packages", "", found, 0),
    figure("installed: files", "", found, 1),
    figure("installed: on the disk", "MB", found, 2),
  ];
}

function withDependencies(packages: readonly string[], workspace: Workspace): Set<string> {
  const folders = new Set<string>();
  const add = (name: string) => {
    const folder = workspace.packageFolder(name);
    if (folders.has(folder)) return;
    folders.add(folder);
    const manifest: { dependencies?: object } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    for (const dependency of Object.keys(manifest.dependencies ?? {})) add(dependency);
  };
  for (const name of packages) add(name);
  return folders;
}
