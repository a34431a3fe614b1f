import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "../../scripts/docs/markdown.ts";
import { fillParts } from "../../scripts/guides.ts";
import { root } from "./packed-package.ts";

/** A table of a document that holds what a trial has seen. */
export interface SeenTable {
  /** The trial, and the part of the document between its marks. */
  readonly trial: string;
  /** The document's path in the project. */
  readonly document: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Compares what was seen with the document's table, or writes it; returns what differs. */
export function compareTable({ trial, document, head, rows }: SeenTable, isWritten: boolean): string[] {
  const file = join(root, document);
  const text = readFileSync(file, "utf8");
  const seen = table(head, rows);
  const filled = fillParts(document, text, (name) => (name === trial ? seen : undefined));
  if (filled === text && text.includes(seen)) return [];
  if (!isWritten) return [`The table in ${document} is not what was seen. Run \`npm run trial -- ${trial} --write\`.`];
  writeFileSync(file, filled);
  return [];
}
