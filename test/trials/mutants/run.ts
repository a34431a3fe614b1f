/**
 * `npm run trial -- mutants`: mutation testing of the rotation and of the client's decorated fetch, then the list of what survived.
 * Its packages are this folder's own. It takes about half an hour on two free cores; arguments go to Stryker, for example
 * `-- --mutate src/rotation/finish.ts`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../../..");

interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function run(command: string, given: readonly string[], cwd: string): number {
  return spawnSync(command, given, { cwd, stdio: "inherit" }).status ?? 1;
}

/** A mutant in one line. */
function describe(
  path: string,
  source: string,
  { location: { start, end }, mutatorName, replacement }: Mutant,
): string {
  const line = source.split("\n")[start.line - 1] ?? "";
  const original = start.line === end.line ? line.slice(start.column - 1, end.column - 1) : `${line.trim()} …`;
  return `${path}:${start.line}:${start.column} ${mutatorName}: ${original} → ${(replacement ?? "").replace(/\s+/g, " ")}`;
}

// Without Stryker's peers: vitest is the project's own.
if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--ignore-scripts", "--omit=peer"], here);
const stryker = join(here, "node_modules/@stryker-mutator/core/bin/stryker.js");
const status = run(
  process.execPath,
  [stryker, "run", join(here, "stryker.config.json"), ...process.argv.slice(2)],
  root,
);

const { files }: Report = JSON.parse(readFileSync(join(root, ".stryker-tmp/mutation.json"), "utf8"));
const mutants = Object.entries(files).flatMap(([path, { source, mutants }]) =>
  mutants.map((mutant) => ({ mutant, line: describe(path, source, mutant) })),
);
const having = (...statuses: string[]) => mutants.filter(({ mutant }) => statuses.includes(mutant.status));
for (const { line } of having("Survived", "NoCoverage")) console.log(`survived: ${line}`);
const killed = having("Killed", "Timeout").length;
const all = killed + having("Survived", "NoCoverage").length;
console.log(`${killed} of ${all} mutants killed: ${((100 * killed) / all).toFixed(1)} %`);
process.exitCode = status;
