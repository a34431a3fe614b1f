/** The table of the stores in the guide `src/node/README.md`, between marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { type Recipe, recipes } from "../../../src/cli/commands/recipes.ts";
import type { Seen } from "./recipe.ts";

/** What the trial saw of a recipe; nothing, if it could not run it. */
export interface Row {
  readonly recipe: Recipe;
  readonly program: string;
  readonly version: string | undefined;
  readonly against?: string;
  readonly seen: Seen | undefined;
}

const file = new URL("../../../src/node/README.md", import.meta.url);
const [start, end] = ["<!-- stores -->\n", "<!-- /stores -->"];

/** Line ends, in words. */
function lineEndOf({ seen, recipe }: Row): string {
  if (recipe.readBack === undefined) return "–";
  const known: Readonly<Record<string, string>> = { "": "no line end", "\n": "one line end" };
  return known[seen?.lineEnd ?? ""] ?? JSON.stringify(seen?.lineEnd);
}

function cells(row: Row): string[] {
  const { recipe, program, version, seen, against = "" } = row;
  if (!seen) return [recipe.store, `\`${program}\``, "documented only", "", "", ""];
  const lost = seen.changed.length > 0 ? `exact, except ${seen.changed.join(", ")}` : "exact";
  return [
    recipe.store,
    `\`${program}\` ${version ?? ""}`.trim(),
    against,
    lost,
    lineEndOf(row),
    seen.failures.join(", "),
  ];
}

const head = ["store", "program", "run against", "stored", "read-back adds", "fails when"];
const lineOf = (words: readonly string[]) => `| ${words.join(" | ")} |`;

/** Versions differ from machine to machine. */
function comparable(line: string | undefined): string | undefined {
  return line?.replace(/(\| `[^`]*`) [^|]*\|/, "$1 |");
}

/**
 * Compares what was seen with the guide's table, or writes it. What could not be run here says nothing about a row that is there.
 *
 * @returns what differs.
 */
export function compareTable(rows: readonly Row[], isWritten: boolean): string[] {
  const guide = readFileSync(file, "utf8");
  const [from, to] = [guide.indexOf(start), guide.indexOf(end)];
  if (from < 0 || to < from) return [`src/node/README.md lacks the place for the table: ${start}${end}`];
  const storeOf = (line: string) => line.split(" | ")[0]?.slice(2);
  const told = new Map(
    guide
      .slice(from, to)
      .split("\n")
      .map((line) => [storeOf(line), line]),
  );
  const seen = new Map(
    rows.filter((row) => row.seen || !told.has(row.recipe.store)).map((row) => [row.recipe.store, lineOf(cells(row))]),
  );
  if (!isWritten)
    return [...seen]
      .filter(([store, line]) => comparable(told.get(store)) !== comparable(line))
      .map(([store]) => `The guide's row for ${store} is not what was seen: run the trial with --write`);
  const lines = recipes.map(({ store }) => seen.get(store) ?? told.get(store)).filter((line) => line !== undefined);
  const table = [lineOf(head), lineOf(head.map(() => "---")), ...lines].join("\n");
  writeFileSync(file, `${guide.slice(0, from + start.length)}\n${table}\n\n${guide.slice(to)}`);
  return [];
}
