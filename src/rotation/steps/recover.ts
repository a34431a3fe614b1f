import type { Phase } from "../entry.ts";
import { freshness } from "../log.ts";
import { readWithin } from "../reads.ts";
import type { Run } from "../run.ts";
import { isVerificationDeclined, verifySecret, wasRefusedLately } from "../secret-verification.ts";
import { abandon } from "./begin.ts";

/** Whether this run may abandon the rotation that is under way: there is a secret, which may be dead. */
export function mayAbandon({ goal, entry }: Run): boolean {
  const phases: readonly Phase[] = ["issued", "delivered", "verified", "finishing"];
  return goal === "recover" && phases.some((phase) => phase === entry?.phase);
}

/**
 * Abandons a rotation whose secret is dead, or that another rotation has overtaken, so that a new one can begin. A sound one is
 * left to be resumed or finished.
 */
export async function abandonDead(run: Run): Promise<void> {
  if (wasRefusedLately(run)) {
    await run.requireLatest();
    return abandon(run, "the issuer refused its secret a short time ago");
  }
  if (!isVerificationDeclined(run)) {
    const { verdict, reason } = await verifySecret(run);
    if (verdict === "refused") return abandon(run, `the issuer refused its secret (${reason})`);
    if (verdict === "inconclusive")
      throw run.error("verification-inconclusive", `The new secret could not be verified: ${reason}.`, {
        todo: "Recovering would abandon it, which may not be necessary. Try from another network, or verify in another way.",
        next: null,
      });
  }
  const { oldSecret, since } = run.compare(await readWithin(run, freshness));
  await run.requireLatest();
  const { phase } = run.current;
  // Not delivered yet, it is what is wanted.
  if (phase === "issued" && since !== "changed") return;
  const works = isVerificationDeclined(run) ? "" : " and works";
  // There is no other secret, so ours is the one that was kept.
  if ((oldSecret === "none" && !run.current.isOnly) || since === "unchanged")
    throw run.error(
      "rotation-in-progress",
      `There is nothing to recover: the new secret is in the journal${works}, and nobody has changed the client since.`,
    );
  if (since !== "changed")
    throw run.error(
      "rotation-in-progress",
      `The new secret is in the journal${works}, and nothing shows that anybody else has changed the client since.`,
    );
  await abandon(run, "another person or process has changed the client since");
}
