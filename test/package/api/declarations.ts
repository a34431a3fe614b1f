import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { readManifest, type Target } from "../../support/manifest.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const printer = ts.createPrinter({ removeComments: true });

/** What each entry exports, and every declaration that this leads to. */
export function readDeclarations(): Record<string, string> {
  const exports: Record<string, string> = {};
  const declared = new Map<string, string[]>();
  const callable = new Set<string>();
  const entries = entriesByFile();
  // Of all files together, since the builder shares out the declarations as it likes. But for those of `require`, which repeat names.
  const folder = join(root, "dist");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".d.cts") && name !== "commonjs.d.cts")) {
    const source = parse(file, readFileSync(join(folder, file), "utf8"));
    const entry = entries.get(join(folder, file));
    for (const statement of source.statements) {
      if (ts.isImportDeclaration(statement)) continue;
      if (ts.isExportDeclaration(statement)) {
        if (entry === undefined) continue;
        for (const { own, given } of exportedNames(statement)) {
          exports[`export ${entry} ${given}`] = own;
          // Not what the builder calls a namespace that users call by another name.
          if (own === given) callable.add(own);
        }
        continue;
      }
      const name = nameOf(statement);
      declared.set(name, [...(declared.get(name) ?? []), print(statement, source)]);
      for (const { own } of namespaceExports(statement)) callable.add(own);
    }
  }
  for (const [name, texts] of declared)
    exports[`${callable.has(name) ? "declaration" : "internal declaration"} ${name}`] = texts.sort().join("\n");
  return exports;
}

export function parse(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
}

/** Without comments, in the compiler's own format. */
export function print(node: ts.Node, source: ts.SourceFile): string {
  return printer.printNode(ts.EmitHint.Unspecified, node, source);
}

function entriesByFile(): Map<string, string> {
  const found = new Map<string, string>();
  for (const [entry, target] of Object.entries(readManifest(root).exports))
    if (typeof target === "object") found.set(join(root, typesOf(target)), entry);
  return found;
}

/** What the types of an ES module refer to. */
function typesOf(target: Target): string {
  const { types } = typeof target === "object" && typeof target.import === "object" ? target.import : {};
  if (typeof types !== "string") throw new Error("An entry without types for import.");
  return types.replace(/ts$/, "cts");
}

function exportedNames({ exportClause }: ts.ExportDeclaration): { own: string; given: string }[] {
  if (!exportClause || !ts.isNamedExports(exportClause)) throw new Error("An export that is no list of names.");
  return exportClause.elements.map(({ propertyName, name }) => ({
    own: (propertyName ?? name).text,
    given: name.text,
  }));
}

/** Such as the types of `IAM`, which are called `IAM.OAuthClients`. */
function namespaceExports(statement: ts.Statement): { own: string; given: string }[] {
  if (!ts.isModuleDeclaration(statement) || !statement.body || !ts.isModuleBlock(statement.body)) return [];
  return statement.body.statements.filter(ts.isExportDeclaration).flatMap(exportedNames);
}

function nameOf(statement: ts.Statement): string {
  const { name } = ts.isVariableStatement(statement)
    ? (statement.declarationList.declarations[0] ?? {})
    : (statement as ts.DeclarationStatement);
  if (!name || !ts.isIdentifier(name)) throw new Error("A declaration without a name.");
  return name.text;
}
