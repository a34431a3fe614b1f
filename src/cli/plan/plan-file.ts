import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Document, LineCounter, parseDocument, visit } from "yaml";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import { messageOf } from "../terminal/text.ts";
import type { Plan, PlannedClient, WrittenPlan } from "./plan.ts";
import { findFaults } from "./plan-faults.ts";
import { locate } from "./plan-position.ts";
import { type DueRule, dueRules, usualSpread } from "./spread.ts";
import { Window } from "./window.ts";

/** A fault, and where in the file it is. */
export interface LocatedFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A plan that cannot be meant: all its faults. Nothing was sent. */
export class PlanError extends UsageError {
  readonly path: string;
  readonly faults: readonly LocatedFault[];

  constructor(path: string, faults: readonly LocatedFault[]) {
    const count = faults.length === 1 ? "1 mistake" : `${faults.length} mistakes`;
    super(`${faults.length >= mostFaults ? "At least " : ""}${count} in the plan ${path}. Nothing was sent.`);
    this.path = path;
    this.faults = faults;
    this.details = { faults };
  }
}

/** Why a file cannot be read, by the code of the error. */
const unreadable: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  EISDIR: "is a directory",
  EACCES: "cannot be read by this user",
};

/**
 * Reads a plan, in YAML or JSON.
 *
 * @throws {PlanError} with all that is wrong in it.
 */
export async function readPlan(path: string, signal: AbortSignal): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const reason = unreadable[code] ?? `cannot be read: ${messageOf(error)}`;
    throw new UsageError(`The plan ${resolve(path)} ${reason}. Nothing was sent. Check the path after --plan.`);
  }
  return parsePlan(text, path, signal);
}

/** The usual mistakes in YAML, in the words of one who does not know its grammar. */
const mistakes: Readonly<Record<string, string>> = {
  BAD_INDENT: "this line is indented differently from the others of its group",
  BLOCK_AS_IMPLICIT_KEY: 'a value that contains ": " must be in quotes',
  DUPLICATE_KEY: "this key stands here twice",
  MULTILINE_IMPLICIT_KEY: 'this line lacks ": " after its key, or is indented differently from the others of its group',
  MULTIPLE_DOCS: "a line --- begins a second plan; write one plan into a file",
  TAB_AS_INDENT: "this line is indented with a tab; use spaces",
};

/** The longest plan, in UTF-16 units: one of 20,000 clients has less. */
const longestPlan = 16 * 2 ** 20;
/** The parser takes time that grows with the square of the number of aliases: a second for these. */
const mostAliases = 20_000;
/** After so many faults nobody needs another one. */
const mostFaults = 100;

/**
 * @param path whose folder relative paths of sinks are taken from.
 * @param signal ends the search for faults, which takes seconds in a plan of thousands of clients.
 */
export async function parsePlan(text: string, path: string, signal?: AbortSignal): Promise<Plan> {
  if (text.length > longestPlan)
    throw new UsageError(`The plan ${path} is longer than ${longestPlan / 2 ** 20} MiB. Nothing was sent. Divide it.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const faults: LocatedFault[] = document.errors.map(({ pos, code, message }) => ({
    ...at(pos[0]),
    message: mistakes[code] ?? message,
  }));
  // The rest can be read despite a repeated key, but not if the text is no YAML.
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) throw new PlanError(path, inOrder(faults));

  const aliases = countAliases(document);
  if (aliases > mostAliases)
    throw new UsageError(
      `The plan ${path} has ${aliases} aliases. Nothing was sent. Use at most ${mostAliases}: what all clients have in common goes into defaults.`,
    );

  let value: unknown;
  try {
    // Each client may refer to the same anchor.
    value = document.toJS({ maxAliasCount: 100_000 });
  } catch (error) {
    throw new PlanError(path, [{ line: 1, column: 1, message: messageOf(error) }]);
  }
  const place = (sink: string) => placeOf(sink, dirname(resolve(path)));
  for await (const { path: where, isKey, message, other } of findFaults(value, place, signal)) {
    if (faults.length >= mostFaults) break;
    const seeAlso = other ? ` (line ${at(locate(document, other, false)).line})` : "";
    faults.push({ ...at(locate(document, where, isKey)), message: message + seeAlso });
  }
  if (faults.length > 0) throw new PlanError(path, inOrder(faults));
  return complete(value as WrittenPlan, path, place);
}

function countAliases(document: Document): number {
  let aliases = 0;
  visit(document, { Alias: () => void aliases++ });
  return aliases;
}

function inOrder(faults: LocatedFault[]): LocatedFault[] {
  return faults.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A sink whose relative path is the plan's, wherever the command is run. */
function placeOf(sink: string, folder: string): string {
  const [, scheme, path = ""] = /^(file|dotenv):(.*)$/s.exec(sink) ?? [];
  const isRelative = path.trim() !== "" && !path.startsWith("~") && !path.startsWith("#") && !isAbsolute(path);
  return scheme !== undefined && isRelative ? `${scheme}:${join(folder, path)}` : sink;
}

function complete(written: WrittenPlan, path: string, place: (sink: string) => string): Plan {
  const {
    account,
    parallel = 4,
    concurrency,
    stopAfterFailures = 1,
    requestsPer5Minutes = 1080,
    hooks = {},
    defaults,
  } = written;
  const clients = written.clients.map((client) => ({ ...defaults, ...client }));
  const rules = dueRules(
    clients.map(({ id, every: age = "", overlap = "0", spread }) => {
      const every = parseDuration(age, "every");
      const usual = usualSpread(every, parseDuration(overlap, "overlap"));
      return { id, every, spread: spread === undefined ? usual : parseDuration(spread, "spread") };
    }),
  );
  return {
    path,
    account,
    parallel,
    concurrency,
    stopAfterFailures,
    budget: requestsPer5Minutes,
    hooks,
    clients: clients.flatMap((client, index) => {
      const rule = rules[index];
      return rule ? [{ ...completeClient(client, place), ...rule }] : [];
    }),
  };
}

function completeClient(
  client: WrittenPlan["clients"][number],
  place: (sink: string) => string,
): Omit<PlannedClient, keyof DueRule> {
  const { id, name, sinks, window, overlap, every, spread, ...confirming } = client;
  return {
    id,
    name,
    sinks: sinks.map((sink) => ({
      name: sink.name,
      spec: `${sink.name}=${place(sink.to)}`,
      readBack: sink.readBack,
      readBy: sink.readBy,
      inPlace: sink.inPlace ?? false,
    })),
    window: window && new Window(window),
    overlap,
    ...confirming,
  };
}
