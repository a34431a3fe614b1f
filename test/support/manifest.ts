import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file, or one for each condition. */
export type Target = string | { readonly [condition: string]: Target };

/** What a package.json says of how the package is used. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, Target>>;
  readonly main?: string | undefined;
  readonly types?: string | undefined;
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
export function entryFiles({ exports, bin = {}, main, types }: Manifest): string[] {
  return [exports, bin, main ?? {}, types ?? {}].flatMap(filesOf);
}

function filesOf(target: Target): string[] {
  return typeof target === "string" ? [target] : Object.values(target).flatMap(filesOf);
}
