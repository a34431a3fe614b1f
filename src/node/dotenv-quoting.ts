import { parseEnv } from "node:util";
import { distance } from "./distance.ts";
import { type Assignment, structureOf } from "./dotenv-lines.ts";
import { type DotenvReader, differing, heldReaders, type Quote, readerNames, requireLine } from "./dotenv-readers.ts";

/** @throws {Error} if `key` is not the name of a variable to a shell. */
export function requireKey(key: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
    throw new Error(
      `${JSON.stringify(key)} is no name of a variable: it takes letters, digits and _, and no digit first`,
    );
}

/**
 * A dotenv file's text in which a variable has a new value; all else stays as it is.
 *
 * @throws {Error} if `key` is no name, or stands twice; if Node, `dotenv` and a shell do not agree on where the lines of the text
 *   begin, or there is no way to write the value so that its readers read the same. No message holds the value.
 */
export function setVariable(text: string, key: string, value: string, readBy?: DotenvReader): string {
  requireKey(key);
  const found = find(text, key);
  const held = heldReaders(readBy, text, found);
  const changed = found
    ? // Blanks around the `=` make a shell run the value as a command, which would also print it.
      text.slice(0, found.from).replace(/[ \t]*=[ \t]*$/, "=") +
      quoted(value, text.charAt(found.from), held) +
      text.slice(found.to)
    : append(text, `${key}=${quoted(value, "", held)}`);
  requireLine(readBy, changed, find(changed, key));
  if (held.includes("node")) requireRead(text, changed, key, value);
  return changed;
}

/**
 * The value of a variable, as all readers read it.
 *
 * @throws {Error} if there is none, or if they may not read the same.
 */
export function getVariable(text: string, key: string, readBy?: DotenvReader): string {
  requireKey(key);
  const found = find(text, key);
  if (!found) throw new Error(`${key} does not stand in it`);
  requireLine(readBy, text, found);
  const written = text.slice(found.from, found.to);
  if (written === "") return "";
  const quote = quoteOf(written);
  const value = quote ? written.slice(1, -1) : written;
  const others = differing(value, quote, heldReaders(readBy, text, found));
  if (others.length === 0 && unwritable(value) === undefined && written === quote + value + quote) return value;
  throw new Error(
    `the value of ${key} in line ${found.line} is written so that readers do not agree on it${others.length > 0 ? ` (${readerNames(others)})` : ""}`,
  );
}

/**
 * Whether a variable has a line.
 *
 * @throws {Error} as {@link setVariable}.
 */
export function hasVariable(text: string, key: string): boolean {
  return find(text, key) !== undefined;
}

/** A variable of the text whose name is so like `key` that one of the two may be a slip of the keyboard. */
export function similarVariable(text: string, key: string): string | undefined {
  return structureOf(text).assignments.find(
    (assignment) =>
      // Short names are all alike.
      Math.max(assignment.key.length, key.length) >= 6 &&
      distance(assignment.key.toLowerCase(), key.toLowerCase()) <= 2,
  )?.key;
}

/** The one line that sets the variable; `undefined` where it is certain that there is none. */
function find(text: string, key: string): Assignment | undefined {
  const odd = /\0|\r(?!\n)|[\u2028\u2029]/.exec(text);
  if (odd) {
    const name = odd[0] === "\0" ? "a NUL" : odd[0] === "\r" ? "a carriage return alone" : "a Unicode line separator";
    throw new Error(`line ${lineOf(text, odd.index)} has ${name}, on which readers do not agree`);
  }
  const { assignments, others, trouble } = structureOf(text);
  // As the most generous reader, `dotenv`, finds it.
  const loose = new RegExp(`^\\s*(?:export\\s+)?${key}(?:\\s*=|:\\s)`, "m");
  const strange = others.find((other) => loose.test(other.text));
  if (strange) throw new Error(`line ${strange.line} sets ${key} in a way that not all readers know`);
  const [first, second] = assignments.filter((assignment) => assignment.key === key);
  if (first && second)
    throw new Error(`${key} stands twice, in lines ${first.line} and ${second.line}: which one counts is not certain`);
  if (trouble && (!first || loose.test(text.slice(trouble.offset))))
    throw new Error(`line ${trouble.line} ${trouble.reason}: readers do not agree on what follows`);
  return first;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function append(text: string, line: string): string {
  const last = text.lastIndexOf("\n");
  const lineEnd = text.charAt(last - 1) === "\r" ? "\r\n" : "\n";
  const isWhole = text === "" || text === "\uFEFF" || last === text.length - 1;
  return `${text}${isWhole ? "" : lineEnd}${line}${lineEnd}`;
}

function quoteOf(written: string): Quote {
  const first = written.charAt(0);
  return first === "'" || first === '"' ? first : "";
}

/** In no quotes if possible, so that most readers agree; else in those that it has had, or in those that will do. */
function quoted(value: string, old: string, held: readonly DotenvReader[]): string {
  const problem = unwritable(value);
  if (problem !== undefined) throw new Error(`there is no way to write the value: ${problem}`);
  const quotes: readonly Quote[] = old === '"' ? ["", '"', "'"] : ["", "'", '"'];
  const tried = quotes.map((quote) => ({ quote, differing: differing(value, quote, held) }));
  const found = tried.find((one) => one.differing.length === 0);
  if (found) return found.quote + value + found.quote;
  const named = tried
    .slice(1)
    .map((one) => `between ${one.quote} and ${one.quote}, ${readerNames(one.differing)} would read it differently`);
  throw new Error(
    `there is no way to write the value so that ${readerNames(held)} read the same: it has characters that need quotes, and ${named.join("; ")}${held.length > 1 ? ". If one of them alone reads this file, say which" : ""}`,
  );
}

function unwritable(value: string): string | undefined {
  if (/[\0\r\n\u2028\u2029]/.test(value)) return "it has a line break or a NUL";
  // A half of a surrogate pair cannot be written as UTF-8.
  return Buffer.from(value).toString() === value ? undefined : "it is not well-formed Unicode";
}

/** Node is here to be asked: the last word on whether the rules above are right, also for a Node to come. */
function requireRead(before: string, after: string, key: string, value: string): void {
  const { [key]: _, ...othersBefore } = read(before);
  const { [key]: written, ...othersAfter } = read(after);
  if (written !== value) throw new Error(`Node ${process.version} would not read ${key} from it as written`);
  const names = new Set([...Object.keys(othersBefore), ...Object.keys(othersAfter)]);
  const changed = [...names].find((name) => othersBefore[name] !== othersAfter[name]);
  if (changed !== undefined)
    throw new Error(`Node ${process.version} would read something else than ${key} differently, too`);
}

/** Not what has no name that a reader could ask for: Node finds some, such as `export A`, where it is mistaken. */
function read(text: string): Readonly<Record<string, string | undefined>> {
  const found = Object.entries(parseEnv(text.replace(/^\uFEFF/, "")));
  return Object.fromEntries(found.filter(([name]) => /^[\w.-]+$/.test(name)));
}
