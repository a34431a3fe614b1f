import { readFileSync } from "node:fs";

/** A fenced code block of the README. */
export interface Block {
  readonly language: string;
  readonly code: string;
  /** The heading that it stands under. */
  readonly heading: string;
}

/** Every fenced code block of the README, in order. */
export function readBlocks(): Block[] {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const blocks: Block[] = [];
  let heading = "";
  for (const [, title, language, code] of readme.matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else blocks.push({ language: language ?? "", code: code ?? "", heading });
  }
  return blocks;
}
