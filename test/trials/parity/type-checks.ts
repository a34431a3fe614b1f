import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scratch } from "./install.ts";
import type { Sdk } from "./load-sdk.ts";

/** What the compiler found wrong, in a file of the folder `sdk`. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = fileURLToPath(new URL("sdk", import.meta.url));

/** By path, since both packages name their command `tsc`. */
const commands = { "TypeScript 7": "typescript-7/bin/tsc", "TypeScript 5.9": "typescript/bin/tsc" };
export type Compiler = keyof typeof commands;
export const compilers: readonly Compiler[] = ["TypeScript 7", "TypeScript 5.9"];

const entries: Record<Sdk, string> = {
  vendor: join(folder, "../node_modules/cloudflare/index.d.mts"),
  here: join(root, "src/client/index.ts"),
};
const both = ["call-sites.ts", "type-names.ts", "differing.ts", "vendor-only.ts"];
const files: Record<Sdk, readonly string[]> = { vendor: [...both, "assignable.ts"], here: both };

/** Compiles the files of the folder `sdk`, in which `sdk` means what is asked for, and returns what is wrong. */
export async function checkTypes(compiler: Compiler, sdk: Sdk): Promise<Fault[]> {
  mkdirSync(scratch, { recursive: true });
  const project = join(scratch, `${compiler.replace(" ", "-")}-${sdk}.json`);
  const compilerOptions = {
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    skipLibCheck: true,
    declaration: false,
    isolatedDeclarations: false,
    paths: { sdk: [entries[sdk]] },
  };
  const named = files[sdk].map((file) => join(folder, file));
  writeFileSync(
    project,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files: named }),
  );
  const command = [join(root, "node_modules", commands[compiler]), "-p", project, "--pretty", "false"];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, command, { cwd: folder, maxBuffer: 1 << 26 }, (failure, stdout, stderr) =>
      resolve(failure && !stdout ? `run.ts(1,1): error: ${stderr}` : stdout),
    );
  });
  return output.split("\n").flatMap((line) => {
    const [, file = "", number, text = ""] = line.match(/^(\S+)\((\d+),\d+\): (.*)$/) ?? [];
    return file ? [{ file, line: Number(number), text }] : [];
  });
}

/** A statement of `vendor-only.ts`. */
export interface Statement {
  readonly difference: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The statements of `vendor-only.ts`, each with the difference that the mark above it names. */
export function vendorOnly(): Statement[] {
  const lines = readFileSync(join(folder, "vendor-only.ts"), "utf8").split("\n");
  const statements: Statement[] = [];
  let difference = "";
  for (const [index, text] of lines.entries()) {
    difference = text.match(/^\/\/ difference: (.+)$/)?.[1] ?? difference;
    const name = text.match(/^export const (\w+)/)?.[1];
    if (name === undefined) continue;
    const length = lines.slice(index).findIndex((line) => line.endsWith(";") && !line.startsWith("  "));
    statements.push({ difference, name, from: index + 1, to: index + 1 + length });
  }
  return statements;
}
