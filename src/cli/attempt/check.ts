import { commandCheck, type ShellOptions } from "../../node/index.ts";
import { type Check, type RotationOptions, runningCheck } from "../../rotation/index.ts";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import { messageOf } from "../terminal/text.ts";
import { type GivenOptions, remembered } from "./option-table.ts";

/** The check of a deployment, and what the journal remembers of it. */
interface MadeCheck extends Pick<RotationOptions, "check" | "checkRuns" | "checkInterval" | "checkTimeout"> {
  readonly memo: Readonly<Record<string, string>>;
}

/** Whose secret the check is about, and how it reaches what it asks. */
export interface CheckContext {
  readonly clientId: string;
  /** Undefined: the global one. */
  readonly fetch: RotationOptions["fetch"];
}

/** How long a rollout may take until the running services use the new secret. */
const usualRollout = "5m";

/**
 * Makes the check from the options and the journal's memo: the command, the running services, or both. An option beats the journal.
 * A `--check` or `--running` replaces all that the journal remembers of checks. The memo keeps every entry, so an empty text marks the replaced
 * ones.
 *
 * @throws {UsageError} For an option that cannot be meant.
 */
export function checkOf(
  options: GivenOptions,
  memo: Readonly<Record<string, string>>,
  { clientId, fetch }: CheckContext,
  how: ShellOptions,
): MadeCheck {
  const isReplaced = options.check !== undefined || options.running !== undefined;
  const kept = (name: string) => (isReplaced ? undefined : memo[name] || undefined);
  const texts = {
    check: options.check ?? kept(remembered.check),
    // A URL has no space.
    running: options.running?.join(" ") ?? kept(remembered.running),
    replicas: options.replicas ?? kept(remembered.replicas),
    checkRuns: options.checkRuns ?? kept(remembered.checkRuns),
    checkInterval: options.checkInterval ?? kept(remembered.checkInterval),
    checkTimeout: options.checkTimeout ?? kept(remembered.checkTimeout),
  };
  const { check, running, replicas, checkRuns, checkInterval } = texts;
  if (options.noCheck) return { check: false, memo: {} };
  requireChecked(options, texts);
  const made: Check[] = [];
  if (check !== undefined) made.push(usage(() => commandCheck(check, how)));
  if (running !== undefined) {
    const most = replicas === undefined ? undefined : wholeNumber(replicas, "--replicas", 1000);
    made.push(
      named(
        "--running ",
        usage(() => runningCheck({ clientId, urls: running.split(" "), replicas: most, fetch })),
      ),
    );
  }
  const checkTimeout = texts.checkTimeout ?? (running === undefined ? undefined : usualRollout);
  const remember: Record<string, string> = {};
  for (const name of Object.keys(texts) as (keyof typeof texts)[])
    if (texts[name] !== undefined || memo[remembered[name]]) remember[remembered[name]] = texts[name] ?? "";
  return {
    check: made.length > 0 ? allOf(made) : undefined,
    ...(checkRuns !== undefined && { checkRuns: wholeNumber(checkRuns, "--check-runs", 100) }),
    ...(checkInterval !== undefined && { checkInterval: durationUpTo(checkInterval, "--check-interval", "1h") }),
    ...(checkTimeout !== undefined && { checkTimeout: durationUpTo(checkTimeout, "--check-timeout", "1d") }),
    memo: remember,
  };
}

/** Refuses what says how to check where nothing is checked. */
function requireChecked(options: GivenOptions, { check, running }: Readonly<Record<string, string | undefined>>): void {
  if (options.replicas !== undefined && running === undefined) throw new UsageError("--replicas needs a --running.");
  const how = options.checkRuns ?? options.checkInterval ?? options.checkTimeout;
  if (how !== undefined && check === undefined && running === undefined)
    throw new UsageError("--check-runs, --check-interval and --check-timeout need a --check or a --running.");
}

/** A check that says, where it could not run, which option it comes from. */
function named(option: string, check: Check): Check {
  const same: Check = (sha256, context) => check(sha256, context);
  same.preflight = async (context) => {
    await check.preflight?.(context).catch((error: unknown) => {
      context.signal.throwIfAborted();
      throw new Error(option + messageOf(error));
    });
  };
  return same;
}

/** A check that succeeds if all do. */
function allOf(checks: readonly Check[]): Check {
  const all: Check = async (sha256, context) => {
    for (const check of checks) if (!(await check(sha256, context))) return false;
    return true;
  };
  all.preflight = async (context) => {
    for (const check of checks) await check.preflight?.(context);
  };
  return all;
}

function wholeNumber(text: string, option: string, most: number): number {
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > most)
    throw new UsageError(`${option} takes a whole number from 1 to ${most}; not "${text}".`);
  return Number(text);
}

function durationUpTo(text: string, option: string, most: string): number {
  const duration = parseDuration(text, option);
  if (duration > parseDuration(most, option)) throw new UsageError(`${option} takes at most ${most}; not "${text}".`);
  return duration;
}

/** Errors of the library about what an option says are told as those of an option. */
export function usage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
