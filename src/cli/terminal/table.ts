import { plain } from "./text.ts";

/** The longest cell, in UTF-16 units: measuring one takes time that grows with the square of its length. */
const longest = 500;

/** The narrowest that a column is cut to. */
const narrowest = 5;
const gap = 2;

/** What a table omits if the terminal is too narrow. */
interface Narrowing {
  /** Headings of the columns that go, one after the other, the least important first. */
  readonly spare: readonly string[];
  /** The heading of the column whose cells are cut when these are gone. Default: whichever is widest. */
  readonly cut?: string;
}

/**
 * Rows in aligned columns, none wider than a terminal. Where they would be, whole columns go first, so that no word is cut which
 * counts. The first column names what the row is of, and stays whole.
 *
 * @param rows the headings, then the cells.
 * @param width columns of the terminal; Infinity for a pipe, and for a terminal that says 0.
 */
export async function formatTable(
  rows: readonly (readonly string[])[],
  { spare, cut: softest = "" }: Narrowing,
  width: number = process.stdout.columns || Infinity,
): Promise<string[]> {
  const clean = rows.map((row) => row.map((cell) => plain(cell).slice(0, longest)));
  const widthOf = await ruler(clean.flat());
  const [headings = []] = clean;
  const widths = new Map(
    headings.map((heading, column) => [
      heading,
      clean.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? "")), 0),
    ]),
  );
  const excess = () => [...widths.values()].reduce((sum, one) => sum + one + gap, -gap) - width;
  for (const heading of spare) if (excess() > 0) widths.delete(heading);
  const narrow = (heading: string, by: number) =>
    widths.set(heading, Math.max(narrowest, (widths.get(heading) ?? 0) - by));
  if (excess() > 0 && widths.has(softest)) narrow(softest, excess());
  while (excess() > 0) {
    const [, ...others] = widths;
    const [widest, size] = others.reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
    if (size <= narrowest) break;
    narrow(widest, 1);
  }
  return clean.map((row) =>
    headings
      .flatMap((heading, column) => {
        const size = widths.get(heading);
        return size === undefined ? [] : pad(cut(row[column] ?? "", size, widthOf), size, widthOf);
      })
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
