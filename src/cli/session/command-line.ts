import { parse } from "node:path";
import type { GlobalOptions } from "./session.ts";

/** The options of every command, as they were given. */
export interface Invoked {
  readonly options: GlobalOptions;
}

/**
 * A command line that continues where this one stopped. It has the options that lead to the same client and journal.
 *
 * @param command with options of its own, if they come before the client.
 * @param clientId the client; empty for a command that has none.
 * @param more what follows.
 */
export function commandLine({ options }: Invoked, command: string, clientId: string, more = ""): string {
  const { accountId, baseUrl, issuer, stateDir, trustStateDir, journal, timeout, sandbox } = options;
  const given: [string, string | undefined][] = [
    ["--account-id", accountId],
    ["--base-url", baseUrl],
    ["--issuer", issuer],
    ["--state-dir", stateDir],
    ["--journal", journal],
    ["--timeout", timeout],
  ];
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [name, shellQuote(value)]));
  const flags = [...(trustStateDir ? ["--trust-state-dir"] : []), ...(sandbox ? ["--sandbox"] : [])];
  const named = clientId === "" ? [] : [shellQuote(clientId)];
  return [programName(), command, ...named, ...words, ...flags, more].join(" ").trimEnd();
}

/** The package's name: what `npx` finds wherever this command comes from. */
const packageName = "cloudflare-oauth-clients";

/** The words by which this command was started, so that a command line that is printed starts it again. */
export function programName(): string {
  // Under npx none of the package's commands need be on the PATH, and `npx cf-oauth` may run another package.
  if (process.env.npm_command === "exec") return `npx ${packageName}`;
  return parse(process.argv[1] ?? "").name === packageName ? packageName : "cf-oauth";
}

/** A word of a command line as it must be written in a POSIX shell; always one line that can be printed. */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = word
    .replace(/[\\']/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapedBytes);
  return `$'${escaped}'`;
}

function escapedBytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
