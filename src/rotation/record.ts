import type { Cloudflare } from "../client/cloudflare.ts";
import { RotationError } from "./error.ts";
import { readJournal } from "./log.ts";
import type { RotationOptions, Target } from "./options.ts";
import { read } from "./reads.ts";
import { inspectRotation } from "./rotate.ts";
import { Run } from "./run.ts";
import { isRecordedByHand, type RotationState, stateOf } from "./state.ts";
import { firstEntry, requireClientSecret } from "./steps/begin.ts";

/**
 * Records when a client's secret was created, if this package did not create it, so that its age is known. Another date replaces one
 * that was recorded before, so that you can correct it. This function reads the client, to make sure that it exists, and changes
 * nothing at Cloudflare.
 *
 * @param client has the credentials and the base URL.
 * @param target which client's secret.
 * @param options the journal, and `rotatedAt`, not later than now.
 * @returns The state in the journal afterwards; unchanged if it had that date already.
 * @throws {RotationError} `rotation-in-progress` if one is under way in the journal; `usage` if the journal has a later one, or
 *   if the date is invalid; `journal-failed` or `journal-mismatch` if the journal cannot be read.
 */
export async function recordRotation(
  client: Cloudflare,
  target: Target,
  options: Pick<RotationOptions, "journal" | "issuer" | "signal"> & { readonly rotatedAt: Date },
): Promise<RotationState> {
  const { journal, rotatedAt } = options;
  const at = rotatedAt.getTime();
  if (!(at <= Date.now())) throw new RotationError("usage", "rotatedAt must be a date in the past. Nothing was sent.");
  const run = new Run(client, target, options, "rotate");
  const latest = await readJournal(journal, target);
  if (latest) run.log.open(latest);
  const state = await inspectRotation(target, options);
  if (state && state.phase !== "done")
    throw new RotationError(
      "rotation-in-progress",
      "A rotation of this client is under way in the journal, which knows its age. Nothing was recorded.",
      { state, nextStep: state.nextStep },
    );
  const recorded = state?.abandoned === undefined ? state : undefined;
  if (recorded?.startedAt.getTime() === at) return recorded;
  const known = lastRotation(recorded);
  if (known && known.getTime() >= at)
    throw new RotationError(
      "usage",
      `The journal knows of a later rotation of this client, begun at ${known.toISOString()}. Nothing was recorded.`,
      { state },
    );
  const { client: found } = await read(run).catch((error: unknown) => {
    if (!run.signal.aborted || error instanceof RotationError) throw error;
    throw run.error("interrupted", "Stopped by a signal.");
  });
  requireClientSecret(run, found);
  const memo = known && { [after]: known.toISOString() };
  await run.append({ ...firstEntry(run, found), memo, phase: "done", startedAt: at, finishedAt: at });
  return stateOf(run.current);
}

/** In the memo of a recorded date: when the rotation before it began, so that no correction is earlier than that. */
const after = "recorded-after";

function lastRotation(state: RotationState | undefined): Date | undefined {
  // A date that a person has recorded may have been mistyped.
  const time = state && isRecordedByHand(state) ? state.memo[after] : state?.startedAt;
  return time === undefined ? undefined : new Date(time);
}
