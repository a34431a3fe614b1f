/** The table of the fetches in the guide `src/client/README.md`. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fillParts } from "../../../scripts/guides.ts";

const guide = "src/client/README.md";
const file = fileURLToPath(new URL(`../../../${guide}`, import.meta.url));
const head = [
  "`fetch`",
  "new secret",
  "status and headers",
  "redirect",
  "`timeout` and `signal`",
  "connection refused",
];

const lineOf = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** Compares what was seen with the guide's table, or writes it; returns what differs. */
export function compareTable(rows: readonly (readonly string[])[], isWritten: boolean): string[] {
  const text = readFileSync(file, "utf8");
  const table = [head, head.map(() => "---"), ...rows].map(lineOf).join("\n");
  const filled = fillParts(guide, text, (name) => (name === "fetches" ? table : undefined));
  if (filled === text && text.includes(table)) return [];
  if (!isWritten) return [`The table in ${guide} is not what was seen. Run \`npm run trial -- fetches --write\`.`];
  writeFileSync(file, filled);
  return [];
}
