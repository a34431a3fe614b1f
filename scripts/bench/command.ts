import { globSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child.ts";
import { ours } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 15;

/** How long the command takes to start, and how much of it there is. */
export function measureCommand(workspace: Workspace): Figure[] {
  const empty = join(workspace.folder, "empty.mjs");
  writeFileSync(empty, "");
  const folder = join(workspace.packageFolder(ours), "dist/cli");
  const command = join(folder, "cf-oauth.js");
  const state = ["--sandbox", "--state-dir", join(workspace.folder, "state")];
  const starts: Record<string, string[]> = {
    "empty Node": [empty],
    "--version": [command, "--version"],
    "--help": [command, "--help"],
    "list --sandbox": [command, "list", ...state],
    "status --sandbox": [command, "status", ...state],
  };
  const samples = interleave(Object.keys(starts), seconds, (name) => [run(workspace.node, starts[name] ?? []).ms]);
  const size = (files: string[]) => [[files.reduce((sum, file) => sum + statSync(file).size, 0) / 1000]];
  const started = (name: string) => {
    const { "empty Node": node = [], [name]: own = [] } = samples;
    return figure(`process: cf-oauth ${name}`, "ms", { "empty Node": node, "this package": own }, 0, "empty Node");
  };
  return [
    started("--version"),
    started("--help"),
    started("list --sandbox"),
    started("status --sandbox"),
    figure("the bundled command", "kB", { "this package": size(globSync(join(folder, "*.js"))) }, 0),
    figure(
      "of it, the proxy's part, loaded only where there is a proxy",
      "kB",
      { "this package": size([join(folder, "undici.js")]) },
      0,
    ),
    figure("the packed package", "kB", { "this package": size(globSync(join(workspace.folder, `${ours}-*.tgz`))) }, 0),
  ];
}
