import { wait } from "../../client/wait.ts";
import { age } from "../clock.ts";
import type { Entry } from "../entry.ts";
import { freshness } from "../log.ts";
import { baselineOf, type Reading, showsRotation } from "../reading.ts";
import { isSettled, readUntil, readWithin } from "../reads.ts";
import { type Run, succeeds } from "../run.ts";
import { isVerificationDeclined, requireAccepted } from "../secret-verification.ts";

/** How long ago the secret may have been verified where nothing else shows that it is the newest, in ms. */
const longestVerified = 10_000;
/** How often that is tried. */
const mostLooks = 5;

/** `issued`: waits until reads show the rotation, takes the baseline, and delivers to the sinks that lack the secret. */
export async function deliver(run: Run): Promise<void> {
  const { baseline, isBaselineSought, issuedAt } = run.current;
  // Of an adopted secret it is not known when it was made, nor what the client was before.
  let hasLearnt = baseline === undefined && !isBaselineSought && issuedAt !== undefined;
  if (hasLearnt) await takeBaseline(run);
  const names = run.current.sinks.map(({ name }) => name);
  const waiting = () => names.filter((name) => !run.current.delivered.includes(name));
  for (let [name] = waiting(); name !== undefined; [name] = waiting()) {
    await requireNewest(run);
    await deliverTo(run, run.current, name).catch(async (error: unknown) => {
      // What the client was as we left it shows less clearly later.
      if (hasLearnt) await succeeds(run.append(run.current));
      throw error;
    });
    hasLearnt = false;
    const entry = { ...run.current, delivered: [...run.current.delivered, name] };
    await run.append(waiting().length > 1 ? entry : delivered(entry));
  }
  if (run.current.phase === "issued") await run.append(delivered(run.current));
  const { downtimeFrom: from, downtimeUntil: until } = run.current;
  if (from !== undefined) run.emit({ type: "downtime", from, until });
}

function delivered(entry: Entry): Entry {
  return { ...entry, phase: "delivered", ...(entry.downtimeFrom !== undefined && { downtimeUntil: Date.now() }) };
}

/** Keeps the client's `updated_at` as our rotation left it, from the first read that shows the rotation. */
async function takeBaseline(run: Run): Promise<void> {
  const reading = await readUntil(
    run,
    (reading) => showsRotation(run.current, reading),
    "until the API shows the new secret",
  );
  const baseline = baselineOf(run.current, reading);
  run.log.learn({ isBaselineSought: true, ...(baseline !== undefined && { baseline }) });
  if (isForeign(run, reading)) throw await changedBeforeDelivery(run, reading.client.updated_at);
  // A baseline is written with the next entry, and can be taken again until then. That there is none is known only now: a
  // later change could pass for ours.
  if (baseline === undefined) await run.append(run.current);
}

/**
 * Makes sure that no newer secret is delivered already (R12): that it works does not show it, since an older one works, too.
 *
 * @throws {RotationError} `client-changed` if somebody has changed the client since; `locked` if another process has
 *   continued. Where nothing shows it, the secret is verified: a dead one is never delivered.
 */
async function requireNewest(run: Run): Promise<void> {
  for (let looks = 0, gap = 500; ; gap = Math.min(gap * 2, 4000)) {
    await run.requireLatest(freshness);
    const reading = await readWithin(run, freshness);
    const { oldSecret, since } = run.compare(reading);
    if (isForeign(run, reading)) throw await changedBeforeDelivery(run, reading.client.updated_at);
    if (since === "earlier" && !isSettled(run, reading)) {
      run.emit({ type: "wait", why: "because reads may lag behind the rotation", until: Date.now() + gap });
      await wait(gap, run.signal);
      run.reading = undefined;
      continue;
    }
    // A change that was accepted may have been a rotation that made this secret a dead one. Of a client that was just created it is not
    // known whether a rotation shows.
    const { changeSeen, isOnly } = run.current;
    const isAsWeLeftIt = since === "unchanged" && oldSecret === "exists" && changeSeen === undefined && !isOnly;
    const isVerified = run.verified !== undefined && age(run.verified) <= longestVerified;
    if ((isAsWeLeftIt || isVerified || isVerificationDeclined(run)) && age(reading.sent) <= freshness) return;
    if (++looks > mostLooks)
      throw run.error(
        "api-failed",
        "It took too long to find out whether the new secret is still the newest, so it was not delivered.",
      );
    // The reads above are old by the time that this has ended.
    if (!isAsWeLeftIt && !isVerified) await requireAccepted(run);
  }
}

/** Whether another person or process has changed the client, and the caller has not accepted it for the delivery. */
function isForeign(run: Run, reading: Reading): boolean {
  return run.compare(reading).since === "changed" && run.options.acceptChange !== reading.client.updated_at;
}

async function changedBeforeDelivery(run: Run, updatedAt: string | undefined): Promise<Error> {
  // A later read may lag behind it.
  await run.append(run.current);
  return run.error(
    "client-changed",
    `Another person or process has changed the client since this rotation, at ${updatedAt}.`,
    {
      todo: `Nothing was delivered: if the change was a rotation, the sinks may have its newer secret. To deliver this one, accept the change ${updatedAt}.`,
      next: null,
    },
  );
}

/** Hands the secret to one sink. */
export async function deliverTo(run: Run, { secret = "" }: Entry, name: string): Promise<void> {
  const sink = run.options.sinks.find((one) => one.name === name);
  run.emit({ type: "deliver", sink: name });
  try {
    run.signal.throwIfAborted();
    await sink?.deliver(secret, { signal: run.signal });
  } catch (cause) {
    run.signal.throwIfAborted();
    // A sink may take minutes to fail, in which another process may have continued.
    const isOutdated = !(await succeeds(run.requireLatest(freshness)));
    const happened = `Delivery to ${name} failed: ${run.describe(cause, secret)}.`;
    throw run.error("delivery-failed", happened, { cause, isOutdated });
  }
}
