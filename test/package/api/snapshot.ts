import { readFileSync, writeFileSync } from "node:fs";
import type { PublicApi } from "./public-api.ts";

const file = new URL("public-api.txt", import.meta.url);

/** The public API at some time, and what the newest part of the CHANGELOG said then. */
export interface Snapshot {
  readonly api: PublicApi;
  readonly changelog: readonly string[];
}

/** The lines of the CHANGELOG under its newest heading. */
export function newestChanges(): string[] {
  const text = readFileSync(new URL("../../../CHANGELOG.md", import.meta.url), "utf8");
  const [, newest = ""] = text.split(/^## .*$/m);
  return newest.split("\n").filter((line) => line.trim() !== "");
}

export function readSnapshot(): Snapshot {
  const [head = "", ...parts] = readFileSync(file, "utf8").split(/^=== /m);
  const api = parts.map((part): [string, string] => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1).trimEnd()];
  });
  return { api: Object.fromEntries(api), changelog: head.trimEnd().split("\n") };
}

/** The CHANGELOG's lines come first, then each part of the API under its name. */
export function writeSnapshot({ api, changelog }: Snapshot): void {
  const parts = Object.entries(api).map(([name, text]) => `=== ${name}\n${text}\n`);
  writeFileSync(file, `${changelog.join("\n")}\n\n${parts.join("\n")}`);
}

/** The names of what differs. */
export function changedNames(before: PublicApi, now: PublicApi): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => before[name] !== now[name]);
}

/**
 * What the CHANGELOG still has to say of a change: the words that none of its new lines has, in the order of the names. A
 * line is new if it was not there when the API was recorded last, so that recording anew says nothing by itself.
 */
export function unsaidWords(
  names: readonly string[],
  changelog: readonly string[],
  recorded: readonly string[],
): string[] {
  const added = changelog.filter((line) => !recorded.includes(line)).join("\n");
  if (names.length > 0 && added === "") return ["anything new"];
  const words = names
    .filter((name) => !name.startsWith("internal "))
    .map((name) => name.slice(name.lastIndexOf(" ") + 1));
  return [...new Set(words)].filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(added));
}
