/**
 * Writes the parts of the guides that the tests hold, between `<!-- name -->` and `<!-- /name -->`, in whichever guide these
 * markers stand.
 *
 *     npm run readme               write what has changed
 *     npm run readme -- --check    write nothing; exit 1 and name what is stale
 *     npm run readme -- --record   also record the session of `npm start` again, and draw README's pictures of it
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sinksHelp } from "../src/cli/commands/sinks.ts";
import { renderOutcomeTable } from "../test/client/outcome-table.ts";
import { renderRules } from "../test/rotation/rules.ts";
import { renderDifferences } from "../test/trials/parity/differences.ts";
import { renderRuntimes } from "../test/trials/runtimes/supported.ts";
import { renderErrorCodes } from "./error-codes.ts";
import { fillGuides, guides, readGuide } from "./guides.ts";
import { drawTerminal, themes } from "./terminal-picture.ts";

const { values } = parseArgs({ options: { check: { type: "boolean" }, record: { type: "boolean" } } });

/** How each part is made; undefined leaves it as it was recorded. */
const renderers: Readonly<Record<string, () => string | undefined>> = {
  outcomes: renderOutcomeTable,
  differences: renderDifferences,
  rules: renderRules,
  "error-codes": renderErrorCodes,
  runtimes: renderRuntimes,
  schedule: () => fenced("yaml", read("test/trials/examples/scheduled-rotation.yml")),
  // The trials of these names write them.
  stores: () => undefined,
  fetches: () => undefined,
  toolchains: () => undefined,
  recipes: () => fenced("text", sinksHelp),
  session: () => (values.record ? fenced("console", session()) : undefined),
};

const before = Object.fromEntries(guides.map((guide) => [guide, readGuide(guide)]));
for (const [guide, after] of Object.entries(fillGuides(before, renderers))) {
  if (after === before[guide]) console.log(`${guide} is up to date`);
  else if (values.check) {
    console.error(`${guide} is stale. Run \`npm run readme\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(fileURLToPath(new URL(`../${guide}`, import.meta.url)), after);
    console.log(`${guide} is written`);
  }
}

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trim()}\n\`\`\``;
}

function session(): string {
  const recorded = recordSession();
  const [rotation = ""] = recorded.split("\n$ cat");
  for (const [name, theme] of Object.entries(themes))
    writeFileSync(new URL(`../.github/terminal-${name}.svg`, import.meta.url), drawTerminal(rotation, theme));
  return recorded;
}

/** What `npm start` prints, from the rotation on; without what differs from run to run. */
function recordSession(): string {
  const { stdout, status } = spawnSync(process.execPath, [new URL("start.ts", import.meta.url).pathname], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status !== 0) throw new Error(`npm start ended with ${status}`);
  return stdout
    .slice(stdout.indexOf("$ cf-oauth rotate"))
    .replaceAll(/\/\S*cf-oauth-start-\w+/g, "/srv/app")
    .replaceAll(/\d{4}-\d\d-\d\dT(\d\d:\d\d):\d\d\.\d+Z/g, "2026-11-25T$1Z")
    .replaceAll(/[0-9a-f]{58}(?=[0-9a-f]{6}\b)/g, "…");
}
