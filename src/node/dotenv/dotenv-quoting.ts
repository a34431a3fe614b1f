import { parseEnv } from "node:util";
import { distance } from "../distance.ts";
import { type Assignment, structureOf, withoutBlanksAtEnd } from "./dotenv-lines.ts";
import { type DotenvReader, differing, heldReaders, type Quote, readerNames, requireLine } from "./dotenv-readers.ts";

/**
 * Checks that a shell accepts `key` as the name of a variable.
 *
 * @throws {Error} if it does not.
 */
export function requireKey(key: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
    throw new Error(
      `${JSON.stringify(key)} is not a valid name of a variable. Use letters, digits and _, and do not start with a digit`,
    );
}

/**
 * Sets a variable in the text of a dotenv file. Everything else stays unchanged.
 *
 * @param readBy the only reader of the file. Default: any of them except `docker`.
 * @returns The new text.
 * @throws {Error} if `key` is not a valid name, or is set twice; if Node, `dotenv` and a shell disagree on where lines start; or
 *   if the readers would read different values. No message contains the value.
 */
export function setVariable(text: string, key: string, value: string, readBy?: DotenvReader): string {
  requireKey(key);
  const found = find(text, key);
  const held = heldReaders(readBy, text, found);
  const rest = found ? text.slice(found.to) : "";
  const changed = found
    ? // With spaces around the `=`, a shell would run the value as a command, and print it in an error.
      `${withoutBlanksAtEnd(text.slice(0, text.lastIndexOf("=", found.from - 1)))}=` +
      quoted(value, text.charAt(found.from), held, rest) +
      rest
    : append(text, `${key}=${quoted(value, "", held, rest)}`);
  requireLine(readBy, changed, find(changed, key));
  if (held.includes("node")) requireRead(text, changed, key, value);
  return changed;
}

/**
 * Reads the value of a variable.
 *
 * @throws {Error} if the file does not set it, or if readers may read different values.
 */
export function getVariable(text: string, key: string, readBy?: DotenvReader): string {
  requireKey(key);
  const found = find(text, key);
  if (!found) throw new Error(`the file does not set ${key}`);
  requireLine(readBy, text, found);
  const written = text.slice(found.from, found.to);
  if (written === "") return "";
  const quote = quoteOf(written);
  const value = quote ? written.slice(1, -1) : written;
  const others = differing(value, quote, heldReaders(readBy, text, found), text.slice(found.to));
  if (others.length === 0 && unwritable(value) === undefined) return value;
  throw new Error(
    `line ${found.line}: ${others.length > 0 ? readerNames(others) : "some programs"} may read another value of ${key} than other programs do. Write it in quotes that all of them read alike`,
  );
}

/**
 * Whether the text sets a variable.
 *
 * @throws {Error} as {@link setVariable}.
 */
export function hasVariable(text: string, key: string): boolean {
  return find(text, key) !== undefined;
}

/** Finds a variable whose name is so similar to `key` that one of the two may be mistyped. */
export function similarVariable(text: string, key: string): string | undefined {
  return structureOf(text).assignments.find(
    (assignment) =>
      // Any two short names are similar.
      Math.max(assignment.key.length, key.length) >= 6 &&
      distance(assignment.key.toLowerCase(), key.toLowerCase()) <= 2,
  )?.key;
}

/** Finds the line that sets the variable; undefined if certainly no line does. */
function find(text: string, key: string): Assignment | undefined {
  const odd = /\0|\r(?!\n)|[\u2028\u2029]/.exec(text);
  if (odd) {
    const name =
      odd[0] === "\0"
        ? "a NUL"
        : odd[0] === "\r"
          ? "a carriage return without a line feed"
          : "a Unicode line separator";
    throw new Error(
      `line ${lineOf(text, odd.index)} has ${name}, which programs read differently. Nothing was changed. Remove it`,
    );
  }
  const { assignments, others, trouble } = structureOf(text);
  // Every form that some reader accepts: to Docker Compose `KEY:` is one, too.
  const loose = new RegExp(`^\\s*(?:export\\s+)?${key}\\s*[=:]`);
  // Docker Compose begins a new line after a quoted value.
  const afterQuote = new RegExp(`^(["']).*\\1\\s*(?:export\\s+)?${key}\\s*[=:]`, "s");
  const anywhere = new RegExp(`(?<![\\w.-])${key}\\s*[=:]`);
  const isAfterQuote = (one: Assignment) => afterQuote.test(text.slice(one.from, one.to));
  const strange =
    others.find((other) => loose.test(other.text)) ?? assignments.find((one) => one.key !== key && isAfterQuote(one));
  if (strange)
    throw new Error(
      `line ${strange.line} sets ${key} in a form that some programs do not read. Nothing was changed. Write it as ${key}=value`,
    );
  const [first, second] = assignments.filter((assignment) => assignment.key === key);
  if (first && second)
    throw new Error(
      `${key} is set twice, in lines ${first.line} and ${second.line}, and programs may use either. Nothing was changed. Remove one of the lines`,
    );
  if (trouble && (!first || anywhere.test(text.slice(trouble.offset))))
    throw new Error(
      `line ${trouble.line} ${trouble.reason}, and programs read the lines after it differently. Nothing was changed. Correct that line`,
    );
  return first;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function append(text: string, line: string): string {
  const last = text.lastIndexOf("\n");
  const lineEnd = text.charAt(last - 1) === "\r" ? "\r\n" : "\n";
  const isWhole = text === "\uFEFF" || last === text.length - 1;
  return `${text}${isWhole ? "" : lineEnd}${line}${lineEnd}`;
}

function quoteOf(written: string): Quote {
  const first = written.charAt(0);
  return first === "'" || first === '"' ? first : "";
}

/** Writes a value without quotes if possible, since all readers agree on that; otherwise in its old quotes, or in others. */
function quoted(value: string, old: string, held: readonly DotenvReader[], rest: string): string {
  const problem = unwritable(value);
  if (problem !== undefined)
    throw new Error(
      `the secret cannot be written to a dotenv file: it ${problem}. Nothing was changed. Use a file or exec sink`,
    );
  const quotes: readonly Quote[] = old === '"' ? ["", '"', "'"] : ["", "'", '"'];
  const tried = quotes.map((quote) => ({ quote, differing: differing(value, quote, held, rest) }));
  const found = tried.find((one) => one.differing.length === 0);
  if (found) return found.quote + value + found.quote;
  const named = tried
    .slice(1)
    .map((one) => `in ${one.quote} quotes, ${readerNames(one.differing)} would read another value`);
  throw new Error(
    `the secret cannot be written so that ${readerNames(held)} reads exactly the secret: it has characters that need quotes, and ${named.join("; ")}. Nothing was changed. ${held.length > 1 ? "If only one program reads this file, name that reader" : "Use a file or exec sink"}`,
  );
}

function unwritable(value: string): string | undefined {
  if (/[\0\r\n\u2028\u2029]/.test(value)) return "has a line break or a NUL";
  // A half of a surrogate pair cannot be written as UTF-8.
  return Buffer.from(value).toString() === value ? undefined : "is not well-formed Unicode";
}

/** Checks the result with the parser of the running Node, which may be newer than the rules above. */
function requireRead(before: string, after: string, key: string, value: string): void {
  const { [key]: _, ...othersBefore } = read(before);
  const { [key]: written, ...othersAfter } = read(after);
  if (written !== value)
    throw new Error(
      `Node ${process.version} would read another value of ${key}. Nothing was changed. Use a file or exec sink`,
    );
  const names = new Set([...Object.keys(othersBefore), ...Object.keys(othersAfter)]);
  const changed = [...names].find((name) => othersBefore[name] !== othersAfter[name]);
  if (changed !== undefined)
    throw new Error(
      `Node ${process.version} would read another value of ${changed} after the change. Nothing was changed. Correct the lines around ${key}`,
    );
}

/** Reads a text as Node does, without names that Node finds by mistake, such as `export A`. */
function read(text: string): Readonly<Record<string, string | undefined>> {
  const found = Object.entries(parseEnv(text.replace(/^\uFEFF/, "")));
  return Object.fromEntries(found.filter(([name]) => /^[\w.-]+$/.test(name)));
}
