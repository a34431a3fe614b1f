import { RotationError } from "./error.ts";
import type { RotationOptions } from "./options.ts";
import type { Run } from "./run.ts";
import { stateOf } from "./state.ts";
import { mayAbandon } from "./steps/recover.ts";

/** The longest that an old secret is kept, in ms: longer, it is a mistake. */
const longestOverlap = 3650 * 86_400_000;

/** The longest from one check to the next, in ms. */
const longestInterval = 3_600_000;
/** The longest that a check is repeated, in ms. */
const longestTimeout = 86_400_000;
/** The most that a check can be called in a row. */
const mostRuns = 100;

/** What cannot be meant in any state of the rotation. */
export function faultOf({
  sinks = [],
  finish,
  overlap = 0,
  checkRuns = 1,
  checkInterval = 0,
  checkTimeout = 0,
}: Pick<RotationOptions, "sinks" | "finish" | "overlap" | "checkRuns" | "checkInterval" | "checkTimeout">):
  | string
  | undefined {
  const names = sinks.map(({ name }) => name);
  if (new Set(names).size !== names.length || names.includes("")) return "Each sink needs a name of its own.";
  if (!(overlap >= 0 && overlap <= longestOverlap))
    return `overlap must be a number of milliseconds, from 0 to ${longestOverlap} (ten years).`;
  if (!(Number.isInteger(checkRuns) && checkRuns >= 1 && checkRuns <= mostRuns))
    return `checkRuns must be a whole number from 1 to ${mostRuns}.`;
  if (!(checkInterval >= 0 && checkInterval <= longestInterval))
    return `checkInterval must be a number of milliseconds, from 0 to ${longestInterval} (one hour).`;
  if (!(checkTimeout >= 0 && checkTimeout <= longestTimeout))
    return `checkTimeout must be a number of milliseconds, from 0 to ${longestTimeout} (one day).`;
  if (finish && overlap > 0)
    return "finish and overlap cannot be combined: finish deletes the old secret in the same run.";
  return undefined;
}

/** Refuses what a rotation cannot be made of, before anything is sent or written. */
export function checkOptions(run: Run): void {
  const { sinks, finish, check, redeliver = [] } = run.options;
  const state = run.entry && stateOf(run.entry);
  const usage = (message: string) => new RotationError("usage", `${message} Nothing was sent.`, { state });
  const fault = faultOf(run.options);
  if (fault) throw usage(fault);
  const names = sinks.map(({ name }) => name);
  if (run.entry && run.isUnderWay) {
    const { sinks: wanted, delivered } = run.entry;
    const unknown = redeliver.find((again) => !names.includes(again) || !wanted.some(({ name }) => name === again));
    if (unknown !== undefined)
      throw usage(
        `To deliver to ${unknown} again, the rotation must have a sink of that name (it has ${wanted.map(({ name }) => name).join(", ")}), and you must pass that sink.`,
      );
    const missing = wanted.find(({ name }) => !names.includes(name) && !delivered.includes(name));
    if (missing) {
      // Another run may have begun it a moment ago.
      if (names.some((given) => !wanted.some(({ name }) => name === given)))
        throw new RotationError(
          "rotation-in-progress",
          `A rotation of this client is under way, with other sinks (${wanted.map(({ name }) => name).join(", ")}). Resume it with those sinks. Nothing was sent.`,
          { state, nextStep: "resume" },
        );
      throw usage(`The rotation under way has a sink named ${missing.name}, which was not given.`);
    }
    // Recovering may give that one up, and begin another.
    if (!mayAbandon(run)) return;
  } else if (redeliver.length > 0) throw usage("No rotation is under way whose secret could be delivered again.");
  if (sinks.length === 0) throw usage("Give at least one sink: a place where the new secret goes.");
  const unconfirmed = sinks.filter(({ readBack }) => !readBack);
  if (finish && unconfirmed.length > 0 && check === undefined)
    throw usage(
      `Deleting the old secret in the same run needs to confirm that the new one is deployed: give a check, a read-back for ${unconfirmed.map(({ name }) => name).join(", ")}, or decline the check.`,
    );
}
