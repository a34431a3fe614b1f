/**
 * `npm run trial -- toolchains [tool…]`: one small app for each way in which people build and run programs, with the packed package.
 * Each calls the sandbox and prints what it saw. It ends with 1 if an app sees anything else, or if the table in
 * src/client/README.md is not what it saw; `--write` writes the table.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { installPacked, installTools, packProject, tools } from "../../support/packed-package.ts";
import { compareTable } from "../../support/seen-table.ts";
import { runApp } from "./app.ts";
import { expected, type Seen } from "./programs.ts";
import { type Row, tableOf } from "./table.ts";
import { type App, apps } from "./toolchains.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values, positionals } = parseArgs({
  options: { write: { type: "boolean", default: false } },
  allowPositionals: true,
});

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error("Bun and Deno are installed for Linux on x64 only.");
  process.exit(1);
}
installTools(tools);
installTools(here);
const folder = mkdtempSync(join(tmpdir(), "toolchains-"));
// As in a workspace: the package in a folder, the tools in the one above.
const project = join(folder, "project");
const rows: Row[] = [];
const faults: string[] = [];

/** What an app must have seen. */
function expectedOf({ rotation }: App): Seen {
  const { lost, running, ...others } = expected;
  return rotation === true ? expected : others;
}

/** At once, since a run takes minutes. */
function report(fault: string): void {
  faults.push(fault);
  console.error(`✗ ${fault}`);
}

async function judge(app: App, index: number): Promise<void> {
  const own = join(project, `app-${index}`);
  for (const [path, text] of Object.entries(app.files)) {
    mkdirSync(dirname(join(own, path)), { recursive: true });
    writeFileSync(join(own, path), text);
  }
  const start = performance.now();
  const { seen, version, output } = await runApp(app, own, here);
  const isRight = seen.length > 0 && seen.every((one) => isDeepStrictEqual(one, expectedOf(app)));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (isRight) console.log(`✓ ${app.tool} ${version}, ${app.how} (${seconds} s)`);
  if (isRight) rows.push({ app, version });
  else report(`${app.tool}, ${app.how}: saw ${JSON.stringify(seen)}\n${output.trimEnd().replace(/^/gm, "  ")}`);
}

const waiting = [...apps.entries()].filter(([, { tool }]) => positionals.length === 0 || positionals.includes(tool));
async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) await judge(next[1], next[0]);
}

try {
  installPacked(packProject(folder), project);
  symlinkSync(join(here, "node_modules"), join(folder, "node_modules"), "junction");
  await Promise.all([work(), work()]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
rows.sort((a, b) => apps.indexOf(a.app) - apps.indexOf(b.app));
if (positionals.length === 0 && faults.length === 0)
  for (const fault of compareTable(tableOf(rows), values.write)) report(fault);
console.log(`${rows.length} apps, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
