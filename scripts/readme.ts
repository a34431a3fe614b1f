/**
 * Writes the tables of README.md that the tests prove, between `<!-- name -->` and `<!-- /name -->`.
 *
 *     npm run readme               write what has changed
 *     npm run readme -- --check    write nothing; exit 1 and name what is stale
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { renderOutcomeTable } from "../test/client/outcome-table.ts";
import { renderDifferences } from "../test/parity/differences.ts";
import { renderRules } from "../test/rotation/rules.ts";

const readme = new URL("../README.md", import.meta.url);
const tables: Record<string, string> = {
  outcomes: renderOutcomeTable(),
  differences: renderDifferences(),
  rules: renderRules(),
};

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
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
