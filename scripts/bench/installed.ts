import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contenders, ours } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 60;

/** What is downloaded for an installation, what it puts on the disk, and how long it takes; dependencies included. */
export function measureInstalled(workspace: Workspace): Figure[] {
  const found: Record<string, number[][]> = {};
  for (const { name, packages } of contenders) {
    const folders = withDependencies(packages, workspace);
    const entries = [...folders].flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }));
    const blocks = entries.map((entry) => statSync(join(entry.parentPath, entry.name)).blocks);
    const files = entries.filter((entry) => entry.isFile()).length;
    const packed = packedSize([...folders].map((folder) => specifierOf(folder, workspace)));
    found[name] = [[folders.size, files, blocks.reduce((sum, count) => sum + count * 512, 0) / 1e6, packed / 1e6]];
  }
  return [
    figure("installed: packages", "", found, 0),
    figure("installed: files", "", found, 1),
    figure("installed: on the disk", "MB", found, 2),
    figure("installed: downloaded", "MB", found, 3),
    figure("npm install, all in its cache", "s", measureTime(workspace), 0),
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

/** The words for npm that get a package as it is here. */
function specifierOf(folder: string, workspace: Workspace): string {
  const { name, version }: { name: string; version: string } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  return name === ours ? join(workspace.folder, `${ours}-${version}.tgz`) : `${name}@${version}`;
}

/** Bytes of the files that are downloaded. */
function packedSize(specifiers: readonly string[]): number {
  if (specifiers.length === 0) return 0;
  const packed: { size: number }[] = JSON.parse(npm(["pack", "--dry-run", "--json", ...specifiers]));
  return packed.reduce((sum, { size }) => sum + size, 0);
}

/** Seconds until npm has installed a contender in an empty project, from its cache. */
function measureTime(workspace: Workspace): Record<string, readonly (readonly number[])[]> {
  const project = join(workspace.folder, "project");
  const installing = contenders.filter(({ packages }) => packages.length > 0);
  const specifiers = new Map(
    installing.map(({ name, packages }) => [
      name,
      packages.map((one) => specifierOf(workspace.packageFolder(one), workspace)),
    ]),
  );
  const samples = interleave([...specifiers.keys()], seconds, (name) => {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), "{}");
    const start = performance.now();
    npm(["install", "--prefer-offline", "--no-audit", "--no-fund", ...(specifiers.get(name) ?? [])], project);
    return [(performance.now() - start) / 1000];
  });
  rmSync(project, { recursive: true, force: true });
  return samples;
}

function npm(words: readonly string[], cwd?: string): string {
  // It lists the files of a package, which may be thousands.
  return execFileSync("npm", words, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 2 ** 26,
  });
}
