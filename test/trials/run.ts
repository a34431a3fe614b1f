/**
 * `npm run trial`: lists the trials. `npm run trial -- <name> [arguments]` runs one; `-- ci` and `-- night` run all that CI runs
 * for every change, and every night. Each prints its time, beside its budget.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Trial, trials } from "./trials.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [name, ...given] = process.argv.slice(2);
// Halves the time of a child that is TypeScript.
const env = { NODE_COMPILE_CACHE: join(tmpdir(), "cf-oauth-trials"), ...process.env };

/** Runs a trial, and says how long it took. @param log a file for its output; undefined: the terminal. */
async function run(name: string, { runs, budget }: Trial, more: readonly string[], log?: string): Promise<boolean> {
  const start = performance.now();
  const file = log === undefined ? undefined : await open(log, "w");
  let isPassed = true;
  for (const [index, words] of runs.entries()) {
    const args = index === runs.length - 1 ? [...words, ...more] : words;
    const output = file?.fd ?? "inherit";
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", output, output] });
    const [status] = await once(child, "exit");
    isPassed = status === 0;
    if (!isPassed) break;
  }
  await file?.close();
  if (log !== undefined) {
    process.stdout.write(readFileSync(log));
    rmSync(log);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const isOver = seconds > budget;
  console.log(`${isPassed ? "✓" : "✗"} ${name} took ${seconds} s of ${budget}${isOver ? ", which is too long" : ""}`);
  return isPassed;
}

/** Runs one after the other, and beside one that mostly waits those that follow it. */
async function runAll(when: Trial["when"]): Promise<boolean> {
  const waiting: Promise<boolean>[] = [];
  let isPassed = await run("build", { what: "", runs: [build], budget: 60, when }, []);
  for (const [name, { runs, ...rest }] of Object.entries(trials)) {
    const trial = { ...rest, runs: runs.filter((words) => words !== build) };
    if (!isPassed || trial.when !== when) continue;
    if (trial.mostlyWaits) waiting.push(run(name, trial, [], join(tmpdir(), `trial-${name}-${process.pid}`)));
    else isPassed = await run(name, trial, []);
  }
  return (await Promise.all(waiting)).every(Boolean) && isPassed;
}

function list(): void {
  const width = Math.max(...Object.keys(trials).map(({ length }) => length));
  for (const [name, { what, budget, when }] of Object.entries(trials))
    console.log(`${name.padEnd(width)}  ${when.padEnd(7)}  ${String(budget).padStart(5)} s  ${what}`);
}

if (name === undefined) list();
else if (name === "ci" || name === "night") process.exitCode = (await runAll(name)) ? 0 : 1;
else {
  const trial = trials[name];
  if (!trial) {
    console.error(`There is no trial ${name}. There are:\n`);
    list();
    process.exitCode = 2;
  } else process.exitCode = (await run(name, trial, given)) ? 0 : 1;
}
