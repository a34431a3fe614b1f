import { age } from "../clock.ts";
import type { Entry } from "../entry.ts";
import { RotationError, type RotationErrorCode } from "../error.ts";
import { freshness } from "../log.ts";
import { compare } from "../reading.ts";
import { read } from "../reads.ts";
import type { Run } from "../run.ts";
import { deletedSoFar, stateOf } from "../state.ts";
import { deliverTo } from "./deliver.ts";

/** How often a check that took too long is repeated. */
const mostLooks = 3;

/** Why the secret is in no journal, or must not be delivered. */
interface Reason {
  readonly code: RotationErrorCode;
  readonly text: string;
}

/**
 * The journal does not take the new secret, and it is shown this once (R8): gives it to the sinks, tries the journal again
 * after each, and hands the secret over by the error if nothing else holds it. Only what was seen stops a delivery: another
 * process in the journal, or a client that was changed since.
 */
export async function deliverUnjournaled(run: Run, issued: Entry, failure: RotationError): Promise<void> {
  const holders: string[] = [];
  let reason = reasonOf(run, failure);
  let isStopped = failure.code === "locked";
  for (const { name } of issued.sinks) {
    const stop = isStopped ? undefined : await whyNotDeliver(run, issued);
    if (stop) reason = stop;
    isStopped ||= stop !== undefined;
    if (isStopped) break;
    const isDelivered = await deliverTo(run, issued, name).then(
      () => true,
      () => false,
    );
    if (!isDelivered) continue;
    holders.push(name);
    const refusal: unknown = await run.append({ ...issued, delivered: [...holders] }).then(
      () => undefined,
      (error) => error,
    );
    if (refusal === undefined) return;
    if (!(refusal instanceof RotationError) || refusal.code !== "locked") continue;
    reason = reasonOf(run, refusal);
    isStopped = true;
  }
  const isWritten = run.entry?.secret === issued.secret;
  const parts = [
    `The ${issued.isOnly ? "client was created" : "secret was rotated"}, but ${isWritten ? "the journal may not keep the new one" : "the journal may not hold the new one"}: ${reason.text}.`,
    holders.length
      ? `These sinks hold it: ${holders.join(", ")}.`
      : "Only this error holds it (revealSecret()). To continue, adopt it.",
    reason.code !== "locked" && deletedSoFar(issued),
    !isWritten && holders.length > 0 && "To continue, adopt the secret from a sink.",
  ];
  const adopt = holders.length > 0 ? "adopt" : undefined;
  throw new RotationError(reason.code, parts.filter(Boolean).join(" "), {
    state: stateOf({ ...issued, delivered: holders }),
    nextStep: isWritten ? "resume" : adopt,
    cause: failure.cause,
    secret: holders.length > 0 ? undefined : issued.secret,
  });
}

function reasonOf(run: Run, { code, cause }: RotationError): Reason {
  return { code, text: code === "locked" ? "another process has changed this rotation" : run.describe(cause) };
}

/** Why the secret must not be delivered, as far as that was seen. */
async function whyNotDeliver(run: Run, issued: Entry): Promise<Reason | undefined> {
  for (let looks = 1; ; looks++) {
    try {
      await run.requireLatest();
    } catch (error) {
      if (error instanceof RotationError && error.code === "locked") return reasonOf(run, error);
    }
    // The secret is nowhere else yet: a read that hangs must not keep it from the sinks.
    const reading = await read(run, { maxRetries: 0, timeout: 5000 }).catch(() => undefined);
    if (reading && compare(issued, reading).since === "changed")
      return {
        code: "client-changed",
        text: `another person or process has changed the client, at ${reading.client.updated_at}`,
      };
    // A process that was stopped while it read knows only what was then.
    if (!reading || age(reading.sent) <= freshness || looks === mostLooks) return undefined;
  }
}
