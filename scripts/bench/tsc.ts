import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./child.ts";
import { contenders } from "./contenders.ts";
import { type Figure, figure, interleave } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const seconds = 35;
const compilers = { "5.9": "typescript/bin/tsc", "7.0": "typescript-7/bin/tsc" };
// What `tsc --init` of both versions agrees on.
const compilerOptions = {
  module: "nodenext",
  target: "esnext",
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
};

/** What it costs to check the types of a project of one file that makes the call. */
export function measureTsc(workspace: Workspace): Figure[] {
  const projects = new Map(contenders.map(({ name, source }, n) => [name, writeProject(workspace, n, source)]));
  return Object.entries(compilers).flatMap(([version, bin]) => {
    const compiler = join(workspace.root, "node_modules", bin);
    const samples = interleave([...projects.keys()], seconds, (name) => {
      const args = [compiler, "-p", projects.get(name) ?? "", "--extendedDiagnostics"];
      const { stdout, ms } = run(workspace.node, args);
      return [ms, diagnostic(stdout, "Files"), diagnostic(stdout, "Memory used") / 1000];
    });
    return [
      figure(`tsc ${version}: time`, "ms", samples, 0, "openapi-fetch"),
      figure(`tsc ${version}: files`, "", samples, 1),
      figure(`tsc ${version}: memory`, "MB", samples, 2),
    ];
  });
}

function writeProject(workspace: Workspace, number: number, source: string): string {
  const folder = join(workspace.folder, `project-${number}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  writeFileSync(join(folder, "consumer.ts"), source);
  // What a user of openapi-fetch generates; the others do not import it.
  cpSync(join(workspace.root, "generated/openapi.ts"), join(folder, "openapi.ts"));
  return folder;
}

function diagnostic(report: string, name: string): number {
  return Number(report.match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1]);
}
