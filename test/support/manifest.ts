import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a package.json says of how the package is used. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>> | undefined;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** What an importer writes for each entry. */
export function specifiers({ name, exports }: Manifest): string[] {
  return Object.keys(exports).map((entry) => name + entry.slice(1));
}

/** The files that a user's tools are led to. */
export function entryFiles({ exports, bin = {} }: Manifest): string[] {
  return [exports, bin].flatMap((map) =>
    Object.values(map).flatMap((target) => (typeof target === "string" ? [target] : Object.values(target))),
  );
}
