import type { OAuthClientGetResponse } from "../client/iam.ts";
import { deleteRotatedSecret } from "./delete.ts";
import type { Entry } from "./entry.ts";
import { proveSinks, requireAccepted, tryVerify } from "./proof.ts";
import type { Run } from "./run.ts";

/** How long a read is good enough to send the DELETE after it, in ms. */
const freshness = 250;

/** `delivered`: shows that the new secret works, and that it is what is deployed. */
export async function prove(run: Run): Promise<void> {
  const verification = await tryVerify(run);
  if (verification.verdict === "refused") {
    // Refused for good if somebody has rotated or deleted meanwhile; else its replicas may only be late.
    const client = await run.read();
    const mayComeYet = client.has_rotated_secret && (run.current.baseline === undefined || isUnchanged(run, client));
    requireAccepted(run, verification, mayComeYet ? "resume" : "recover");
  }
  requireAccepted(run, verification, "resume");
  const proofs = await proveSinks(run);
  await run.append({ ...withWishes(run), phase: "verified", proofs, verifiedAt: Date.now() });
}

/** The entry, with what the caller of a run that goes on wants otherwise than the one that began. */
export function withWishes(run: Run): Entry {
  const { overlap = run.current.overlap, memo } = run.options;
  return { ...withDeclined(run), overlap, ...(memo && { memo: { ...run.current.memo, ...memo } }) };
}

/** The entry, with what this run's caller declines besides. */
function withDeclined(run: Run): Entry {
  const { declined } = run.current;
  const { verify, check } = run.options;
  return {
    ...run.current,
    declined: { verify: verify === false || declined.verify, check: check === false || declined.check },
  };
}

/**
 * `verified`: shows all of it once more, since a roll-back may have brought the old secret back, and sends the DELETE if
 * nobody has changed the client since.
 */
export async function finish(run: Run): Promise<void> {
  const { verifiedAt = 0, overlap } = run.current;
  const until = verifiedAt + overlap;
  if (Date.now() < until)
    throw run.error(
      "overlap-not-over",
      `The old secret is kept until ${new Date(until).toISOString()}; what runs may still use it.`,
      "finish",
    );
  await proveDeployed(run);
  const client = await readTrue(run);
  if (!client.has_rotated_secret) return afterForeignDelete(run);
  requireUnchanged(run, client);
  await sendDelete(run);
}

/** `finishing`: finds out what became of an earlier DELETE, and repeats it if it was not applied. */
export async function settleDelete(run: Run): Promise<void> {
  const { settleUntil = 0 } = run.current;
  const client = await run.readUntil(
    ({ has_rotated_secret }) => !has_rotated_secret,
    settleUntil,
    "to see whether the lost deletion was applied",
  );
  if (!client.has_rotated_secret) return complete(run);
  requireUnchanged(run, client);
  await proveDeployed(run);
  const latest = await run.read();
  if (!latest.has_rotated_secret) return complete(run);
  requireUnchanged(run, latest);
  await sendDelete(run);
}

async function proveDeployed(run: Run): Promise<void> {
  const verification = await tryVerify(run);
  if (verification.verdict === "refused") {
    // Perhaps because of what somebody else has done to the client, which is the thing to say then.
    const client = await run.read();
    if (!client.has_rotated_secret) return refusedAfterChange(run, verification.reason);
    // Without a baseline it tells nothing, and what is known is that the secret is refused.
    if (run.current.baseline !== undefined) requireUnchanged(run, client);
    requireAccepted(run, verification, isUnchanged(run, client) ? "finish" : "recover");
  }
  requireAccepted(run, verification, "finish");
  const proofs = await proveSinks(run);
  const unproved = run.current.sinks.filter(({ name }) => !proofs[name]).map(({ name }) => name);
  if (unproved.length > 0 && !withDeclined(run).declined.check)
    throw run.error(
      "check-failed",
      `Nothing shows that the new secret is deployed in ${unproved.join(", ")}: give a check or a read-back, or decline the check by name. ${run.nothingDeleted}`,
      "finish",
    );
}

/** Reads the client, not taking a read that lags behind our rotation for a deletion. */
function readTrue(run: Run): Promise<OAuthClientGetResponse> {
  return run.readUntil(
    ({ has_rotated_secret }) => has_rotated_secret === true,
    run.lagUntil(),
    "since reads may lag behind",
  );
}

/** Somebody else has deleted a secret: is ours the one that was kept? */
async function afterForeignDelete(run: Run): Promise<void> {
  const { verdict, reason, isDeclined } = await tryVerify(run);
  if (verdict === "accepted" && !isDeclined) return complete(run);
  if (verdict === "refused") refusedAfterChange(run, reason);
  throw run.error(
    "verification-inconclusive",
    `Somebody else has deleted a secret, and whether ours was kept could not be told: ${reason}. It is still in the journal; verify it, then finish again.`,
    "finish",
  );
}

function refusedAfterChange(run: Run, reason: string): never {
  throw run.error(
    "client-changed",
    `Somebody else has rotated the client and deleted a secret since: the secret of this rotation is refused (${reason}), and whatever uses it fails. Nothing was deleted here. To get a secret that you hold, recover.`,
    "recover",
  );
}

/** Whether nobody has changed the client since our rotation, as far as can be told. */
export function isUnchanged(run: Run, client: OAuthClientGetResponse): boolean {
  const { baseline } = run.current;
  return baseline !== undefined && client.updated_at === baseline;
}

/** Refuses to delete what may be the deployed secret. */
function requireUnchanged(run: Run, client: OAuthClientGetResponse): void {
  const now = client.updated_at ?? "none";
  if (isUnchanged(run, client) || run.options.acceptChange === now) return;
  const { baseline } = run.current;
  const fields = changedFields(run.current.client, client);
  const seen =
    baseline === undefined
      ? "Whether somebody has changed the client since our rotation cannot be told"
      : `The client was changed after our rotation, at ${now}`;
  throw run.error(
    "client-changed",
    `${seen}${fields.length ? ` (${fields.join(", ")} differ)` : ""}. If it was another rotation, deleting now would remove the secret that is deployed. Nothing was deleted. Look who did it; to delete all the same, accept the change ${now} by name.`,
    "finish",
  );
}

/** Names of the fields in which the client is not what it was before the rotation; not those that a rotation changes. */
function changedFields(before: OAuthClientGetResponse, now: OAuthClientGetResponse): string[] {
  const ours = ["has_rotated_secret", "updated_at"];
  const [old, current] = [new Map(Object.entries(before)), new Map(Object.entries(now))];
  return [...new Set([...old.keys(), ...current.keys()])].filter(
    (name) => !ours.includes(name) && JSON.stringify(old.get(name)) !== JSON.stringify(current.get(name)),
  );
}

/** Sends the DELETE after a read that has just shown the client unchanged. */
async function sendDelete(run: Run): Promise<void> {
  const readAt = Date.now();
  await run.append({ ...withDeclined(run), phase: "finishing", settleUntil: run.settleUntil() });
  // A journal elsewhere may have taken its time, and somebody else may have rotated meanwhile.
  if (Date.now() > readAt + freshness) {
    const client = await run.read();
    // Down, it says no more than that a DELETE by somebody else was faster: ours finds out.
    if (client.has_rotated_secret) requireUnchanged(run, client);
  }
  const refusal = await deleteRotatedSecret(run, "old", "finish");
  // Refused, perhaps because somebody was faster.
  if (refusal !== undefined && (await run.read()).has_rotated_secret)
    throw run.apiError(refusal, "The old secret was not deleted", "finish");
  await complete(run);
}

/** The old secret is gone. The new one leaves the journal only after it was accepted once more. */
async function complete(run: Run): Promise<void> {
  requireAccepted(run, await tryVerify(run), "recover", true);
  const { secret, ...entry } = run.current;
  await run.append({ ...entry, phase: "done", finishedAt: Date.now() });
  await eraseOlder(run);
}

/** Removes the entries before `done`, which hold the secret. */
export async function eraseOlder(run: Run): Promise<void> {
  try {
    await run.options.journal.erase(run.key, run.sequence);
  } catch {
    run.emit({
      type: "warning",
      message: "Older entries of the journal could not be erased; the next run tries again.",
    });
  }
}
