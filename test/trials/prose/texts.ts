import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../../support/packed-package.ts";

/** A file of the project as text that a check of prose can read. */
export interface Text {
  /** Its path in the project. */
  readonly path: string;
  /** Only its prose; lines and columns are those of the file. */
  readonly text: string;
}

/** The prose of the project: documents, and the comments and sentences of the code, which are its help and messages. */
export function findTexts(): Text[] {
  const documents = ["*.md", "{src,test}/**/README.md", "scripts/docs/**/*.md"];
  const code = ["src/**/*.ts", "scripts/**/*.ts", "test/**/*.ts"];
  const found = globSync([...documents, ...code], { cwd: root, exclude: ["**/node_modules"] }).sort();
  return found.map((path) => {
    const content = readFileSync(join(root, path), "utf8");
    return { path, text: path.endsWith(".md") ? content : proseOf(content) };
  });
}

/** Source code with everything blanked that is neither a comment nor a text of several words. */
function proseOf(source: string): string {
  const file = ts.createSourceFile("", source, ts.ScriptTarget.Latest, true);
  const ranges: ts.TextRange[] = [];
  const visit = (node: ts.Node): void => {
    ranges.push(...(ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []));
    ranges.push(...(ts.getTrailingCommentRanges(source, node.getEnd()) ?? []));
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node))
      if (/[a-z] [a-z]/.test(node.text)) ranges.push({ pos: node.getStart() + 1, end: node.getEnd() - 1 });
    // What a program prints between its braces is code.
    for (const child of node.getChildren()) visit(child);
  };
  visit(file);
  const prose = source.replaceAll(/[^\n]/g, " ").split("");
  for (const { pos, end } of ranges) for (let at = pos; at < end; at++) prose[at] = source[at] ?? "";
  // Marks of comments, and code in them.
  return prose
    .join("")
    .replaceAll(/^ *(?:\/\*\*?|\*\/|\*)|\/\/|\*\//gm, (mark) => " ".repeat(mark.length))
    .replaceAll(/`[^`\n]*`/g, (code) => `\`${"_".repeat(code.length - 2)}\``);
}
