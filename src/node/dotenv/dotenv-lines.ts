import { commentStart } from "../shell/shell-line.ts";

/** A line that sets a variable. Offsets count from the start of the text. */
export interface Assignment {
  readonly key: string;
  /** From 1. */
  readonly line: number;
  /** Where the value starts, including its quotes, and ends, before spaces and a comment. */
  readonly from: number;
  readonly to: number;
}

/** What readers of dotenv files agree on. */
export interface Structure {
  readonly assignments: readonly Assignment[];
  /** Other lines that are not comments. Shells and some readers may read them as something. */
  readonly others: readonly { readonly line: number; readonly text: string }[];
  /** The first line after which readers disagree on where lines start. Nothing after it was examined. */
  readonly trouble?: { readonly line: number; readonly offset: number; readonly reason: string } | undefined;
}

/** The start of a line as Node and `dotenv` read it. A shell accepts fewer names. */
const head = /[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*/y;

class Disagreement extends Error {}

/** A disagreement that the line before may be part of. */
class OldDisagreement extends Disagreement {}

/**
 * Splits a dotenv file into lines on which Node, the `dotenv` package and a shell agree. They differ in where a quoted value
 * ends, so this stops at the first line where that could matter.
 */
export function structureOf(text: string): Structure {
  const assignments: Assignment[] = [];
  const others: { line: number; text: string }[] = [];
  let line = 1;
  /** Where the last line that is not empty starts. */
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
      return { assignments, others, trouble: { line, offset, reason: error.message } };
    }
  }
  return { assignments, others };
}

/** Reads the line at an offset, and the following lines of its value. `end` is where the last one ends. */
function lineAt(
  text: string,
  at: number,
): { end: number; assignment?: Omit<Assignment, "line">; other?: string | undefined } {
  const multiline = multilineAt(text, at);
  const closed = multiline?.closed ?? at;
  const end = lineEnd(text, closed);
  // The rest of the last line of a multi-line value, or else the whole line.
  const rest = text.slice(closed, end).replace(/\r$/, "");
  if (!multiline) {
    if (rest.trim() === "" || rest.startsWith("#")) return { end };
    requireAgreement(rest);
    // Node does not read this as a comment if it has a `=`, so the check above comes first.
    if (/^[ \t]*#/.test(rest)) return { end };
  }
  const comment = commentStart(rest);
  if (comment === undefined) throw new Disagreement("does not close a quote or a substitution, or ends in a backslash");
  const found = multiline ?? headAt(text, at);
  if (!found) return { end, other: rest };
  const value = withoutBlanksAtEnd(text.slice(found.from, closed + comment));
  // An empty value goes directly after the `=`, so that a space stays before a comment.
  const from = value === "" ? text.indexOf("=", at) + 1 : found.from;
  return { end, assignment: { key: found.key, from, to: from + value.length } };
}

/** A text without the blanks and tabs at its end. The pattern `[ \t]+$` would take quadratic time. */
export function withoutBlanksAtEnd(text: string): string {
  let end = text.length;
  while (/[ \t]/.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function headAt(text: string, at: number): { key: string; from: number } | undefined {
  head.lastIndex = at;
  const match = head.exec(text);
  return match?.[1] !== undefined ? { key: match[1], from: head.lastIndex } : undefined;
}

/** Reads a quoted multi-line value that all readers agree on; `closed` is the offset after its last quote. */
function multilineAt(text: string, at: number): { key: string; from: number; closed: number } | undefined {
  const end = lineEnd(text, at);
  const found = headAt(text, at);
  const quote = found && text.charAt(found.from);
  if (!quote || !/["'`]/.test(quote)) return undefined;
  const close = text.indexOf(quote, found.from + 1);
  // A value on one line is not our concern: all readers go on to the end of the line.
  if (close !== -1 && close < end) return undefined;
  if (close === -1) throw new Disagreement("opens a quote that is never closed");
  const value = text.slice(found.from + 1, close);
  if (value.endsWith("\\")) throw new Disagreement("has a backslash before a quote in a multi-line value");
  // A shell looks for the end of a substitution, even past quotes.
  if ((quote === '"' && /`|\$[({]/.test(value)) || (quote === "`" && /["'\\]/.test(value)))
    throw new Disagreement("has a substitution in a multi-line value");
  if (!/^[ \t]*(?:$|[ \t]#)/.test(text.slice(close + 1, lineEnd(text, close)).replace(/\r$/, "")))
    throw new Disagreement("has text after the last quote of a multi-line value");
  return { ...found, closed: close + 1 };
}

/** Refuses a line that Node or `dotenv` would continue on the next one. */
function requireAgreement(line: string): void {
  if (/^[ \t]*["'`=]/.test(line)) throw new OldDisagreement("starts like the value of the line before");
  if (/^\s*(?:export\s+)?[\w.-]+:\s*$/.test(line))
    throw new Disagreement("ends in a colon, which some programs read as `=`");
  // Without `=` this is the whole line, which does not start with a quote: the first check above refuses that.
  const value = line.slice(line.indexOf("=") + 1).replace(/^[ \t]+/, "");
  if (value === "" && /[ \t]$/.test(line)) throw new Disagreement("has a space but no value after `=`");
  const [, quote, inside] = /^(["'`])(.*)$/.exec(value) ?? [];
  if (quote === undefined || inside === undefined) return;
  if (!inside.includes(quote)) throw new Disagreement("opens a quote that it does not close");
  const closed = quote === '"' ? /^(?:\\.|[^"\\])*"/.exec(inside)?.[0] : inside.slice(0, inside.indexOf(quote) + 1);
  if (closed === undefined || closed.at(-2) === "\\") throw new Disagreement("has a backslash before its last quote");
}
