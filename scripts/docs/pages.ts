import { posix } from "node:path";
import {
  DocumentReflection,
  KindRouter,
  type PageDefinition,
  type ProjectReflection,
  type Reflection,
  Slugger,
} from "typedoc";
import { definitionsIn } from "./markdown.ts";

/** A page of the site that a script makes. */
export interface Page {
  /** Its address in the site, without the ending. */
  readonly path: string;
  /** Its name in the navigation and in the search. */
  readonly title: string;
  /** Markdown. A link that begins with `site:` leads to that address in the site. */
  readonly text: string;
  /** The pages below it. */
  readonly pages?: readonly Page[];
}

const paths = new WeakMap<object, string>();

/** Gives a page its address. The others have those that TypeDoc gives them, by their kind and name. */
export function placePage(document: DocumentReflection, path: string): void {
  paths.set(document, path);
}

/** Adds a page to the site, and those below it. @returns The page. */
export function addPage(parent: ProjectReflection | DocumentReflection, page: Page): DocumentReflection {
  const text = linked(page.text, page.path);
  const document = new DocumentReflection(page.title, parent, [{ kind: "text", text }], {});
  document.relevanceBoost = 2;
  placePage(document, page.path);
  parent.addChild(document);
  parent.project.registerReflection(document, undefined, undefined);
  for (const below of page.pages ?? []) addPage(document, below);
  return document;
}

/** Markdown of the page at a path, with links that are relative to it instead of links that begin with `site:`. */
export function linked(text: string, path: string): string {
  return text.replaceAll(/\]\(site:([^)]+)\)/g, (_, to: string) => `](${posix.relative(posix.dirname(path), to)})`);
}

/** Gives pages their addresses, and lets the search find each section of a guide and each option of a command. */
export class SiteRouter extends KindRouter {
  protected override getIdealBaseName(reflection: Reflection): string {
    return paths.get(reflection) ?? super.getIdealBaseName(reflection);
  }

  override buildPages(project: ProjectReflection): PageDefinition[] {
    const pages = super.buildPages(project);
    for (const { model, url } of pages) {
      if (!(model instanceof DocumentReflection)) continue;
      if (url.startsWith("guides/")) this.#addSections(model);
      if (url.startsWith("commands")) this.#addOptions(model);
    }
    return pages;
  }

  /** A visitor who searches for `--plan` gets what has the word "plan", as `site.js` explains, and options first. */
  #addOptions(page: DocumentReflection): void {
    for (const { id, name, text } of definitionsIn(textOf(page))) {
      const [flag] = name.match(/--[\w-]+/) ?? [];
      if (flag !== undefined) this.#addToSearch(page, { title: flag, anchor: id, text, boost: 4 });
    }
  }

  #addToSearch(page: DocumentReflection, { title, anchor, text, boost }: Part): void {
    const section = new DocumentReflection(title, page, [{ kind: "text", text }], {});
    section.relevanceBoost = (page.relevanceBoost ?? 1) * boost;
    this.anchors.set(section, anchor);
    this.fullUrls.set(section, `${this.getFullUrl(page)}#${anchor}`);
  }

  #addSections(page: DocumentReflection): void {
    // As the page itself will name its headings.
    const slugger = new Slugger(this.sluggerConfiguration);
    for (const { level, title, text } of sectionsOf(page)) {
      const anchor = slugger.slug(title);
      if (level === "##") this.#addToSearch(page, { title, anchor, text, boost: 2 });
    }
  }
}

/** A part of a page that the search finds by itself. */
interface Part {
  readonly title: string;
  readonly anchor: string;
  readonly text: string;
  /** How much more it counts than its page. */
  readonly boost: number;
}

function textOf({ content }: DocumentReflection): string {
  return content.map((part) => part.text).join("");
}

/** The headings of a page, as they are read, and what is below each. */
function sectionsOf(page: DocumentReflection): { level: string; title: string; text: string }[] {
  // A comment in a block of code is no heading.
  const prose = textOf(page).replaceAll(/^```[\s\S]*?^```/gm, "");
  const [, ...parts] = prose.split(/^(#+) (.+)$/m);
  return Array.from({ length: parts.length / 3 }, (_, index) => {
    const [level = "", title = "", below = ""] = parts.slice(index * 3);
    return { level, title: title.replaceAll("`", "").trim(), text: below };
  });
}
