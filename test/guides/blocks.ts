import { fillParts, guides, readGuide } from "../../scripts/guides.ts";

/** A fenced code block of a guide. */
export interface Block {
  /** As a path from the project's folder. */
  readonly guide: string;
  readonly language: string;
  readonly code: string;
  /** The heading that it stands under. */
  readonly heading: string;
}

/**
 * Every code block of the guides, in order, except those that a reader neither runs nor copies (`text`, `console`).
 *
 * A block of a generated part is not among them: `npm run readme -- --check` compares it with a file that other tests run.
 */
export function readBlocks(): Block[] {
  return guides.flatMap((guide) => {
    const text = fillParts(guide, readGuide(guide), () => "");
    const blocks: Block[] = [];
    let heading = "";
    for (const [, title, language = "", code = ""] of text.matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm)) {
      if (title !== undefined) heading = title;
      else if (language !== "text" && language !== "console") blocks.push({ guide, language, code, heading });
    }
    return blocks;
  });
}

/** The one block of that language in which a text stands. */
export function findBlock(language: string, part: string): Block {
  const [block, other] = readBlocks().filter((block) => block.language === language && block.code.includes(part));
  if (!block || other) throw new Error(`${block ? "Several blocks have" : "No block has"} ${part}.`);
  return block;
}
