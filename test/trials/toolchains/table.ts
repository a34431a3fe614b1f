/** The table of toolchains in the guide `src/client/README.md`, between marks. */
import { readFileSync, writeFileSync } from "node:fs";
import type { App } from "./toolchains.ts";

/** An app that ran as it should. */
export interface Row {
  readonly app: App;
  readonly version: string;
}

const file = new URL("../../../src/client/README.md", import.meta.url);
const [start, end] = ["<!-- toolchains -->\n", "<!-- /toolchains -->"];

function render(rows: readonly Row[]): string {
  const lines = new Map<string, string[]>();
  for (const { app, version } of rows) {
    const [toolchain, rotation] = [`${app.tool} ${version}`, app.rotation === true ? "yes" : app.rotation];
    const key = JSON.stringify([toolchain, rotation]);
    lines.set(key, [...(lines.get(key) ?? []), app.how]);
  }
  const body = [...lines].map(([key, ways]) => {
    const [toolchain, rotation] = JSON.parse(key);
    return `| ${toolchain} | ${ways.join(", ")} | yes | ${rotation} |`;
  });
  const head = ["| toolchain | app | client, `./sandbox` | `./rotation` |", "| --- | --- | --- | --- |"];
  return `\n${[...head, ...body].join("\n")}\n\n`;
}

/** Compares what was seen with the guide's table, or writes it; returns what differs. */
export function compareTable(rows: readonly Row[], isWritten: boolean): string[] {
  const guide = readFileSync(file, "utf8");
  const [from, to] = [guide.indexOf(start), guide.indexOf(end)];
  if (from < 0 || to < from) return [`src/client/README.md lacks the place for the table: ${start}${end}`];
  const table = render(rows);
  if (guide.slice(from + start.length, to) === table) return [];
  if (!isWritten) return ["The table in src/client/README.md is stale. Run `npm run trial -- toolchains --write`."];
  writeFileSync(file, guide.slice(0, from + start.length) + table + guide.slice(to));
  return [];
}
