import { operations } from "../../../generated/operations.ts";
import type { SeenTable } from "../../support/seen-table.ts";
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

/** The table of the generators, for so many schemas of the description. */
export function tableOf(rows: readonly Row[], schemas: number): SeenTable {
  const count = Object.keys(operations).length;
  return {
    trial: "generators",
    document: "CONTRIBUTING.md",
    head: ["generator", "operations", "schemas with the description's fields"],
    rows: [
      ...rows.map((row) => [
        `${row.name} ${row.version}`,
        `${row.operations} of ${count}`,
        `${row.schemas} of ${schemas}`,
      ]),
      ...missing.map(([name, reason]) => [name, `not tried: ${reason}`, ""]),
    ],
  };
}
