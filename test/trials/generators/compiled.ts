import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { Generator } from "./generators.ts";
import type { Shape } from "./schemas.ts";

/** What the compiler says of generated code. */
export interface Compiled {
  readonly errors: readonly string[];
  /** The shape of each schema's type. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  // What the generated code imports is not in question.
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: [],
};

/** Compiles what a generator wrote to `folder`, and reads the types of the schemas as a program that uses them sees them. */
export function compile({ imports, typeOf }: Generator, folder: string, schemas: Iterable<string>): Compiled {
  const file = join(folder, "used.ts");
  const lines = [...schemas].map((name) => `export type Used_${name} = NonNullable<${typeOf(name)}>;`);
  writeFileSync(file, `${[imports, ...lines].join("\n")}\n`);
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const shapes = new Map<string, Shape>();
  for (const node of program.getSourceFile(file)?.statements ?? []) {
    if (!ts.isTypeAliasDeclaration(node)) continue;
    const found = checker.getPropertiesOfType(checker.getTypeAtLocation(node));
    const required = found.filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0);
    shapes.set(node.name.text.replace("Used_", ""), { properties: namesOf(found), required: namesOf(required) });
  }
  const errors = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
  return { errors, shapes };
}

function namesOf(symbols: readonly ts.Symbol[]): string[] {
  return symbols.map(({ name }) => name).sort();
}
