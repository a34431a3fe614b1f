import type { Run } from "../run.ts";
import { requireAccepted } from "../secret-verification.ts";

/**
 * `delivered`, before anything is confirmed: has what uses the secret take the new one. Once for each delivery; after a crash, it may run
 * twice. What uses it works with the old one up to then, so it never gets one that the issuer refuses.
 */
export async function activate(run: Run): Promise<void> {
  const { activate } = run.options;
  const { sha256 = "" } = run.current;
  if (!activate || !isDue(run)) return;
  await requireAccepted(run);
  run.emit({ type: "activate" });
  try {
    await activate(sha256, { signal: run.signal });
  } catch (cause) {
    run.signal.throwIfAborted();
    const happened = `Every sink took the new secret, but the activation failed: ${run.describe(cause)}.`;
    throw run.error("delivery-failed", happened, { cause });
  }
  await run.append({ ...run.current, activatedAt: Date.now(), activatedBy: activate.spec });
}

/** Whether nothing was activated since the delivery, or by another command, which may have been a mistaken one. */
function isDue({ options: { activate }, current: { activatedAt, activatedBy } }: Run): boolean {
  const isAnother = activate?.spec !== undefined && activate.spec !== activatedBy;
  return activate !== undefined && (activatedAt === undefined || isAnother);
}

/** `verified`, if an activation is asked for only now: takes back the confirmation, since what runs is another thing after it. */
export async function activateLate(run: Run): Promise<void> {
  const { verifiedAt, ...entry } = run.current;
  if (isDue(run)) await run.append({ ...entry, phase: "delivered" });
}
