/**
 * `npm run docs`: the site, in `.docs/`, which needs no network. TypeDoc, which is a package of this folder's own, makes it of
 * README, the guides, the docstrings of the entries, the definitions of the command, the error codes and
 * `generated/openapi.json`. It is not built if a docstring is missing; `-- --check` only looks for that.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeKillItYourself } from "./kill-it-yourself/build.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const site = join(root, ".docs");

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });

function run(command: string, given: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, given, { cwd, encoding: "utf8" });
  if (status === 0) return;
  console.error(`${stdout}${stderr}`);
  process.exit(status ?? 1);
}

// Without TypeDoc's peer: the compiler is the project's own.
if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--ignore-scripts", "--omit=peer"], here);
const { checkDocstrings } = await import("./reference.ts");
const { app, project } = await checkDocstrings();
if (!values.check) {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site);
  // Before the pages that link to it.
  await writeKillItYourself(join(site, "kill-it-yourself.html"));
  const { writeSite } = await import("./site.ts");
  await writeSite(app, project, site);
  console.log(`The site is in ${site}: serve that folder, or open index.html there.`);
}
