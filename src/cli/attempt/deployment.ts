import { commandCheck, commandVerify, parseSink } from "../../node/index.ts";
import type { RotationOptions, RotationState, Sink } from "../../rotation/index.ts";
import { parseDuration } from "../terminal/duration.ts";
import { messageOf } from "../terminal/message-of.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** The options that say where the secret goes, and how it is proved to be there. */
export interface DeploymentOptions {
  readonly to?: readonly string[];
  readonly readBack?: readonly string[];
  /** False by `--no-check`. */
  readonly check?: string | false;
  readonly verifyWith?: string;
  /** False by `--no-verify`. */
  readonly verify?: boolean;
  readonly commandTimeout?: string;
  readonly replaceSink?: readonly string[];
}

type Deployment = Pick<RotationOptions, "sinks" | "check" | "verify" | "memo" | "redeliver">;

/** What the journal keeps of the options, so that `resume` and `finish` need none of them. */
const remembered = { check: "check", verifyWith: "verify-with", commandTimeout: "command-timeout" } as const;
const readBackPrefix = "read-back ";

/**
 * Makes sinks and proofs of options, and of what the journal has of a rotation under way; an option beats the journal.
 *
 * @throws {UsageError} For an option that cannot be meant.
 */
export function deployment(options: DeploymentOptions, state: RotationState | undefined): Deployment {
  const kept = state?.memo ?? {};
  const readBacks = new Map<string, string>();
  for (const [name, command] of Object.entries(kept))
    if (name.startsWith(readBackPrefix)) readBacks.set(name.slice(readBackPrefix.length), command);
  const givenReadBacks = bySink(
    "--read-back",
    options.readBack,
    "a sink's name and a command, as in vault=vault kv get …",
  );
  for (const [name, { value }] of givenReadBacks) readBacks.set(name, value);
  const commandTimeout = options.commandTimeout ?? kept[remembered.commandTimeout];
  const timeout = commandTimeout === undefined ? undefined : parseDuration(commandTimeout, "--command-timeout");
  const how = timeout === undefined ? {} : { timeout };
  const make = (spec: string, name?: string): Sink => {
    const parsed = usage(() => parseSink(spec, how));
    const readBack = readBacks.get(name ?? parsed.name);
    const sink = readBack === undefined ? parsed : usage(() => parseSink(spec, { ...how, readBack }));
    return name === undefined ? sink : { ...sink, name };
  };

  const replaced = new Map<string, Sink>();
  const replacements = bySink(
    "--replace-sink",
    options.replaceSink,
    "a sink's name and another sink, as in vault=exec:…",
  );
  for (const [name, { text, value }] of replacements) {
    // As --to would name it, if it could: then its spec has the name, too.
    const named = usage(() => parseSink(text, how));
    replaced.set(name, named.name === name ? make(text) : make(value, name));
  }
  const journaled = (state?.sinks ?? []).map(
    ({ name, spec }) => replaced.get(name) ?? make(spec ?? unmakeable(name), name),
  );
  const sinks = state ? journaled : (options.to ?? []).map((spec) => make(spec));
  for (const name of [...readBacks.keys()])
    if (!sinks.some((sink) => sink.name === name))
      throw new UsageError(
        `--read-back names ${name}, but the sinks are: ${sinks.map((sink) => sink.name).join(", ")}.`,
      );

  const check = options.check ?? kept[remembered.check];
  const verifyWith = options.verifyWith ?? kept[remembered.verifyWith];
  if (options.verifyWith !== undefined && options.verify === false)
    throw new UsageError("--verify-with and --no-verify exclude each other.");
  const memo: Record<string, string> = {};
  if (typeof check === "string") memo[remembered.check] = check;
  if (verifyWith !== undefined) memo[remembered.verifyWith] = verifyWith;
  if (commandTimeout !== undefined) memo[remembered.commandTimeout] = commandTimeout;
  for (const [name, command] of readBacks) memo[readBackPrefix + name] = command;
  return {
    sinks,
    memo,
    redeliver: [...replaced.keys()],
    check: typeof check === "string" ? usage(() => commandCheck(check, how)) : check,
    verify:
      options.verify === false
        ? false
        : verifyWith === undefined
          ? undefined
          : usage(() => commandVerify(verifyWith, how)),
  };
}

function unmakeable(name: string): never {
  throw new UsageError(
    `The sink ${name} was made by a program, not by this command: resume the rotation by that program.`,
  );
}

/** What an option says of sinks, each `<name>=<value>`, by name; a sink without one has its spec for it, with an absolute path. */
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

function usage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
