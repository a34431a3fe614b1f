import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { guides, readGuide } from "../../scripts/guides.ts";
import { createProgram, fill, help } from "../../src/cli/program.ts";
import { root } from "./folder.ts";

const program = createProgram({ open: () => Promise.reject(), exit: () => undefined });
const definitions = await Promise.all(program.commands.map(fill));
const commands = new Map(program.commands.map((command) => [command.name(), command]));

/** The words of a shell's line, up to the end of the command: quotes are taken off, and `\` continues a line. */
function wordsOf(line: string): string[] {
  const [command = ""] = line.match(/^(?:'[^']*'|"(?:\\.|[^"\\])*"|[^'"|;&<>#\n]|<[a-z-]+>|(?<=\S)#)*/) ?? [];
  return command.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g) ?? [];
}

/** What follows the command's name, wherever a text runs it; in Markdown also `finish --now`, without the name. */
function linesOf(text: string): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, " ");
  const named = joined.matchAll(/(?:\bcf-oauth|npx cloudflare-oauth-clients|bin\/cf-oauth) ([^`\n]+)/g);
  const short = [...joined.matchAll(/`([a-z][a-z-]* --?[a-z][^`\n]*)`/g)].filter(([, line = ""]) =>
    commands.has(line.split(" ")[0] ?? ""),
  );
  return [...named, ...short].map(([, line = ""]) => line);
}

/** The options of a line that its command does not have. */
function unknownOptions(line: string): string[] {
  const words = wordsOf(line);
  const command = commands.get(words.find((word) => !word.startsWith("-")) ?? "");
  // Prose that continues after the name.
  if (!command) return [];
  const known = new Set(
    [command, program].flatMap(({ options }: Command) => options.flatMap(({ long, short }) => [long, short])),
  );
  const given = words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split("=")[0] ?? "");
  return given.filter((word) => !known.has(word) && !["-h", "--help"].includes(word)).map((word) => `${word}: ${line}`);
}

// CHANGELOG.md also names what earlier versions had.
const documents = [...guides, ...readdirSync(root).filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md")];

test.each([...new Set(documents)])("%s gives no command an option that it does not have", (document) => {
  expect(linesOf(readGuide(document)).flatMap(unknownOptions)).toEqual([]);
});

test("neither does a command's help", () => {
  const lines = [help, ...definitions.flatMap(({ examples = "", help = "" }) => [examples, help])].flatMap(linesOf);
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.flatMap(unknownOptions)).toEqual([]);
});

test("neither does a step of a workflow", () => {
  for (const folder of [".github/workflows", "test/trials/examples"]) {
    const files = readdirSync(posix.join(root, folder)).filter((name) => name.endsWith(".yml"));
    for (const name of files) {
      const { jobs } = parse(readFileSync(posix.join(root, folder, name), "utf8"));
      const steps = Object.values<{ steps?: { run?: string }[] }>(jobs).flatMap(({ steps = [] }) => steps);
      expect(steps.flatMap(({ run = "" }) => linesOf(run).flatMap(unknownOptions))).toEqual([]);
    }
  }
});

test.each([
  "cf-oauth rotate $ID --to 'exec:x --not-ours' --overlaps 1h --yes | grep --quiet x",
  "npx cloudflare-oauth-clients finish --plan p.yaml --overlap 1h # --not-read",
  "`finish --later`",
])("a wrong option is seen in: %s", (line) => {
  expect(linesOf(line).flatMap(unknownOptions)).toHaveLength(1);
});
