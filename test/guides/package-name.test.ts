import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { guides, readGuide } from "../../scripts/guides.ts";
import { root } from "./folder.ts";

/** What a package manager downloads by the command's name, which may be a stranger's package. */
const byCommandName = /\b(?:npx|bunx|npm exec|npm x|pnpm dlx|pnpx|yarn dlx)(?: -\S+)* cf-oauth\b/;

test.each([...guides, ...readdirSync(root).filter((name) => name.endsWith(".md"))])(
  "no code block of %s runs a package of the command's name",
  (document) => {
    const blocks = readGuide(document).match(/^```[\s\S]*?^```$/gm) ?? [];
    expect(blocks.filter((block) => byCommandName.test(block))).toEqual([]);
  },
);

test("no workflow, example or recipe does", () => {
  for (const folder of [".github/workflows", "test/trials/examples", "src"]) {
    const names = readdirSync(posix.join(root, folder), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((one) => /\.(yml|sh|json|ts)$/.test(one) && !one.includes("node_modules"))) {
      const lines = readFileSync(posix.join(root, folder, name), "utf8").split("\n");
      // A comment may say why not.
      expect(lines.filter((line) => byCommandName.test(line) && !line.trim().startsWith("//"))).toEqual([]);
    }
  }
});
