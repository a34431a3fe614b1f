import { abandon } from "./begin.ts";
import { deleteRotatedSecret } from "./delete.ts";
import { isUnchanged } from "./finish.ts";
import { requireAccepted, tryVerify } from "./proof.ts";
import type { Run } from "./run.ts";

/**
 * `recovering`: deletes a secret to make room for one that somebody holds. From here until the new secret is delivered no
 * deployed secret may work; the caller has accepted that by name.
 */
export async function makeRoom(run: Run): Promise<void> {
  if (!run.fresh) {
    const { settleUntil = 0 } = run.current;
    const client = await run.readUntil(
      ({ has_rotated_secret }) => !has_rotated_secret,
      settleUntil,
      "to see whether the lost deletion was applied",
    );
    if (client.has_rotated_secret) {
      await run.append({ ...run.current, settleUntil: run.settleUntil() });
      return;
    }
  } else {
    const refusal = await deleteRotatedSecret(run, "older", "resume");
    if (refusal !== undefined) throw run.apiError(refusal, "The older secret was not deleted", "resume");
  }
  await run.append({ ...run.current, phase: "requesting", settleUntil: run.settleUntil() });
}

/**
 * Gives up a rotation whose secret is dead, or that somebody else has overtaken, so that a new one can begin. One that is
 * sound is left to be resumed or finished.
 */
export async function giveUpDead(run: Run): Promise<void> {
  const verification = await tryVerify(run);
  if (verification.verdict === "refused") return abandon(run, `its secret was refused: ${verification.reason}`);
  // Not delivered yet, it is what is wanted.
  if (run.current.phase === "issued") return;
  requireAccepted(run, verification, "recover");
  const client = await run.read();
  // With no other secret beside it, ours is the one that was kept.
  if (!client.has_rotated_secret || isUnchanged(run, client)) {
    const { phase } = run.current;
    throw run.error(
      "rotation-in-progress",
      "There is nothing to recover: the new secret is in the journal and works, and nobody has changed the client since. Nothing was changed.",
      phase === "delivered" ? "resume" : "finish",
    );
  }
  await abandon(run, "somebody else has changed the client since");
}
