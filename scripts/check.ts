/**
 * `npm test`: everything that must hold before a commit, in the order in which a fault is cheapest to find. Stops at the
 * first that does not. Arguments go to vitest.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// By path, since packages do not export their commands, and two have one named `tsc`.
const file = (path: string) => join(root, "node_modules", path);
const tsc = file("typescript-7/bin/tsc");

const steps: [name: string, ...command: string[]][] = [
  ["generated/ is what the description yields", "scripts/generate.ts", "--check"],
  ["README.md shows what the tests prove", "scripts/readme.ts", "--check"],
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
  ["types of what runs on Node only", tsc, "-p", "src/node"],
  ["types of the command", tsc, "-p", "src/cli"],
  ["types of scripts and tests", tsc, "-p", "test"],
  ["build", file("tsdown/dist/run.mjs"), "--config", "scripts/tsdown.config.ts"],
  [
    "tests",
    file("vitest/vitest.mjs"),
    "run",
    "--config",
    "test/vitest.config.ts",
    "--project=shared",
    "--project=isolated",
    ...process.argv.slice(2),
  ],
];

for (const [name, ...command] of steps) {
  const start = performance.now();
  const last = name === "tests";
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: "utf8",
    stdio: last ? "inherit" : "pipe",
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status !== 0) {
    if (!last) console.error(`${stdout}${stderr}`.trimEnd());
    console.error(`\n✗ ${name} (${seconds} s)`);
    process.exit(status ?? 1);
  }
  console.log(`✓ ${name} (${seconds} s)`);
}
