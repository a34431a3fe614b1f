/**
 * `npm run docs`: the reference, one site in `.docs/` that needs no network: `generated/openapi.json` by Redocly, the docstrings of the
 * entries and the guides by TypeDoc, which is a package of this folder's own. It is not built if a docstring is missing;
 * `-- --check` only looks for that.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Redoc names its maker by a picture from its maker's host; here by the word. */
function withoutLogo(page: string): string {
  const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="16"><text y="12" font-family="sans-serif" font-size="12" fill="#0044d4">Redocly</text></svg>`;
  return page.replaceAll(
    /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(-full)?\.svg/g,
    `data:image/svg+xml,${encodeURIComponent(logo)}`,
  );
}

// Without TypeDoc's peer: the compiler is the project's own.
if (!existsSync(join(here, "node_modules"))) run("npm", ["ci", "--ignore-scripts", "--omit=peer"], here);
const { checkDocstrings, writeReference } = await import("./reference.ts");
const { app, project } = await checkDocstrings();
if (!values.check) {
  rmSync(site, { recursive: true, force: true });
  await writeReference(app, project, site);
  const redocly = join(root, "node_modules/@redocly/cli/bin/cli.js");
  const page = join(site, "http.html");
  const how = ["--template", join(here, "http.hbs"), "--inlineBundle", "--output", page];
  run(
    process.execPath,
    [redocly, "build-docs", "generated/openapi.json", "--config", "openapi/redocly.yaml", ...how],
    root,
  );
  writeFileSync(page, withoutLogo(readFileSync(page, "utf8")));
  await writeKillItYourself(join(site, "kill-it-yourself.html"));
  console.log(`The reference is in ${site}: serve that folder, or open index.html there.`);
}
