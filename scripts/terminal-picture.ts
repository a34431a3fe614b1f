/** The colours of a terminal. */
export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly dim: string;
  readonly good: string;
  readonly command: string;
}

export const themes: Readonly<Record<"light" | "dark", Theme>> = {
  light: { background: "#f6f8fa", text: "#1f2328", dim: "#59636e", good: "#1a7f37", command: "#0550ae" },
  dark: { background: "#161b22", text: "#e6edf3", dim: "#9198a1", good: "#3fb950", command: "#79c0ff" },
};

/** Columns; a longer line continues in the next one. */
const columns = 92;
/** In pixels. */
const [characterWidth, lineHeight, margin] = [8.43, 20, 20];

/** A picture, in SVG, of a terminal that shows some text. */
export function drawTerminal(text: string, { background, text: color, dim, good, command }: Theme): string {
  const rows = text.split("\n").flatMap(wrap);
  const [width, height] = [columns * characterWidth + 2 * margin, rows.length * lineHeight + 2 * margin];
  const fill = (row: string) =>
    row.startsWith("$ ") ? command : row.startsWith("✓ ") ? good : row.startsWith("  ") ? dim : color;
  const lines = rows.map((row, index) => {
    const y = margin + (index + 0.75) * lineHeight;
    return `  <text x="${margin}" y="${y}" fill="${fill(row)}" xml:space="preserve">${escaped(row)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed()}" height="${height}" viewBox="0 0 ${width.toFixed()} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
  <title>${escaped(text.slice(0, text.indexOf("\n")))}</title>
  <rect width="100%" height="100%" rx="8" fill="${background}"/>
${lines.join("\n")}
</svg>
`;
}

function wrap(line: string): string[] {
  const rows: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const at = rest.lastIndexOf(" ", columns);
    const end = at > columns / 2 ? at : columns;
    rows.push(rest.slice(0, end));
    rest = `         ${rest.slice(end).trimStart()}`;
  }
  return [...rows, rest];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
