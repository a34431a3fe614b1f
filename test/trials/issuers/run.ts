/**
 * `npm run trial -- issuers`: the proof against authorization servers that others have written. They are packages of this
 * folder's own, so that nobody else has to install them. Arguments go to vitest.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../../..");

function run(command: string, given: string[], cwd: string): void {
  const { status } = spawnSync(command, given, { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--ignore-scripts"], here);
run(process.execPath, ["node_modules/typescript-7/bin/tsc", "-p", here], root);
run(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "test/vitest.config.ts",
    "--project",
    "issuers",
    "--silent=passed-only",
    ...process.argv.slice(2),
  ],
  root,
);
