/**
 * Writes the tables of README.md that the tests prove, between `<!-- name -->` and `<!-- /name -->`.
 *
 *     npm run readme               write what has changed
 *     npm run readme -- --check    write nothing; exit 1 and name what is stale
 *     npm run readme -- --record   record the session of `npm start` anew, besides
 */
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { sinksHelp } from "../src/cli/commands/sinks.ts";
import { renderOutcomeTable } from "../test/client/outcome-table.ts";
import { renderRules } from "../test/rotation/rules.ts";
import { renderDifferences } from "../test/trials/parity/differences.ts";
import { renderRuntimes } from "../test/trials/runtimes/supported.ts";

const readme = new URL("../README.md", import.meta.url);
const tables: Record<string, string> = {
  outcomes: renderOutcomeTable(),
  differences: renderDifferences(),
  rules: renderRules(),
  runtimes: renderRuntimes(),
  schedule: `\`\`\`yaml\n${await readFile(new URL("../test/trials/examples/scheduled-rotation.yml", import.meta.url), "utf8")}\`\`\`\n`,
  recipes: `\`\`\`text\n${sinksHelp.trim()}\n\`\`\`\n`,
};

const { values } = parseArgs({ options: { check: { type: "boolean" }, record: { type: "boolean" } } });
if (values.record) tables.session = recordSession();
const before = await readFile(readme, "utf8");
let after = before;
for (const [name, table] of Object.entries(tables)) {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [after.indexOf(start), after.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md lacks the place for the table: ${start}${end}`);
  const next = `${after.slice(0, from + start.length)}\n${table}\n${after.slice(to)}`;
  if (next !== after && values.check) console.error(`stale: the table "${name}" of README.md. Run \`npm run readme\`.`);
  after = next;
}
if (after === before) console.log("README.md is up to date");
else if (values.check) process.exitCode = 1;
else await writeFile(readme, after);

/** What `npm start` prints, from the rotation on; without what differs from run to run. */
function recordSession(): string {
  const { stdout, status } = spawnSync(process.execPath, [new URL("start.ts", import.meta.url).pathname], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status !== 0) throw new Error(`npm start ended with ${status}`);
  const session = stdout
    .slice(stdout.indexOf("$ cf-oauth rotate"))
    .replaceAll(/\/\S*cf-oauth-start-\w+/g, "/srv/app")
    .replaceAll(/\d{4}-\d\d-\d\dT(\d\d:\d\d):\d\d\.\d+Z/g, "2026-11-25T$1Z")
    .replaceAll(/[0-9a-f]{58}(?=[0-9a-f]{6}\b)/g, "…");
  return `\`\`\`console\n${session.trim()}\n\`\`\`\n`;
}
