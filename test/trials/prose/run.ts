/**
 * `npm run trial -- prose`: reads the prose of the project, which is its documents, help, messages and comments, for misspelled words and
 * for phrases of `rules.yaml`. It ends with 1 if a word is misspelled, or if a phrase is there more often than `counts.json` says.
 * `--write` writes the counts, which only fall; `--list` shows each place.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installTools } from "../../support/packed-package.ts";
import { findTexts } from "./texts.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  options: { write: { type: "boolean", default: false }, list: { type: "boolean", default: false } },
});

interface Found {
  readonly filePath: string;
  readonly messages: readonly { readonly message: string; readonly line: number; readonly column: number }[];
}

/** What a program of this folder prints, whatever it ends with. */
function run(program: string, words: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [join(here, "node_modules", program), ...words], {
      cwd: here,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "inherit"],
    });
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}

/** The places of each phrase. */
function findPhrases(folder: string): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const found: readonly Found[] = JSON.parse(run("textlint/bin/textlint.js", ["--format", "json", folder]));
  for (const { filePath, messages } of found)
    for (const { message, line, column } of messages) {
      const [phrase = "", instead = ""] = message.split(" => ");
      const place = `${filePath.slice(folder.length + 1).replace(/\.txt$/, "")}:${line}:${column} ${phrase}`;
      places.set(instead, [...(places.get(instead) ?? []), place]);
    }
  return places;
}

/** The misspelled words, each with a place of it. */
function findWords(folder: string): string[] {
  const words = ["lint", "--no-progress", "--no-summary", "--unique", "--config", join(here, "cspell.json")];
  const found = run("cspell/bin.mjs", [...words, "--root", folder, "**"]).split("\n");
  return found.filter(Boolean).map((line) => line.replace(/^\.?\/?/, "").replace(/\.txt:/, ":"));
}

function compare(places: ReadonlyMap<string, readonly string[]>): string[] {
  const file = join(here, "counts.json");
  const before: Record<string, number> = JSON.parse(readFileSync(file, "utf8"));
  const now = Object.fromEntries([...places].map(([instead, found]) => [instead, found.length]));
  const faults: string[] = [];
  for (const [instead, count] of Object.entries(now).sort()) {
    const known = before[instead] ?? 0;
    if (values.list || count > known)
      for (const place of places.get(instead) ?? []) console.log(`${place} → ${instead}`);
    console.log(`${String(count).padStart(4)} of ${String(known).padEnd(4)} ${instead}`);
    if (count > known) faults.push(`“${instead}” is called for ${count} times, and was ${known} times.`);
  }
  const total = Object.values(now).reduce((sum, count) => sum + count, 0);
  console.log(`${total} phrases; ${Object.values(before).reduce((sum, count) => sum + count, 0)} are known`);
  if (values.write && faults.length === 0)
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(Object.entries(now).sort()), null, 2)}\n`);
  return faults;
}

installTools(here);
const folder = mkdtempSync(join(tmpdir(), "prose-"));
try {
  const texts = findTexts();
  for (const { path, text } of texts) {
    const file = join(folder, path.endsWith(".md") ? path : `${path}.txt`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const words = findWords(folder);
  for (const word of words) console.log(word);
  const faults = compare(findPhrases(folder));
  if (words.length > 0) faults.push(`${words.length} words are not known: correct them, or add them to words.txt.`);
  console.log(`${texts.length} files read`);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
