/**
 * `npm run trial -- mutants`: mutation testing of the rotation and of the client's decorated fetch, then the list of what survived.
 * What the tests do not notice in the rotation, the simulation judges, which `npm test` runs too. Its packages are this folder's
 * own. It takes about an hour on two free cores; arguments go to Stryker, for example `-- --mutate src/rotation/reads.ts`.
 *
 * `npm run trial -- mutants src/node/dotenv` mutates that folder: first it runs the fast tests, then those that start processes,
 * which run the mutant too. Check two kinds of survivors by hand. Stryker does not see code that runs only in those processes.
 * And where a module caches a result (`secret-forms.ts`), Stryker runs only the first test that needs it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeBySimulation } from "./by-simulation.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../../..");

/** The part of all mutants that may survive. */
const mostSurvivors = 0.05;

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

function run(command: string, given: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): number {
  return spawnSync(command, given, { cwd, env: { ...process.env, ...env }, stdio: "inherit" }).status ?? 1;
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

/** The source with the mutant in it. */
function mutate(source: string, { location: { start, end }, replacement = "" }: Mutant): string {
  const lines = source.split("\n");
  const offset = ({ line, column }: Position) =>
    lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
  return source.slice(0, offset(start)) + replacement + source.slice(offset(end));
}

// Without Stryker's peers: vitest is the project's own.
if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--ignore-scripts", "--omit=peer"], here);
const stryker = join(here, "node_modules/@stryker-mutator/core/bin/stryker.js");
const report = join(root, ".stryker-tmp/mutation.json");
rmSync(report, { force: true });
const given = process.argv.slice(2);
const folder = given[0]?.startsWith("src/node/") ? given.shift() : undefined;
const runStryker = (env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
  run(process.execPath, [stryker, "run", join(here, "stryker.config.json"), ...more, ...given], root, env);
let status = 1;
if (folder === undefined) status = runStryker();
// The second pass reads the results of the first from the incremental file, and runs only the survivors.
else
  for (const pass of ["fast", "processes"]) {
    const of = ["--mutate", `${folder}/*.ts`, "--incrementalFile", `.stryker-tmp/${basename(folder)}.json`];
    status = runStryker({ MUTATED_FOLDER: folder, MUTATED_PASS: pass }, ...of);
  }
if (!existsSync(report)) process.exit(status || 1);

const { files }: Report = JSON.parse(readFileSync(report, "utf8"));
const mutants = Object.entries(files).flatMap(([path, { source, mutants }]) =>
  mutants.map((mutant) => ({ path, source, mutant, line: describe(path, source, mutant) })),
);
const having = (...statuses: string[]) => mutants.filter(({ mutant }) => statuses.includes(mutant.status));
const unnoticed = having("Survived", "NoCoverage");
const judged = unnoticed.filter(({ path }) => path.startsWith("src/rotation/"));
const survived = new Set(unnoticed);
await judgeBySimulation(
  judged.map(({ path, source, mutant }) => ({ path: path.slice("src/".length), source: mutate(source, mutant) })),
  (index, isKilled) => {
    const one = judged[index];
    if (one && isKilled) survived.delete(one);
  },
);
for (const { line } of survived) console.log(`survived: ${line}`);
const all = having("Killed", "Timeout").length + unnoticed.length;
console.log(
  `${all - survived.size} of ${all} mutants killed, ${unnoticed.length - survived.size} of these by the simulation alone: ${((100 * (all - survived.size)) / all).toFixed(1)} %`,
);
process.exitCode = survived.size <= all * mostSurvivors ? status : 1;
