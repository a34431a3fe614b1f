import { stripVTControlCharacters } from "node:util";
import type { Place } from "../../support/command.ts";

/**
 * A command line and the end of its output: its result, errors and next commands, without its progress. What differs from run to
 * run is as it would be for a user.
 */
export function printedMessage(
  { folder, served }: Place,
  words: readonly string[],
  result: string,
  stderr: string,
): string {
  const quoted = words.map((word) => (/^[\w./:=#-]+$/.test(word) ? word : `'${word}'`));
  const messages = stderr.split(/\r?\n/).filter((line) => /^(?:error:|next[:,]|\(Did you mean)/.test(line));
  return [`$ cf-oauth ${quoted.join(" ")}`, ...result.split(/\r?\n/), ...messages, ""]
    .map((line) => stripVTControlCharacters(line).trimEnd())
    .filter((line, index, all) => line !== "" || index === all.length - 1)
    .join("\n")
    .replaceAll(folder, "/srv/app")
    .replaceAll(served.apiURL, "https://api.cloudflare.com/client/v4")
    .replaceAll(served.issuer, "https://dash.cloudflare.com")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "2026-11-30T12:00:00.000Z")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/g, "2026-11-30T12:00Z")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8");
}
