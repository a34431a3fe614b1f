import type { Entry } from "./entry.ts";
import { RotationError } from "./error.ts";
import { isUnchanged } from "./finish.ts";
import { requireAccepted, tryVerify } from "./proof.ts";
import type { Run } from "./run.ts";

/** How far from the server's `Date` an `updated_at` may be and still be that of our own rotation, in ms. */
const ownChange = 2000;

/** `issued`: waits until reads show the rotation, takes the baseline, and delivers to the sinks that lack the secret. */
export async function deliver(run: Run): Promise<void> {
  const isResumed = !run.fresh;
  // Of an adopted secret it is not known when it was made, nor what the client was before.
  if (run.current.baseline === undefined && run.current.issuedAt !== undefined) await takeBaseline(run);
  if (isResumed) await requireAlive(run);
  for (const { name } of run.current.sinks) {
    if (run.current.delivered.includes(name)) continue;
    await deliverTo(run, run.current, name);
    await run.append({ ...run.current, delivered: [...run.current.delivered, name] });
  }
  const { downtimeFrom } = run.current;
  const until = Date.now();
  await run.append({ ...run.current, phase: "delivered", ...(downtimeFrom && { downtimeUntil: until }) });
  if (downtimeFrom) run.emit({ type: "downtime", from: downtimeFrom, until });
}

/** Takes back that some sinks have the secret, so that they get it again; and makes a later proof needed. */
export async function redeliver(run: Run, names: readonly string[]): Promise<void> {
  const { verifiedAt, ...entry } = run.current;
  const { sinks = [], memo = entry.memo } = run.options;
  const without = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
  await run.append({
    ...entry,
    phase: entry.secret === undefined ? entry.phase : "issued",
    sinks: entry.sinks.map((old) => {
      const given = names.includes(old.name) ? sinks.find(({ name }) => name === old.name) : undefined;
      return given ? { name: given.name, spec: given.spec } : old;
    }),
    delivered: entry.delivered.filter((name) => !names.includes(name)),
    proofs: without(entry.proofs),
    memo,
  });
  // What this entry announces was not decided on by this run: the secret may have been deleted since it was issued.
  run.fresh = false;
}

/**
 * Keeps the client's `updated_at` as our rotation left it. It is taken from the first read that shows the rotation, and
 * only if it is so early that no later change can be mistaken for ours.
 */
async function takeBaseline(run: Run): Promise<void> {
  const { issuedAt = 0, client: before } = run.current;
  const client = await run.readUntil(
    // Where an old secret was waiting already, a read that lags behind shows the flag too, with another `updated_at`.
    ({ has_rotated_secret, updated_at }) =>
      has_rotated_secret === true && (!before.has_rotated_secret || updated_at !== before.updated_at),
    run.lagUntil(),
    "until the rotation shows",
  );
  const { has_rotated_secret, updated_at } = client;
  // Where rotating does not move it, it would not show a rotation by somebody else either.
  const isMoved = updated_at !== undefined && updated_at !== before.updated_at;
  if (has_rotated_secret && isMoved && Math.abs(Date.parse(updated_at) - issuedAt) <= ownChange)
    await run.append({ ...run.current, baseline: updated_at });
}

/** Since an earlier run somebody may have deleted the secret; delivering it would then replace one that works. */
async function requireAlive(run: Run): Promise<void> {
  const verification = await tryVerify(run);
  if (verification.verdict !== "refused") return;
  const client = await run.read();
  requireAccepted(run, verification, client.has_rotated_secret && isUnchanged(run, client) ? "resume" : "recover");
}

async function deliverTo(run: Run, { secret = "", delivered }: Entry, name: string): Promise<void> {
  const sink = run.options.sinks?.find((one) => one.name === name);
  run.emit({ type: "deliver", sink: name });
  try {
    run.signal.throwIfAborted();
    await sink?.deliver(secret, { signal: run.signal });
  } catch (cause) {
    run.signal.throwIfAborted();
    throw run.error(
      "delivery-failed",
      `The sink ${name} did not take the new secret: ${run.describe(cause, secret)}. ${delivered.length ? `Delivered to: ${delivered.join(", ")}. ` : ""}The new secret is safe in the journal. ${run.nothingDeleted}`,
      "resume",
      cause,
    );
  }
}

/**
 * The journal does not take the new secret, and it is shown this once: gives it to the sinks all the same, tries the
 * journal again after each, and hands the secret over by the error if nothing else holds it.
 */
export async function deliverUnjournaled(run: Run, issued: Entry, failure: RotationError): Promise<void> {
  const holders: string[] = [];
  // Somebody else has gone on: the sinks are theirs to fill, and may have a newer secret by now.
  const sinks = failure.code === "locked" ? [] : issued.sinks;
  for (const { name } of sinks) {
    const delivered = await deliverTo(run, issued, name).then(
      () => true,
      () => false,
    );
    if (!delivered) continue;
    holders.push(name);
    const refusal: unknown = await run.append({ ...issued, delivered: [...holders] }).then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) return;
    if (refusal instanceof RotationError && refusal.code === "locked") break;
  }
  const isWritten = run.current.secret === issued.secret;
  const where = holders.length
    ? ` These sinks hold it: ${holders.join(", ")}.`
    : " No sink holds it either: only this error does (revealSecret()).";
  throw new RotationError(
    failure.code,
    `The secret was rotated, but ${isWritten ? "whether the journal keeps the new one is not sure" : "the journal does not hold the new one"}: ${failure.message}${where} ${run.nothingDeleted}`,
    {
      phase: run.entry?.phase,
      nextStep: isWritten ? "resume" : "recover",
      cause: failure.cause,
      secret: holders.length ? undefined : issued.secret,
    },
  );
}
