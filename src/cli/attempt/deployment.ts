import { commandActivate, commandVerify, parseSink } from "../../node/index.ts";
import type { RotationOptions, RotationState, Sink } from "../../rotation/index.ts";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import { type CheckContext, checkOf, usage } from "./check.ts";
import { type GivenOptions, remembered } from "./option-table.ts";

type Deployment = Pick<
  RotationOptions,
  "sinks" | "activate" | "check" | "checkRuns" | "checkInterval" | "checkTimeout" | "verify" | "memo" | "redeliver"
>;

/**
 * Makes the sinks and confirmations from the options, and from the journal if a rotation is under way. An option beats the journal.
 *
 * @throws {UsageError} For an option that cannot be meant.
 */
export function deployment(
  options: GivenOptions,
  state: RotationState | undefined,
  { onOutput, ...context }: CheckContext & { readonly onOutput: (text: string) => void },
): Deployment {
  const kept = state?.memo ?? {};
  const commandTimeout = options.commandTimeout ?? kept[remembered.commandTimeout];
  const timeout = commandTimeout === undefined ? undefined : parseDuration(commandTimeout, "--command-timeout");
  const how = { timeout, onOutput };
  const readBacks = rememberedOf(remembered.readBack, kept, readBackOf(options));
  const readBys = rememberedOf(remembered.readBy, kept, readByOf(options));
  const inPlace = inPlaceOf(options, kept);
  const make = (spec: string, name?: string): Sink => {
    const own = name ?? usage(() => parseSink(spec, how)).name;
    const sink = usage(() =>
      parseSink(spec, {
        ...how,
        readBack: readBacks.get(own),
        readBy: readBys.get(own),
        inPlace: inPlace === everySink || inPlace?.split(",").includes(own),
      }),
    );
    return name === undefined ? sink : { ...sink, name };
  };
  const replaced = replacementsOf(options, make);
  const sinks = state
    ? state.sinks.map(({ name, spec }) => replaced.get(name) ?? make(spec ?? unmakeable(name), name))
    : (options.to ?? []).map((spec) => make(spec));
  requireNames("--deliver-again", options.deliverAgain ?? [], sinks);
  requireNames("--read-back", readBacks.keys(), sinks);
  requireNames("--read-by", readBys.keys(), sinks);

  const { memo: checked, ...check } = checkOf(options, kept, context, how);
  const verifyWith = options.verifyWith ?? kept[remembered.verifyWith];
  const activate = options.activate ?? kept[remembered.activate];
  const memo: Record<string, string> = { ...checked };
  if (activate !== undefined) memo[remembered.activate] = activate;
  if (verifyWith !== undefined) memo[remembered.verifyWith] = verifyWith;
  if (commandTimeout !== undefined) memo[remembered.commandTimeout] = commandTimeout;
  if (inPlace !== undefined) memo[remembered.inPlace] = inPlace;
  for (const [name, command] of readBacks) memo[remembered.readBack + name] = command;
  for (const [name, reader] of readBys) memo[remembered.readBy + name] = reader;
  const accepts = verifyWith === undefined ? undefined : usage(() => commandVerify(verifyWith, how));
  return {
    sinks,
    memo,
    redeliver: [...replaced.keys(), ...(options.deliverAgain ?? [])],
    activate: activate === undefined ? undefined : usage(() => commandActivate(activate, how)),
    ...check,
    verify: options.noVerify ? false : accepts,
  };
}

/** For each sink, by its name: the journal's value, replaced by an option's. */
function rememberedOf(
  prefix: string,
  kept: Readonly<Record<string, string>>,
  given: Map<string, { readonly value: string }>,
): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(kept))
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), value);
  for (const [name, { value }] of given) found.set(name, value);
  return found;
}

/** The commands that read sinks back. */
function readBackOf({ readBack }: GivenOptions) {
  return bySink("--read-back", readBack, "a sink's name and a command, as in app=cat /run/secrets/app");
}

/** Who reads dotenv files. */
function readByOf({ readBy }: GivenOptions) {
  return bySink("--read-by", readBy, "a sink's name and a reader, as in app=compose");
}

/** Stands for all sinks in the journal; no sink of a plan can have this name. */
const everySink = "*";

/** {@link everySink}, or the names of the sinks that are written in place. */
function inPlaceOf({ inPlace }: GivenOptions, kept: Readonly<Record<string, string>>): string | undefined {
  if (inPlace === true) return everySink;
  const names = Array.isArray(inPlace) ? inPlace.join(",") : "";
  return names || kept[remembered.inPlace];
}

function requireNames(option: string, given: Iterable<string>, sinks: readonly Sink[]): void {
  for (const name of given)
    if (!sinks.some((sink) => sink.name === name))
      throw new UsageError(`${option} names ${name}, but the sinks are: ${sinks.map((sink) => sink.name).join(", ")}.`);
}

/** The sinks that take the place of one of a rotation under way, by its name. */
function replacementsOf({ replaceSink }: GivenOptions, make: (spec: string, name?: string) => Sink): Map<string, Sink> {
  const found = new Map<string, Sink>();
  // As --to would name it, if it could: then its spec has the name, too.
  for (const [name, { text, value }] of bySink(
    "--replace-sink",
    replaceSink,
    "a sink's name and another sink, as in app=file:/run/secrets/app",
  ))
    found.set(name, usage(() => parseSink(text)).name === name ? make(text) : make(value, name));
  return found;
}

function unmakeable(name: string): never {
  throw new UsageError(
    `The sink ${name} was made by a program, not by this command: resume the rotation by that program.`,
  );
}

/** The values `<name>=<value>` of an option, by the sink's name. A sink without a name has its spec as name, with an absolute path. */
function bySink(
  option: string,
  texts: readonly string[] = [],
  what: string,
): Map<string, { readonly text: string; readonly value: string }> {
  const found = new Map<string, { readonly text: string; readonly value: string }>();
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1 || at === text.length - 1) throw new UsageError(`${option} takes ${what}; not "${text}".`);
    const key = text.slice(0, at);
    const name = /^(file|dotenv):/.test(key) ? usage(() => parseSink(key)).name : key;
    if (found.has(name)) throw new UsageError(`There are two ${option} for ${name}; which is meant?`);
    found.set(name, { text, value: text.slice(at + 1) });
  }
  return found;
}
