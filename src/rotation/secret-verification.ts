import { age, type Moment, now } from "./clock.ts";
import { RotationError } from "./error.ts";
import { freshness } from "./log.ts";
import { isSettled, read, readWithin } from "./reads.ts";
import type { Run } from "./run.ts";
import type { DatedVerification } from "./verify.ts";

/** How long a refusal that the journal recorded is believed, in ms. */
const refusalMemory = 600_000;

/** Whether the caller wants no verification. */
export function isVerificationDeclined(run: Run): boolean {
  const { verify } = run.options;
  return verify === false || (verify === undefined && run.current.declined.verify);
}

/** Asks the issuer, or the caller's own way, whether it accepts the rotation's secret. */
export async function verifySecret(run: Run): Promise<DatedVerification> {
  const { verify } = run.options;
  const sent = now();
  if (typeof verify === "function") {
    try {
      const verdict = await verify(run.secret, { signal: run.signal });
      return { verdict, reason: `your verification answers "${verdict}"`, sent };
    } catch (cause) {
      run.signal.throwIfAborted();
      return {
        verdict: "inconclusive",
        reason: `your verification failed (${run.describe(cause)})`,
        sent,
      };
    }
  }
  const { client } = run.reading ?? (await read(run));
  const verifier = await run.verifier(client);
  const found = "verdict" in verifier ? { ...verifier, sent } : await verifier.verify(run.secret);
  if (found.verdict !== "refused") return found;
  // The client may authenticate in another way by now.
  const { client: latest } = await read(run);
  if (latest.token_endpoint_auth_method === client.token_endpoint_auth_method) return found;
  const other = await run.verifier(latest);
  return "verdict" in other ? { ...other, sent } : other.verify(run.secret);
}

/**
 * Requires that the issuer accepts the new secret, unless the caller declined the verification.
 *
 * @param milliseconds a verification of this run that ended no longer ago than this counts.
 * @throws {RotationError} `verification-failed`, `verification-inconclusive`, or `client-changed` if the secret is refused
 *   and somebody has changed the client.
 */
export async function requireAccepted(run: Run, milliseconds: number = freshness): Promise<void> {
  if (isVerificationDeclined(run) || (run.verified && age(run.verified) <= milliseconds)) return;
  const { verdict, reason, sent } = await verifySecret(run);
  if (verdict === "accepted") {
    run.verified = sent;
    // An earlier refusal was that of a replica that was late, and must not be believed any longer.
    if (run.current.refusedAt !== undefined) await run.append({ ...run.current, refusedAt: undefined });
    return;
  }
  run.verified = undefined;
  // What could not be verified may belong to a rotation that another process has ended long ago.
  await run.requireLatest();
  if (verdict === "refused") return stopRefused(run, reason, sent);
  throw run.error("verification-inconclusive", `The new secret could not be verified: ${reason}.`, {
    todo: "Try from another network, verify in another way, or decline the verification and rely on a read-back.",
  });
}

/** Whether the journal recorded a refusal so lately that it need not be waited for again (R15). */
export function wasRefusedLately({ current: { refusedAt = 0 } }: Run): boolean {
  const passed = Date.now() - refusedAt;
  return passed >= 0 && passed <= refusalMemory;
}

/** Stops since the issuer refuses the new secret; says why, as far as a new read shows it. */
async function stopRefused(run: Run, reason: string, sent: Moment): Promise<never> {
  const reading = await readWithin(run, freshness);
  const { oldSecret, since } = run.compare(reading);
  const isRepeated = run.current.refusedAt !== undefined;
  // Before it is written down: from then on this run knows its place for no time at all.
  const isOver = isSettled(run, reading);
  await run.append({ ...run.current, refusedAt: sent.date }).catch((failure: unknown) => {
    // That the secret is refused is the more important news, unless another process has continued.
    if (failure instanceof RotationError && failure.code === "locked") throw failure;
  });
  const again = "Replicas of the issuer may be late, so try again later.";
  const recover = "To get a secret that you hold, recover (may cause downtime).";
  if (
    run.current.phase !== "finishing" &&
    (since === "changed" || (oldSecret === "none" && isOver && !run.current.isOnly))
  )
    throw run.error(
      "client-changed",
      `Another person or process has changed the client since this rotation, and the issuer refuses the new secret: ${reason}.`,
      isOver ? { todo: recover, next: null } : { todo: again },
    );
  // As far as that shows, as we left it: replicas may only be late. That is believed once.
  throw run.error("verification-failed", `The issuer refuses the new secret: ${reason}.`, {
    todo: isRepeated ? recover : again,
    next: isRepeated ? null : undefined,
  });
}
