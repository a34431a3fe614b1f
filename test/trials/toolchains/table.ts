import type { SeenTable } from "../../support/seen-table.ts";
import type { App } from "./toolchains.ts";

/** An app that ran as it should. */
export interface Row {
  readonly app: App;
  readonly version: string;
}

/** The table of toolchains, with a row for the apps of a toolchain that can do the same. */
export function tableOf(rows: readonly Row[]): SeenTable {
  const lines = new Map<string, { readonly toolchain: string; readonly ways: string[]; readonly rotation: string }>();
  for (const { app, version } of rows) {
    const [toolchain, rotation] = [`${app.tool} ${version}`, app.rotation === true ? "yes" : app.rotation];
    const key = `${toolchain} ${rotation}`;
    lines.set(key, { toolchain, rotation, ways: [...(lines.get(key)?.ways ?? []), app.how] });
  }
  return {
    trial: "toolchains",
    document: "src/client/README.md",
    head: ["toolchain", "app", "client, `./sandbox`", "`./rotation`"],
    rows: [...lines.values()].map(({ toolchain, ways, rotation }) => [toolchain, ways.join(", "), "yes", rotation]),
  };
}
