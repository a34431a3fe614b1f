import { readFileSync } from "node:fs";
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
