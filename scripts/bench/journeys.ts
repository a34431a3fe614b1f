import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child.ts";
import { ours } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 240;

/** What is measured, and what it is compared with. */
const rows: readonly [name: string, base: string, title: string, baseName: string][] = [
  ["rotate --finish", "rotate --finish by hand", "rotate --finish", "raw fetch, by hand"],
  [
    "rotate --finish, 200 ms",
    "rotate --finish by hand, 200 ms",
    "rotate --finish, 200 ms a round trip",
    "raw fetch, by hand",
  ],
  ["rotate, slow journal", "rotate", "rotate, journal by a command of 0.5 s", "journal in files"],
  [
    "first POST of a plan",
    "empty Node",
    "40 clients, journal by a command of 0.5 s, until the first POST",
    "empty Node",
  ],
  ["status", "empty Node", "status, 10,000 journals", "empty Node"],
  ["list", "empty Node", "list, 10,000 clients", "empty Node"],
];

/** Measures how long the installed command takes against a sandbox on loopback. */
export function measureJourneys(workspace: Workspace): Figure[] {
  const command = join(workspace.packageFolder(ours), "dist/cli/cf-oauth.js");
  const folder = join(workspace.folder, "journeys");
  mkdirSync(folder);
  const empty = join(workspace.folder, "empty.mjs");
  writeFileSync(empty, "");
  const journey = (name: string): readonly number[] => {
    const { ms, mb } = JSON.parse(run(workspace.node, [workspace.program("journeys"), command, folder, name]).stdout);
    return [ms, mb];
  };
  try {
    console.error("Writing 10,000 journals …");
    journey("prepare");
    const subjects = [...new Set(rows.flatMap((row) => row.slice(0, 2)))];
    const samples = interleave(subjects, seconds, (name) =>
      name === "empty Node" ? [run(workspace.node, [empty]).ms, 0] : journey(name),
    );
    const { status = [], list = [] } = samples;
    return [
      ...rows.map(([name, base, title, baseName]) =>
        figure(title, "ms", { [baseName]: samples[base] ?? [], "this package": samples[name] ?? [] }, 0, baseName),
      ),
      figure("status, 10,000 journals: memory at most", "MB", { "this package": status }, 1),
      figure("list, 10,000 clients: memory at most", "MB", { "this package": list }, 1),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
