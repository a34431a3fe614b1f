import { readFileSync } from "node:fs";

const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

function version(dependency: string): string {
  return /(\d+\.\d+)\.\d+$/.exec(dependencies[dependency] ?? "")?.[1] ?? "?";
}

/** On which runtime what is run by the tests; Markdown, for the README. */
export function renderRuntimes(): string {
  const nodes = ["node-20", "node-22", "node-24", "node-26"].map(version).join(", ");
  const rows = [
    ["", "client, `./rotation`, `./running`, `./sandbox`", "`cf-oauth`, `./node`", "`./workers`"],
    ["---", "---", "---", "---"],
    [`Node ${nodes}`, "yes", "yes", "–"],
    [`Bun ${version("bun")}, Deno ${version("deno")}`, "yes", "–", "–"],
    ["Cloudflare Workers (workerd)", "yes", "–", "yes"],
    ["browsers (Chromium)", "yes", "–", "–"],
  ];
  return rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
}
