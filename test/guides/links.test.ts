import { existsSync, readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { guides, readGuide } from "../../scripts/guides.ts";
import { root } from "./folder.ts";

const documents = [
  ...new Set([...guides, ...readdirSync(root).filter((name) => name.endsWith(".md")), "test/README.md"]),
];

/** Links as a reader follows them: not those of code. */
function linksOf(document: string): string[] {
  const prose = readGuide(document).replaceAll(/^```[\s\S]*?^```$|`[^`\n]*`/gm, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

/** The ids of a document's headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  const prose = readGuide(document).replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each(documents)("every link of %s leads somewhere", (document) => {
  const broken = linksOf(document).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? document : posix.join(posix.dirname(document), path);
    if (!existsSync(posix.join(root, target))) return true;
    if (anchor === undefined) return false;
    return statSync(posix.join(root, target)).isDirectory() || !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});
