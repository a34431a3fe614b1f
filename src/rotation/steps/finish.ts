import { isAPIError } from "../../client/error-kind.ts";
import { longestAnnouncement, mostAnnouncements, stopTooSlow } from "../announcement.ts";
import { changedFields } from "../changed-fields.ts";
import { age } from "../clock.ts";
import { verifyAndConfirm } from "../deployment.ts";
import type { Deletion, SinkConfirmation } from "../entry.ts";
import { RotationError } from "../error.ts";
import { keptUntil } from "../overlap.ts";
import { isLagOver, longestLag, type Reading } from "../reading.ts";
import { isSettled, readFor, readUntil } from "../reads.ts";
import { type Run, succeeds } from "../run.ts";
import { isVerificationDeclined, requireAccepted } from "../secret-verification.ts";
import { withDeclined } from "./confirm.ts";
import { type Clearance, holdDeletion, sendDeletion, untilAnnounced } from "./delete.ts";

/** Fields of the client that a rotation changes. */
const ours: readonly string[] = ["has_rotated_secret", "updated_at"];

/**
 * `verified`: verifies and confirms once more, since a roll-back may have brought the old secret back, and deletes the old
 * secret if nobody has changed the client since.
 */
export async function finish(run: Run): Promise<void> {
  if (run.current.isOnly) return completeOnly(run);
  // What a sink was given again has kept a rotation from its end whose old secret is gone already.
  if (run.current.deletion) return complete(run, run.current.deletion);
  // By this machine's clock, without a request.
  requireOverlapOver(run, undefined);
  const reading = await readForDeletion(run);
  requireOverlapOver(run, reading);
  if (judge(run, reading) === "deleted") return afterForeignDeletion(run);
  await deleteOldSecret(run);
}

/** `finishing`: finds out whether an earlier DELETE was applied, and repeats it if it was not. */
export async function settleDeletion(run: Run): Promise<void> {
  if (run.current.deletion) return complete(run, run.current.deletion);
  if (judge(run, await readLostDeletion(run)) === "deleted") return complete(run, "shown");
  await deleteOldSecret(run);
}

/** Reads the client until a deletion that was lost must show. */
export function readLostDeletion(run: Run): Promise<Reading> {
  return readUntil(
    run,
    (reading) => {
      const { oldSecret, since } = run.compare(reading);
      return oldSecret === "none" && since === "changed";
    },
    "to see whether the API applied the lost deletion",
  );
}

function requireOverlapOver(run: Run, reading: Reading | undefined): void {
  const until = run.options.endOverlap ? undefined : keptUntil(run.current, reading);
  if (until !== undefined)
    throw run.error(
      "overlap-not-over",
      `The overlap lasts until ${new Date(until).toISOString()}: services may still use the old secret.`,
      { todo: "Finish after that. If the old secret has leaked, end the overlap now." },
    );
}

/** Reads the client, and again while the read lags behind our own rotation. */
function readForDeletion(run: Run): Promise<Reading> {
  return readUntil(
    run,
    (reading) => {
      const { oldSecret, since } = run.compare(reading);
      return since !== "earlier" && (oldSecret !== "none" || since === "changed");
    },
    "because reads may lag behind",
  );
}

/**
 * Judges by a reading whether the old secret may be deleted.
 *
 * @throws {RotationError} `client-changed` or `outcome-unknown` where a person has to decide first.
 */
export function judge(run: Run, reading: Reading): Clearance {
  const { oldSecret, since } = run.compare(reading);
  // Announced and not sent, our DELETE is not what reads may lag behind.
  const isOver = run.announced
    ? isLagOver({ ...run.current, phase: "verified" }, reading, run.log.known)
    : isSettled(run, reading);
  if (oldSecret === "none") return since === "changed" || isOver ? "deleted" : "lagging";
  const shown = reading.client.updated_at ?? "none";
  const isAccepted = run.options.acceptChange === shown;
  if (oldSecret === "not-shown") {
    if (isAccepted) return "clear";
    throw run.error("outcome-unknown", "The API does not show whether an old secret exists.", {
      todo: `To delete it if there is one, accept the client as it is now: ${shown}.`,
      next: null,
    });
  }
  if (since === "unchanged" || isAccepted) return "clear";
  if (since === "earlier" && !isOver) return "lagging";
  throw changed(run, reading, shown, since === "unknown");
}

function changed(run: Run, { client }: Reading, shown: string, isUnknown: boolean): Error {
  const fields = changedFields(run.current.client, client).filter((name) => !ours.includes(name));
  const differ = fields.length > 0 ? ` These fields differ: ${fields.join(", ")}.` : "";
  const seen = isUnknown
    ? `Nothing shows whether anybody else has changed the client since this rotation (updated_at: ${shown}).`
    : `Another person or process has changed the client since this rotation, at ${shown}.`;
  return run.error("client-changed", `${seen}${differ}`, {
    todo: `The deletion was not sent: if the change was a rotation, it would delete the secret in use. Find out who changed the client. To delete the old secret anyway, accept the change ${shown}.`,
    next: null,
  });
}

/** Verifies, confirms, reads once more, announces the DELETE and sends it: directly one after the other (R3, R17). */
async function deleteOldSecret(run: Run): Promise<void> {
  for (let announcements = 0; announcements < mostAnnouncements; announcements++) {
    requireConfirmed(run, await verifyAndConfirm(run));
    const isFresh = run.reading && age(run.reading.sent) < untilAnnounced;
    if (!isFresh && judge(run, await readForDeletion(run)) === "deleted") return afterForeignDeletion(run);
    const { overlap } = run.current;
    await run.announce({ ...withDeclined(run), overlap: run.options.endOverlap ? 0 : overlap, phase: "finishing" });
    const clearance = await holdDeletion(run, (reading) => judge(run, reading));
    if (clearance === "deleted") return afterForeignDeletion(run);
    // What was confirmed so long ago may have been rolled back since.
    if (clearance === "clear" && run.confirmed && age(run.confirmed) < longestAnnouncement) return send(run);
  }
  return stopTooSlow(run, "journal", "deletion", () => run.append({ ...run.current, phase: "verified" }));
}

function requireConfirmed(run: Run, confirmations: Readonly<Record<string, SinkConfirmation>>): void {
  const missing = run.current.sinks.filter(({ name }) => !confirmations[name]).map(({ name }) => name);
  if (missing.length > 0 && !withDeclined(run).declined.check)
    throw run.error(
      "check-failed",
      `The deployment in ${missing.join(", ")} cannot be confirmed: there is no check, and no read-back.`,
      {
        todo: "Give a check or a read-back, or decline the check.",
        next: null,
      },
    );
}

async function send(run: Run): Promise<void> {
  const refusal = await sendDeletion(run, "old");
  if (refusal === undefined) return complete(run, "confirmed");
  const { status = 0, errors } = isAPIError(refusal) ? refusal : { errors: [undefined] };
  // What the API itself has refused needs no time to show (R15).
  if (errors.length > 0) await run.append({ ...run.current, phase: "verified" });
  const isForGood = [400, 404, 409, 410, 422].includes(status);
  // Another process may have been faster.
  const wasDeleted = (reading: Reading) => run.compare(reading).oldSecret === "none";
  if (isForGood && wasDeleted(await readFor(run, longestLag, wasDeleted, "to see whether it is deleted already")))
    return afterForeignDeletion(run);
  throw run.apiError(refusal, "The old secret was not deleted");
}

/** Another person or process has deleted an old secret: is ours the one that was kept? */
async function afterForeignDeletion(run: Run): Promise<void> {
  // Unless it was another process, which has continued this rotation.
  await run.requireLatest();
  if (isVerificationDeclined(run))
    throw run.error(
      "verification-inconclusive",
      "Another person or process has deleted an old secret. Whether the new one was kept is not known, because its verification was declined.",
      { todo: "Finish again, without declining the verification.", next: null },
    );
  await complete(run, "shown");
}

/** There is no old secret. The new one leaves the journal once it is confirmed. */
async function completeOnly(run: Run): Promise<void> {
  const proofs = await verifyAndConfirm(run);
  requireConfirmed(run, proofs);
  const { secret, failed, ...entry } = withDeclined(run);
  await run.append({ ...entry, phase: "done", proofs, finishedAt: Date.now() });
  await run.eraseOlder();
}

/** The old secret is gone. The new one leaves the journal only after it was accepted once more. */
async function complete(run: Run, deletion: Deletion): Promise<void> {
  run.announced = undefined;
  run.verified = undefined;
  if (run.current.phase === "finishing") run.log.learn({ deletion });
  try {
    await requireAccepted(run);
  } catch (error) {
    // What is known of the deletion need not be found out again. With a refusal it has been written already.
    const isKnown = run.current.phase === "finishing" && error instanceof RotationError;
    if (isKnown && error.code === "verification-inconclusive") await succeeds(run.append(run.current));
    throw error;
  }
  const { secret, failed, ...entry } = run.current;
  await run.append({ ...entry, phase: "done", deletion, finishedAt: Date.now() });
  await run.eraseOlder();
}
