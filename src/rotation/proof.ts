import { sha256 } from "./digest.ts";
import type { SinkProof } from "./entry.ts";
import type { NextStep } from "./error.ts";
import type { Run } from "./run.ts";
import type { Verification } from "./verify.ts";

/** Whether the rotation's secret authenticates. */
async function verify(run: Run): Promise<Verification> {
  const { verify } = run.options;
  if (typeof verify === "function") {
    try {
      return {
        verdict: await verify(run.secret, { signal: run.signal }),
        reason: "by the verification that was given",
      };
    } catch (cause) {
      run.signal.throwIfAborted();
      return { verdict: "inconclusive", reason: `the verification that was given failed (${run.describe(cause)})` };
    }
  }
  const prover = await run.prover(run.current.client);
  return "verdict" in prover ? prover : prover.prove(run.secret);
}

/** What {@link tryVerify} found. */
interface TriedVerification extends Verification {
  /** Whether it was not even tried, as the caller asked. */
  readonly isDeclined: boolean;
}

/** {@link verify}, unless it was declined, at the beginning or in this run. */
export async function tryVerify(run: Run): Promise<TriedVerification> {
  const { verify: given } = run.options;
  const isDeclined = given === false || (run.current.declined.verify && given === undefined);
  if (isDeclined) return { verdict: "accepted", reason: "not verified, as asked", isDeclined };
  return { ...(await verify(run)), isDeclined };
}

/** Goes on only if the new secret authenticates. */
export function requireAccepted(
  run: Run,
  { verdict, reason }: Verification,
  nextIfRefused: NextStep,
  oldIsGone = false,
): void {
  if (verdict === "accepted") return;
  const here = `The new secret is safe in the journal; ${oldIsGone ? "the old secret is gone" : "no secret was deleted by this step"}.`;
  if (verdict === "refused")
    throw run.error("verification-failed", `The new secret was refused: ${reason}. ${here}`, nextIfRefused);
  throw run.error(
    "verification-inconclusive",
    `Whether the new secret works could not be told: ${reason}. ${here} Try from another network, verify in another way, or decline the verification and rely on a read-back.`,
    run.current.phase === "delivered" ? "resume" : "finish",
  );
}

/**
 * Shows of each sink that it holds the new secret, by reading back and by the caller's check, as far as there are such.
 *
 * @returns The proofs; a sink for which there is neither has none.
 */
export async function proveSinks(run: Run): Promise<Record<string, SinkProof>> {
  const { current } = run;
  const digest = current.sha256 ?? "";
  const proofs: Record<string, SinkProof> = {};
  const again = current.phase === "delivered" ? "resume" : "finish";
  for (const { name } of current.sinks) {
    const sink = run.options.sinks?.find((one) => one.name === name);
    if (!sink?.readBack) continue;
    run.emit({ type: "prove", sink: name });
    let found: string;
    try {
      found = await sha256(await sink.readBack({ signal: run.signal }));
    } catch (cause) {
      run.signal.throwIfAborted();
      throw run.error(
        "check-failed",
        `The sink ${name} could not be read back (${run.describe(cause)}). ${run.nothingDeleted}`,
        again,
        cause,
      );
    }
    if (found !== digest)
      throw run.error(
        "check-failed",
        `The sink ${name} holds another secret than the new one. ${run.nothingDeleted} If something has put back the old one, have the new one delivered again (redeliver).`,
        again,
      );
    proofs[name] = { by: "read-back", at: Date.now() };
  }

  const { check } = run.options;
  // Also where every sink was read back: what is stored need not be what runs.
  if (!check) return proofs;
  run.emit({ type: "check" });
  let vouched: boolean;
  try {
    vouched = await check(digest, { signal: run.signal });
  } catch (cause) {
    run.signal.throwIfAborted();
    throw run.error("check-failed", `The check failed (${run.describe(cause)}). ${run.nothingDeleted}`, again, cause);
  }
  if (!vouched)
    throw run.error("check-failed", `The check says that the new secret is not deployed. ${run.nothingDeleted}`, again);
  for (const { name } of current.sinks) proofs[name] ??= { by: "check", at: Date.now() };
  return proofs;
}
