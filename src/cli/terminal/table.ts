import { plain } from "./text.ts";

/** The longest cell, in UTF-16 units: measuring one takes time that grows with the square of its length. */
const longest = 500;

/**
 * Rows in aligned columns, none wider than a terminal; the widest cells are cut, but none in the first column, which names
 * what the row is of.
 *
 * @param width columns of the terminal; Infinity for a pipe, and for a terminal that says 0.
 */
export async function formatTable(
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns || Infinity,
): Promise<string[]> {
  const clean = rows.map((row) => row.map((cell) => plain(cell).slice(0, longest)));
  const widthOf = await ruler(clean.flat());
  const widths = (clean[0] ?? []).map((_, column) =>
    clean.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "")), 0),
  );
  const gap = 2;
  const total = () => widths.reduce((sum, one) => sum + one + gap, -gap);
  while (total() > width) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1);
    if ((widths[widest] ?? 0) <= 5) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return clean.map((row) =>
    row
      .map((cell, column) => pad(cut(cell, widths[column] ?? 0, widthOf), widths[column] ?? 0, widthOf))
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

type WidthOf = (text: string) => number;

/** How many columns a text takes. The tables that tell it of any text take longer to load than the rest of the command. */
async function ruler(texts: readonly string[]): Promise<WidthOf> {
  const isNarrow = /^[ -~–…�]*$/;
  if (texts.every((text) => isNarrow.test(text))) return ({ length }) => length;
  return (await import("string-width")).default;
}

function cut(text: string, width: number, widthOf: WidthOf): string {
  if (widthOf(text) <= width) return text;
  let short = "";
  for (const character of text) {
    if (widthOf(short + character) > width - 1) break;
    short += character;
  }
  return `${short}…`;
}

function pad(text: string, width: number, widthOf: WidthOf): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
