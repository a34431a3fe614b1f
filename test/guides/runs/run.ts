import type { Folder } from "../folder.ts";

/**
 * How a block is run: its language, a part of it that no other block of its guide has, and what to do with it.
 *
 * A block of a shell is run once in each shell, in a folder of its own each time.
 */
export type Run = readonly [
  language: string,
  part: string,
  run: (code: string, folder: Folder) => void | Promise<void>,
];
