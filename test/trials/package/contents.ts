import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { guides } from "../../../scripts/guides.ts";
import { entryFiles, readManifest } from "../../support/manifest.ts";

/** A file of the package, as it is installed. */
export interface PackedFile {
  readonly path: string;
  readonly bytes: number;
  /** What is wrong with its being there. */
  readonly faults: readonly string[];
}

const documents = [...guides, "package.json", "LICENSE", "CHANGELOG.md", "dist/cli/THIRD-PARTY-NOTICES.txt"];

/** Lists what is installed, and finds what no user needs: what neither documents the package nor is reached from an entry. */
export function examineContents(folder: string): PackedFile[] {
  const needed = new Set(documents);
  for (const path of entryFiles(readManifest(folder))) reach(folder, posix.normalize(path), needed);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
  const lacking = [...needed].filter((path) => !paths.includes(path));
  return [
    ...paths.map((path) => ({
      path,
      bytes: statSync(join(folder, path)).size,
      faults: [...(needed.has(path) ? [] : ["no user needs it"]), ...faultyMap(folder, path)],
    })),
    ...lacking.map((path) => ({ path, bytes: 0, faults: ["it is missing"] })),
  ];
}

/** Adds a file, and what it imports from the package, to those that are needed. */
function reach(folder: string, path: string, needed: Set<string>): void {
  if (needed.has(path)) return;
  needed.add(path);
  if (!existsSync(join(folder, path))) return;
  for (const [, target = ""] of read(folder, path).matchAll(
    /(?:from|import|require)\s*\(?\s*["'`](\.\.?\/[^"'`]+)["'`]/g,
  )) {
    const file = posix.join(posix.dirname(path), target);
    reach(folder, /\.d\.c?ts$/.test(path) ? file.replace(/\.(c?)js$/, ".d.$1ts") : file, needed);
  }
}

/** A source map that is named but not there, or whose sources are not there, makes debuggers complain. */
function faultyMap(folder: string, path: string): string[] {
  if (!/\.c?(js|ts)$/.test(path)) return [];
  const map = read(folder, path).match(/^\/\/# sourceMappingURL=(?!data:)(\S+)/m)?.[1];
  return map && !existsSync(join(folder, posix.dirname(path), map)) ? [`its source map ${map} is missing`] : [];
}

function read(folder: string, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
