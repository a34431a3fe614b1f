import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** README.md and the guides in the rooms of `src/`, as paths from the project's folder. */
export const guides: readonly string[] = [
  "README.md",
  ...readdirSync(`${root}/src`)
    .map((room) => `src/${room}/README.md`)
    .filter((guide) => existsSync(`${root}/${guide}`)),
];

export function readGuide(guide: string): string {
  return readFileSync(`${root}/${guide}`, "utf8");
}

/** The title in a guide's first line. */
export function titleOf(guide: string): string {
  const [, title] = /^# (.+)$/m.exec(readGuide(guide)) ?? [];
  if (title === undefined) throw new Error(`${guide} has no title.`);
  return title;
}

/** A part of a guide that a script writes, between `<!-- name -->` and `<!-- /name -->`. */
export interface GeneratedPart {
  readonly name: string;
  /** Without the markers and the empty lines beside them. */
  readonly content: string;
}

/** Every generated part of a guide's text, in order. */
export function generatedParts(guide: string, text: string): GeneratedPart[] {
  const parts: GeneratedPart[] = [];
  fillParts(guide, text, (name, content) => {
    parts.push({ name, content });
    return undefined;
  });
  return parts;
}

/**
 * A guide's text in which each generated part holds what `render` gives for it.
 *
 * @param render gets the part's name and what it holds now; undefined leaves it as it is. Links that it gives are paths from
 *   the project's folder; they become relative to the guide.
 * @throws {Error} If a marker has no other end.
 */
export function fillParts(
  guide: string,
  text: string,
  render: (name: string, content: string) => string | undefined,
): string {
  let filled = "";
  let from = 0;
  let open: string | undefined;
  for (const { 0: marker, 1: slash, 2: name = "", index } of text.matchAll(/^<!-- (\/?)([a-z-]+) -->$/gm)) {
    const isEnd = slash === "/";
    if (isEnd ? open !== name : open !== undefined)
      throw new Error(`${guide} has ${marker} where ${open ? `<!-- /${open} -->` : "the start of a part"} must be.`);
    const between = text.slice(from, index);
    const next = isEnd ? render(name, between.trim()) : undefined;
    const isStale = next !== undefined && relativeTo(guide, next).trim() !== between.trim();
    filled += `${isStale ? `\n\n${relativeTo(guide, next).trim()}\n\n` : between}${marker}`;
    from = index + marker.length;
    open = isEnd ? undefined : name;
  }
  if (open !== undefined) throw new Error(`${guide} has <!-- ${open} --> without <!-- /${open} -->.`);
  return filled + text.slice(from);
}

/**
 * Fills the generated parts of all guides.
 *
 * @param texts the guides by path.
 * @param renderers how each part is made, by its name; undefined leaves it as it was recorded.
 * @throws {Error} If a part is made by no renderer, or a renderer's part is in no guide.
 */
export function fillGuides(
  texts: Readonly<Record<string, string>>,
  renderers: Readonly<Record<string, () => string | undefined>>,
): Record<string, string> {
  const unplaced = new Set(Object.keys(renderers));
  const filled = Object.entries(texts).map(([guide, text]) => {
    const render = (name: string) => {
      const renderer = renderers[name];
      if (!renderer) throw new Error(`${guide} has <!-- ${name} -->, and scripts/readme.ts makes no such part.`);
      unplaced.delete(name);
      return renderer();
    };
    return [guide, fillParts(guide, text, render)] as const;
  });
  if (unplaced.size > 0) throw new Error(`No guide has the part ${[...unplaced].join(", ")}.`);
  return Object.fromEntries(filled);
}

/** Lets links that start at the project's folder start at the guide's. */
function relativeTo(guide: string, markdown: string): string {
  return markdown.replace(
    /\]\((?![a-z]+:|#)([^)]+)\)/g,
    (_, path: string) => `](${posix.relative(posix.dirname(guide), path)})`,
  );
}
