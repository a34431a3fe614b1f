import { Option } from "commander";
import { shellQuote } from "../session/command-line.ts";
import { UsageError } from "../terminal/command-error.ts";
import { facts, type GivenOptions, names, type OptionName } from "./option-table.ts";

/**
 * An option for the parser.
 *
 * @param help what it means for this command, if not the usual.
 */
export function option(name: OptionName, help: string = facts[name].help): Option {
  const { flags, group, isRepeatable, excludes = [] } = facts[name];
  const made = new Option(flags, help).helpGroup(group);
  // The parser would take --no-check for the end of --check, of which the last one wins.
  made.negate = false;
  if (isRepeatable) made.argParser((value, before: string[] | undefined) => [...(before ?? []), value]);
  if (excludes.length > 0) made.conflicts([...excludes]);
  return made;
}

/** Options for the parser. */
export function options(...wanted: readonly OptionName[]): Option[] {
  return wanted.map((name) => option(name));
}

/**
 * The options of a rotation that has not begun, as words of a command line that begins it. They contain no consent, and so
 * not what needs one.
 *
 * @param also options that only the command to be repeated has.
 */
export function repeatedWords(given: GivenOptions, also: readonly OptionName[] = []): string {
  const needsConsent = given.noCheck === true;
  const words: string[] = [];
  for (const name of names) {
    const { flags, isRepeated } = facts[name];
    const value = given[name];
    if (
      !(isRepeated || also.includes(name)) ||
      value === undefined ||
      value === false ||
      (name === "finish" && needsConsent)
    )
      continue;
    const [flag = ""] = flags.split(" ");
    // A plan names the sinks that are written to in place; the option is for all.
    if (value === true || (name === "inPlace" && [value].flat().length > 0)) words.push(flag);
    else for (const one of [value].flat()) words.push(flag, shellQuote(one));
  }
  return words.join(" ");
}

/** @throws {UsageError} without a client. */
export function requireClient(clientId: string | undefined): string {
  if (clientId === undefined)
    throw new UsageError(
      "No client given. Nothing was sent. Add its id, which `cf-oauth list` shows, or --plan <file> for many.",
    );
  return clientId;
}

/** What a person decides about one client, after a look at it. No plan says that. */
const decisions: readonly OptionName[] = [
  "finish",
  "now",
  "acceptChange",
  "acceptDowntime",
  "replaceSink",
  "deliverAgain",
];

/** @throws {UsageError} for a client together with a plan, or for an option about one client. */
export function refuseBesidePlan(clientId: string | undefined, options: GivenOptions = {}): void {
  if (clientId !== undefined)
    throw new UsageError(
      "A client id cannot be combined with --plan, which names the clients. Nothing was sent. Remove one.",
    );
  const given = names.find((name) => !facts[name].isForPlans && options[name] !== undefined);
  if (given === undefined) return;
  const [flag = ""] = facts[given].flags.split(" ");
  throw new UsageError(
    `${flag} cannot be combined with --plan. Nothing was sent. ${
      decisions.includes(given)
        ? "It is about one client: run the command with the id of that client instead."
        : "The plan itself says this for each client: write it there."
    }`,
  );
}
