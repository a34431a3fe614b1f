import type { Figure } from "./rounds.ts";

/** Figures as lines of aligned columns, one for each contender. */
export function formatTable(figures: readonly Figure[], names: readonly string[]): string {
  const lines = figures.map(({ title, unit, values, relative }) => {
    const label = relative
      ? `${title} ÷ ${relative.to} (${round(relative.base)} ${unit})`
      : `${title}${unit && ` (${unit})`}`;
    const cells = names.map((name) => {
      const value = values[name];
      if (value === undefined) return "";
      return relative?.ratios[name]?.toFixed(2) ?? round(value);
    });
    return [label, ...cells];
  });
  const all = [["", ...names], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) =>
      line
        .map((cell, column) => (column ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function round(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}
