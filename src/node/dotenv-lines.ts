import { commentStart } from "./shell-line.ts";

/** A line that gives a variable a value; offsets count from the begin of the text. */
export interface Assignment {
  readonly key: string;
  /** From 1. */
  readonly line: number;
  /** Where the value begins, with its quotes, and ends, before blanks and a comment. */
  readonly from: number;
  readonly to: number;
}

/** What readers of dotenv files agree on. */
export interface Structure {
  readonly assignments: readonly Assignment[];
  /** Other lines that are no comments: what shells or some readers make something of. */
  readonly others: readonly { readonly line: number; readonly text: string }[];
  /** The first line after which readers disagree on where lines begin; nothing has been looked at from there on. */
  readonly trouble?: { readonly line: number; readonly offset: number; readonly reason: string } | undefined;
}

/** As Node and `dotenv` know it; a shell knows fewer keys. */
const head = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*/y;

class Disagreement extends Error {}

/** One in which the line before may have a part. */
class OldDisagreement extends Disagreement {}

/**
 * Divides a dotenv file into what is a line to Node, to the `dotenv` package and to a shell alike. They differ in
 * where a quoted value ends, so this stops at the first line where that could matter.
 */
export function structureOf(text: string): Structure {
  const assignments: Assignment[] = [];
  const others: { line: number; text: string }[] = [];
  let line = 1;
  /** Where the last line with anything on it begins. */
  let last = 0;
  for (let at = text.startsWith("\uFEFF") ? 1 : 0; at < text.length; ) {
    try {
      const { end, assignment, other } = lineAt(text, at);
      if (assignment) assignments.push({ ...assignment, line });
      if (other !== undefined) others.push({ text: other, line });
      if (assignment || other !== undefined) last = at;
      line += text.slice(at, end).split("\n").length;
      at = end + 1;
    } catch (error) {
      if (!(error instanceof Disagreement)) throw error;
      const offset = error instanceof OldDisagreement ? last : at;
      return {
        assignments: assignments.filter(({ from }) => from <= offset),
        others,
        trouble: { line, offset, reason: error.message },
      };
    }
  }
  return { assignments, others };
}

/** The line that begins at an offset, with those that its value goes on to; `end` is where the last one ends. */
function lineAt(
  text: string,
  at: number,
): { end: number; assignment?: Omit<Assignment, "line">; other?: string | undefined } {
  const multiline = multilineAt(text, at);
  const closed = multiline?.closed ?? at;
  const end = lineEnd(text, closed);
  // The rest of the line where a value of several lines ends, else the whole line.
  const rest = text.slice(closed, end).replace(/\r$/, "");
  if (!multiline) {
    if (rest.trim() === "" || rest.startsWith("#")) return { end };
    requireAgreement(rest);
    // To Node this is no comment, if there is a `=` in it, so it may have been refused.
    if (/^[ \t]*#/.test(rest)) return { end };
  }
  const comment = commentStart(rest, multiline !== undefined);
  if (comment === undefined) throw new Disagreement("leaves a quote, a substitution or the line itself open");
  const found = multiline ?? headAt(text, at, end);
  if (!found) return { end, other: rest };
  const value = text.slice(found.from, closed + comment).replace(/[ \t]+$/, "");
  // An empty one stands at once after the `=`, or a comment would follow a new one without a blank.
  const from = value === "" ? text.indexOf("=", at) + 1 : found.from;
  return { end, assignment: { key: found.key, from, to: from + value.length } };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function headAt(text: string, at: number, end: number): { key: string; from: number } | undefined {
  head.lastIndex = at;
  const match = head.exec(text);
  return match?.[1] !== undefined && head.lastIndex <= end ? { key: match[1], from: head.lastIndex } : undefined;
}

/** A quoted value of several lines that all agree on, and the place after its last quote. */
function multilineAt(text: string, at: number): { key: string; from: number; closed: number } | undefined {
  const end = lineEnd(text, at);
  const found = headAt(text, at, end);
  const quote = found && text.charAt(found.from);
  if (!quote || !/["'`]/.test(quote)) return undefined;
  const close = text.indexOf(quote, found.from + 1);
  // On one line a quote may be escaped, since all go on to its end.
  if (close !== -1 && close < end) return undefined;
  if (close === -1) throw new Disagreement("opens a quote that is never closed");
  const value = text.slice(found.from + 1, close);
  if (value.endsWith("\\")) throw new Disagreement("has a backslash before a quote in a value of several lines");
  // A shell looks for what ends a substitution, whatever quotes come first.
  if ((quote === '"' && /`|\$[({]/.test(value)) || (quote === "`" && /["'\\]/.test(value)))
    throw new Disagreement("has a substitution in a value of several lines");
  if (!/^[ \t]*(?:$|[ \t]#)/.test(text.slice(close + 1, lineEnd(text, close)).replace(/\r$/, "")))
    throw new Disagreement("has something after the last quote of a value of several lines");
  return { ...found, closed: close + 1 };
}

/** Refuses a line that Node or `dotenv` would go on reading past its end. */
function requireAgreement(line: string): void {
  if (/^[ \t]*["'`=]/.test(line)) throw new OldDisagreement("begins like the value of the line before");
  if (/^\s*(?:export\s+)?[\w.-]+:\s*$/.test(line)) throw new Disagreement("ends in a colon, which some read as `=`");
  const [, value] = /^[^=]*=[ \t]*(.*)$/.exec(line) ?? [];
  if (value === "" && /[ \t]$/.test(line)) throw new Disagreement("has a blank and no value after `=`");
  const [, quote, inside] = /^(["'`])(.*)$/.exec(value ?? "") ?? [];
  if (quote === undefined || inside === undefined) return;
  if (!inside.includes(quote)) throw new Disagreement("opens a quote that it does not close");
  const closed = quote === '"' ? /^(?:\\.|[^"\\])*"/.exec(inside)?.[0] : inside.slice(0, inside.indexOf(quote) + 1);
  if (closed === undefined || closed.at(-2) === "\\") throw new Disagreement("has a backslash before its last quote");
}
