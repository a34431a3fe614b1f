import type { OAuthClientGetResponse } from "../client/iam.ts";
import { randomHex, sha256 } from "./digest.ts";
import type { Entry, Phase } from "./entry.ts";
import { RotationError } from "./error.ts";
import type { RotationOptions } from "./options.ts";
import { longestLag, type Run } from "./run.ts";

/** How long a read is good enough to send the POST after it, in ms. */
const freshness = 2000;

/** The longest that an old secret is kept, in ms: longer, it is a mistake. */
const longestOverlap = 3650 * 86_400_000;

/** None, or `done`: looks whether a rotation can begin, with nothing changed if it cannot, and announces the POST. */
export async function begin(run: Run): Promise<void> {
  const { options } = run;
  await requireDigest(run);
  await requireSinks(run);
  // After a deletion of ours a read may still show the old state for a while.
  let client = await run.readUntil(
    ({ has_rotated_secret }) => !has_rotated_secret || run.goal === "recover",
    (run.entry?.finishedAt ?? 0) + longestLag,
    "since reads may lag behind the last rotation",
  );
  if (client.token_endpoint_auth_method === "none")
    throw run.error("no-client-secret", "The client's token_endpoint_auth_method is none: it has no secret to rotate.");
  await requireNoOldSecret(run, client);
  let readAt = Date.now();

  // Before anything is changed: a network on which no secret can be proved is found out now.
  if (options.verify === undefined || options.verify === true) {
    const prover = await run.prover(client);
    if ("verdict" in prover)
      throw run.error(
        "verification-inconclusive",
        `No secret can be proved from here at ${run.issuer}: ${prover.reason}. Try from another network, verify in another way, or decline the verification and rely on a read-back. Nothing was changed.`,
        "rotate",
      );
  }

  // The control may have taken its time, and somebody else may have rotated meanwhile.
  if (Date.now() > readAt + freshness) {
    client = await run.read();
    readAt = Date.now();
    await requireNoOldSecret(run, client);
  }

  const isRecovery = run.goal === "recover";
  await run.append({
    ...firstEntry(run, client),
    acceptDowntime: isRecovery,
    ...(isRecovery && client.has_rotated_secret && { downtimeFrom: Date.now() }),
    settleUntil: run.settleUntil(),
  });

  // So may a journal elsewhere.
  if (!isRecovery && Date.now() > readAt + freshness) {
    const latest = await run.read();
    if (latest.has_rotated_secret) await abandon(run, "somebody else has rotated meanwhile");
    await requireNoOldSecret(run, latest);
  }
}

/** What a new rotation begins with. */
export function firstEntry(run: Run, client: OAuthClientGetResponse): Entry {
  const { options, target } = run;
  return {
    version: 1,
    phase: "requesting",
    rotation: randomHex(16),
    writtenBy: run.id,
    ...target,
    baseURL: run.client.baseURL,
    issuer: run.issuer,
    client,
    sinks: (options.sinks ?? []).map(({ name, spec }) => ({ name, spec })),
    delivered: [],
    proofs: {},
    memo: options.memo,
    declined: { verify: options.verify === false, check: options.check === false },
    finish: options.finish ?? false,
    overlap: options.overlap ?? 0,
    acceptDowntime: false,
    startedAt: Date.now(),
  };
}

/** What is needed to write down the new secret must be known to work before there is one. */
export async function requireDigest(run: Run): Promise<void> {
  try {
    await sha256(run.id);
  } catch (cause) {
    const reason = `WebCrypto's crypto.subtle does not work here (${run.describe(cause)}); a page needs https for it.`;
    throw run.error("usage", `The secret could not be journaled: ${reason} Nothing was sent.`, undefined, cause);
  }
}

/** A file that is not there, say, is better known before there is a second secret than after. */
async function requireSinks(run: Run): Promise<void> {
  for (const sink of run.options.sinks ?? []) {
    try {
      const note = await sink.preflight?.({ signal: run.signal });
      if (note !== undefined) run.emit({ type: "warning", message: `The sink ${sink.name}: ${note}.` });
    } catch (cause) {
      run.signal.throwIfAborted();
      throw run.error(
        "delivery-failed",
        `The sink ${sink.name} could not take a new secret: ${run.describe(cause)}. Nothing was changed.`,
        "rotate",
        cause,
      );
    }
  }
}

async function requireNoOldSecret(run: Run, client: OAuthClientGetResponse): Promise<void> {
  if (!client.has_rotated_secret || run.goal === "recover") return;
  // Unless it is another run that has rotated, since this one opened the journal.
  await run.requireLatest();
  throw run.error(
    "rotation-in-progress",
    "An old secret of the client has not been deleted yet, and no journal here knows of that rotation. Finish it where it was begun. If nobody holds the newest secret, recover: that may leave no secret working for a while. Nothing was changed.",
    "recover",
  );
}

/** Ends a rotation that changed nothing, so that the next one can begin. */
export async function abandon(run: Run, why: string): Promise<void> {
  const { secret, ...entry }: Entry = run.current;
  await run.append({ ...entry, phase: "done", abandoned: why, finishedAt: Date.now() });
}

/** Whether this run may give up the rotation that is under way: there is a secret, which may be dead. */
export function mayGiveUp({ goal, entry }: Run): boolean {
  const phases: readonly Phase[] = ["issued", "delivered", "verified", "finishing"];
  return goal === "recover" && phases.some((phase) => phase === entry?.phase);
}

/** What cannot be meant in any state of the rotation. */
export function faultOf({
  sinks = [],
  finish,
  overlap = 0,
}: Pick<RotationOptions, "sinks" | "finish" | "overlap">): string | undefined {
  const names = sinks.map(({ name }) => name);
  if (new Set(names).size !== names.length || names.includes("")) return "Each sink needs a name of its own.";
  if (!(overlap >= 0 && overlap <= longestOverlap))
    return `overlap must be a number of milliseconds, from 0 to ${longestOverlap} (ten years).`;
  if (finish && overlap > 0) return "finish deletes the old secret in the same run, so there is no overlap to give.";
  return undefined;
}

/** Refuses what a rotation cannot be made of, before anything is sent or written. */
export function checkOptions(run: Run): void {
  const { sinks = [], finish, check, redeliver = [] } = run.options;
  const usage = (message: string) =>
    new RotationError("usage", `${message} Nothing was sent.`, { phase: run.entry?.phase });
  const fault = faultOf(run.options);
  if (fault) throw usage(fault);
  const names = sinks.map(({ name }) => name);
  if (run.entry && run.isUnderWay) {
    const { phase, sinks: wanted, delivered } = run.entry;
    const unknown = redeliver.find((again) => !names.includes(again) || !wanted.some(({ name }) => name === again));
    if (unknown !== undefined)
      throw usage(
        `To deliver to ${unknown} again, the rotation must have a sink of that name (it has ${wanted.map(({ name }) => name).join(", ")}), and it must be given.`,
      );
    const missing = wanted.find(({ name }) => !names.includes(name) && !delivered.includes(name));
    if (missing && phase !== "finishing") {
      // Another run may have begun it a moment ago.
      if (names.some((given) => !wanted.some(({ name }) => name === given)))
        throw new RotationError(
          "rotation-in-progress",
          `A rotation of this client is under way, with other sinks (${wanted.map(({ name }) => name).join(", ")}). Resume it, with those. Nothing was sent.`,
          { phase, nextStep: "resume" },
        );
      throw usage(`The rotation under way has a sink named ${missing.name}, which was not given.`);
    }
    // Recovering may give that one up, and begin another.
    if (!mayGiveUp(run)) return;
  } else if (redeliver.length > 0) throw usage("No rotation is under way whose secret could be delivered again.");
  if (sinks.length === 0) throw usage("Give at least one sink: a place where the new secret goes.");
  const unproved = sinks.filter(({ readBack }) => !readBack);
  if (finish && unproved.length > 0 && check === undefined)
    throw usage(
      `Deleting the old secret in the same run needs a proof that the new one is deployed: give a check, a read-back for ${unproved.map(({ name }) => name).join(", ")}, or decline the check by name.`,
    );
}
