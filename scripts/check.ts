/**
 * `npm test`: everything that must hold before a commit. First come the checks, two at a time, in the order in which a fault is
 * cheapest to find; then the tests. All of them run, even if one fails; without a build there are no tests. Arguments go to vitest.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// By path, since packages do not export their commands, and two have one named `tsc`.
const file = (path: string) => join(root, "node_modules", path);
const tsc = file("typescript-7/bin/tsc");

const checks: [name: string, ...command: string[]][] = [
  ["generated/ is what the description yields", "scripts/generate.ts", "--check"],
  ["README.md shows the results of the tests", "scripts/readme.ts", "--check"],
  [
    "the workflow is valid",
    file("@redocly/cli/bin/cli.js"),
    "lint",
    "--config",
    "openapi/redocly.yaml",
    "openapi/rotation.arazzo.yaml",
  ],
  ["format and lint", file("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "."],
  [
    "the house: no arrow up, no circle",
    file("dependency-cruiser/bin/dependency-cruiser.mjs"),
    "--config",
    "scripts/dependency-cruiser.mjs",
    "src",
  ],
  ["types of the product", tsc, "-p", "."],
  ["types of the code for Node only", tsc, "-p", "src/node"],
  ["types of the command", tsc, "-p", "src/cli"],
  ["types of scripts and tests", tsc, "-p", "test"],
  ["build", file("tsdown/dist/run.mjs"), "--config", "scripts/tsdown.config.ts"],
];

const failed: string[] = [];

/** Reports how a check ended. */
function report(name: string, seconds: string, status: number | null): void {
  const line = `${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`;
  if (status === 0) console.log(line);
  else failed.push(line);
}

/** Says how long something took, in seconds. */
function stopwatch(): () => string {
  const start = performance.now();
  return () => ((performance.now() - start) / 1000).toFixed(1);
}

async function checkAll(): Promise<void> {
  for (let next = checks.shift(); next; next = checks.shift()) {
    const [name, ...command] = next;
    const took = stopwatch();
    const child = spawn(process.execPath, command, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const [[status], ...printed] = await Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]);
    if (status !== 0) console.error(printed.join("").trimEnd());
    report(name, took(), status);
  }
}

function test(): void {
  const took = stopwatch();
  // Nothing else runs by now; by itself, vitest would leave one core free.
  const projects = ["--project=shared", "--project=isolated", "--maxWorkers=100%"];
  const words = ["run", "--config", "test/vitest.config.ts", ...projects, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [file("vitest/vitest.mjs"), ...words], {
    cwd: root,
    stdio: "inherit",
  });
  report("tests", took(), status);
}

await Promise.all([checkAll(), checkAll()]);
if (!failed.some((line) => line.startsWith("✗ build"))) test();
for (const line of failed) console.error(line);
process.exitCode = failed.length > 0 ? 1 : 0;
