import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const folder = fileURLToPath(new URL(".", import.meta.url));

/**
 * Writes the page "Kill it yourself": one file, which needs no network and no other file.
 *
 * The package is bundled as a function of `Date`, `performance` and the timers, and so is the sandbox: each process runs all of it
 * anew, by its own clock, and keeps nothing of the one before it.
 */
export async function writeKillItYourself(path: string): Promise<void> {
  const asFunction = (name: string): BuildOptions => ({
    globalName: "exported",
    banner: { js: `bundles.${name} = (Date, performance, setTimeout, clearTimeout) => {` },
    footer: { js: "return exported; };" },
  });
  const scripts = [
    "globalThis.bundles = {};\n",
    await bundle("process-bundle.ts", asFunction("startProcess")),
    await bundle("server-bundle.ts", asFunction("startServer")),
    await bundle("page.ts", {}),
  ];
  const side = readFileSync(`${folder}side.html`, "utf8");
  const stateOf = (id: string, title: string) => side.replaceAll("ID", id).replaceAll("TITLE", title);
  const parts: Readonly<Record<string, string>> = {
    '<link rel="stylesheet" href="page.css">': `<style>${readFileSync(`${folder}page.css`, "utf8")}</style>`,
    '<script src="page.ts"></script>': `<script>${scripts.join("")}</script>`,
    '<div data-state-of="with-journal"></div>': stateOf("with-journal", "With the journal"),
    '<div data-state-of="plain-script"></div>': stateOf("plain-script", "A plain script"),
    'data-source="plain-script.ts">': `>${programIn("plain-script.ts")}`,
    'data-source="with-journal.ts">': `>${programIn("with-journal.ts")}`,
  };
  let page = readFileSync(`${folder}page.html`, "utf8");
  for (const [place, part] of Object.entries(parts)) {
    if (!page.includes(place)) throw new Error(`page.html has no ${place}`);
    page = page.replace(place, () => part);
  }
  writeFileSync(path, page);
}

/** The lines of a program's function, each as an element of its own. */
function programIn(name: string): string {
  const source = readFileSync(`${folder}${name}`, "utf8");
  const [, body = ""] = /\{\n(.*)\n\}/s.exec(source.slice(source.indexOf("export async function"))) ?? [];
  const escaped = body.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return escaped
    .split("\n")
    .map((line) => `<span class="line">${line.replace(/^ {2}/, "")}\n</span>`)
    .join("");
}

async function bundle(entry: string, options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({
    entryPoints: [folder + entry],
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    legalComments: "none",
    write: false,
    logLevel: "error",
    ...options,
  });
  return outputFiles.map(({ text }) => text).join("");
}
