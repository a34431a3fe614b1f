import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PlantedFault } from "./planted-fault.ts";

/** The root of this tree. */
export const root: string = resolve(import.meta.dirname, "../../..");

/** A file of this tree's `src`. */
export function readSource(file: string): string {
  return readFileSync(join(root, "src", file), "utf8");
}

/**
 * The files that a fault changes, with the fault.
 *
 * @throws If a text does not occur exactly once: then `src` has changed, and the fault must follow.
 */
export function applyTo({ name, changes }: PlantedFault, read: (file: string) => string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { file, text, instead } of changes) {
    const parts = (files.get(file) ?? read(file)).split(text);
    if (parts.length !== 2)
      throw new Error(`"${name}" cannot be planted: its text occurs ${parts.length - 1} times in ${file}.`);
    files.set(file, parts.join(instead));
  }
  return files;
}

/** Makes a folder in which copies of `src` find what they import. */
export function makePlaceForCopies(): string {
  const folder = mkdtempSync(join(tmpdir(), "planted-"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/**
 * Copies `src`, with some of its files changed.
 *
 * @param folder to be made, in a place for copies.
 * @param changed texts by their file below `src`.
 * @returns The copy of `src`.
 */
export function copySource(folder: string, changed: ReadonlyMap<string, string>): string {
  const source = join(folder, "src");
  cpSync(join(root, "src"), source, { recursive: true });
  symlinkSync(join(root, "generated"), join(folder, "generated"));
  for (const [file, text] of changed) writeFileSync(join(source, file), text);
  return source;
}
