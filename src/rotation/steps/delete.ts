import { isAPIError } from "../../client/error-kind.ts";
import { longestAnnouncement } from "../announcement.ts";
import { age, now } from "../clock.ts";
import type { Reading } from "../reading.ts";
import { read } from "../reads.ts";
import type { Run } from "../run.ts";

/** How long ago a read may have been sent that was made before the DELETE was announced, in ms. */
export const untilAnnounced = 250;
/** How long a read that was repeated after that may have taken, in ms. */
const longestRead = 1000;
/** How often it is repeated. */
const mostReads = 5;

/**
 * Whether a DELETE may be sent. `deleted`: the old secret is gone already. `lagging`: the read does not show it yet. `late`: announce
 * it again.
 */
export type Clearance = "clear" | "deleted" | "lagging" | "late";

/**
 * Holds a DELETE until everything that it relies on is fresh (R17): the announcement, the journal that shows it as the
 * latest entry, and a read of the client.
 *
 * @throws {RotationError} `locked` if another process has continued; `api-failed` if reads take too long; what `judge` throws.
 */
export async function holdDeletion(
  run: Run,
  judge: (reading: Reading) => Clearance,
): Promise<Exclude<Clearance, "lagging">> {
  for (let reads = 0; ; reads++) {
    // The journal first: a slow one takes longer than the read of the client may be old.
    await run.requireLatest(longestRead);
    if (reads > 0) await read(run);
    if (!run.announced || age(run.announced) >= longestAnnouncement) return "late";
    const limit = reads === 0 ? untilAnnounced : longestRead;
    if (run.reading && age(run.reading.sent) < limit) {
      const clearance = judge(run.reading);
      if (clearance !== "lagging") return clearance;
    }
    if (reads === mostReads)
      throw run.error(
        "api-failed",
        "The API took too long to show the client just before the deletion, which was not sent.",
      );
  }
}

/**
 * Sends the DELETE that keeps only the newest secret. It is never sent twice.
 *
 * @returns Undefined if it was applied; otherwise why it was refused.
 * @throws {RotationError} `outcome-unknown`, with the next step that finds out.
 */
export async function sendDeletion(run: Run, which: "old" | "older"): Promise<unknown> {
  const { accountId: account_id, clientId } = run.target;
  run.announced = undefined;
  run.changed = now();
  run.emit({ type: "request", request: "delete" });
  try {
    await run.client.iam.oauthClients.deleteRotatedSecret(clientId, { account_id }, { maxRetries: 0 });
    return undefined;
  } catch (error) {
    if (!(isAPIError(error) && error.outcome === "unknown")) return error;
    throw run.error("outcome-unknown", `Whether the ${which} secret was deleted is not known: ${error.message}`, {
      refusal: error,
      ...(which === "old" && { standing: "" }),
    });
  } finally {
    // It may have waited before it was sent, as a process that was stopped.
    run.changed = now();
  }
}
