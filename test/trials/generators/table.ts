/** The table of the generators in CONTRIBUTING.md, between marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { operations } from "../../../generated/operations.ts";
import { missing } from "./generators.ts";

/** What the trial saw of a generator. */
export interface Row {
  readonly name: string;
  readonly version: string;
  /** How many operations its code has. */
  readonly operations: number;
  /** Of how many schemas its types have the description's properties, and the same of them required. */
  readonly schemas: number;
}

const file = new URL("../../../CONTRIBUTING.md", import.meta.url);
const [start, end] = ["<!-- generators -->\n", "<!-- /generators -->"];

function render(rows: readonly Row[], schemas: number): string {
  const count = Object.keys(operations).length;
  const lines = [
    "| generator | operations | schemas with the description's fields |",
    "| --- | --- | --- |",
    ...rows.map(
      (row) => `| ${row.name} ${row.version} | ${row.operations} of ${count} | ${row.schemas} of ${schemas} |`,
    ),
    ...missing.map(([name, reason]) => `| ${name} | not tried: ${reason} | |`),
  ];
  return `\n${lines.join("\n")}\n\n`;
}

/** Compares what was seen with the table, or writes it; returns what differs. */
export function compareTable(rows: readonly Row[], schemas: number, isWritten: boolean): string[] {
  const guide = readFileSync(file, "utf8");
  const [from, to] = [guide.indexOf(start), guide.indexOf(end)];
  if (from < 0 || to < from) return [`CONTRIBUTING.md lacks the place for the table: ${start}${end}`];
  const table = render(rows, schemas);
  if (guide.slice(from + start.length, to) === table) return [];
  if (!isWritten) return ["The table in CONTRIBUTING.md is stale. Run `npm run trial -- generators --write`."];
  writeFileSync(file, guide.slice(0, from + start.length) + table + guide.slice(to));
  return [];
}
