import type { OAuthClientGetResponse } from "../../client/iam.ts";
import { longestAnnouncement, mostAnnouncements, stopTooSlow } from "../announcement.ts";
import { age } from "../clock.ts";
import { randomHex, sha256 } from "../digest.ts";
import type { Entry } from "../entry.ts";
import type { RotationErrorCode } from "../error.ts";
import { rememberHeld } from "../held.ts";
import { freshness } from "../log.ts";
import { isEarlier, type Reading } from "../reading.ts";
import { read, readUntil, readWithin } from "../reads.ts";
import type { Run } from "../run.ts";

/** None, or `done`: looks whether a rotation can begin, with nothing changed if it cannot, and announces the POST. */
export async function begin(run: Run): Promise<void> {
  await requireReady(run);
  const isRecovery = run.goal === "recover";
  // For a while after our own deletion, a read may show the client as it was before that, or before our rotation.
  let shown = run.entry?.baseline;
  const reading = await readUntil(
    run,
    (reading) => {
      if (isEarlier(reading, shown)) return isRecovery;
      shown = reading.client.updated_at ?? shown;
      return !reading.client.has_rotated_secret || isRecovery;
    },
    "until the API shows the end of the last rotation",
  );
  requireClientSecret(run, reading.client);
  await requireNoOldSecret(run, reading);

  await requireVerifier(run, reading.client);

  // The issuer can take seconds. Read again, in case another process rotated in that time.
  const { client } = await requireNoOldSecret(run, await readWithin(run, freshness));
  const entry = firstEntry(run, client);
  await run.announce({
    ...entry,
    acceptDowntime: isRecovery,
    ...(isRecovery && client.has_rotated_secret && { downtimeFrom: Date.now() }),
    held: await rememberHeld(run, entry.rotation),
  });
}

/** What would fail once there is a new secret must be known before. */
export async function requireReady(run: Run): Promise<void> {
  await requireDigest(run);
  await requireSinks(run);
  await requireCallers(run);
}

/** Before anything is changed: a network from which no secret can be verified is found out now. */
export async function requireVerifier(run: Run, client: OAuthClientGetResponse): Promise<void> {
  const { verify = true } = run.options;
  if (verify !== true) return;
  const verifier = await run.verifier(client);
  if ("verdict" in verifier)
    throw run.error(
      "verification-inconclusive",
      `No secret can be verified from here at ${run.issuer}: ${verifier.reason}.`,
      {
        todo: "Try from another network, verify in another way, or decline the verification and rely on a read-back.",
      },
    );
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
    sinks: options.sinks.map(({ name, spec }) => ({ name, spec })),
    delivered: [],
    proofs: {},
    memo: options.memo,
    declined: { verify: options.verify === false, check: options.check === false },
    finish: options.finish ?? false,
    overlap: options.overlap ?? 0,
    acceptDowntime: false,
    startedAt: Date.now(),
    failed: run.entry?.failed,
  };
}

/** Refuses a client without a secret. */
export function requireClientSecret(run: Run, client: OAuthClientGetResponse): void {
  if (client.token_endpoint_auth_method === "none")
    throw run.error("no-client-secret", "The client has no secret: its token_endpoint_auth_method is none.", {
      next: null,
    });
}

/** What is needed to write down the new secret must be known to work before there is one. */
export async function requireDigest(run: Run): Promise<void> {
  try {
    await sha256(run.id);
  } catch (cause) {
    throw run.error(
      "usage",
      `The rotation cannot start: WebCrypto's crypto.subtle does not work here (${run.describe(cause)}). A web page needs https for it.`,
      { next: null, cause },
    );
  }
}

/** A missing folder, for example, should be reported before a second secret exists. */
async function requireSinks(run: Run): Promise<void> {
  for (const sink of run.options.sinks) {
    try {
      const note = await sink.preflight?.({ signal: run.signal });
      if (note !== undefined) run.emit({ type: "warning", message: `The sink ${sink.name}: ${note}.` });
    } catch (cause) {
      run.signal.throwIfAborted();
      throw run.error("delivery-failed", `The sink ${sink.name} could not take a new secret: ${run.describe(cause)}.`, {
        cause,
      });
    }
  }
}

/** What the caller gave that cannot run must be known before there is a second secret, too. */
async function requireCallers(run: Run): Promise<void> {
  const { activate, check, verify } = run.options;
  const { signal } = run;
  const refuse = (code: RotationErrorCode, what: string) => (cause: unknown) => {
    signal.throwIfAborted();
    throw run.error(code, `The ${what} could not run: ${run.describe(cause)}.`, { cause });
  };
  await activate?.preflight?.({ signal }).catch(refuse("delivery-failed", "activation"));
  if (check) await check.preflight?.({ signal }).catch(refuse("check-failed", "check"));
  if (typeof verify === "function")
    await verify.preflight?.({ signal }).catch(refuse("verification-inconclusive", "verification"));
}

/** Refuses a rotation while an old secret exists, unless it is to be recovered from. An absent flag counts as clear here. */
export async function requireNoOldSecret(run: Run, reading: Reading): Promise<Reading> {
  if (!reading.client.has_rotated_secret || run.goal === "recover") return reading;
  // Unless another process has rotated, since this run opened the journal.
  await run.requireLatest();
  throw run.error("rotation-in-progress", "The client already has an old secret that is not deleted.", secondRotation);
}

/** What to do where an old secret exists and this journal has no rotation that it belongs to. */
export const secondRotation = {
  todo: "This journal does not know the rotation that created it. Finish that rotation where it began. If its journal is lost and a sink has the new secret, adopt it. If nobody has the new secret, recover (may cause downtime).",
  next: null,
} as const;

/** Ends a rotation that changed nothing, so that the next one can begin. */
export async function abandon(run: Run, why: string): Promise<void> {
  const { secret, held, ...entry }: Entry = run.current;
  run.announced = undefined;
  await run.append({ ...entry, phase: "done", abandoned: why, finishedAt: Date.now() });
}

/** How often is looked whether a POST may be sent. */
const mostLooks = 5;

/**
 * Holds a POST until everything that it relies on is fresh (R17): the read that shows no old secret, the journal that shows
 * this run's announcement as the latest entry, and that announcement itself.
 *
 * @returns That read.
 */
export async function holdRequest(run: Run): Promise<Reading> {
  for (let announcements = 1, looks = 0; ; ) {
    await run.requireLatest(freshness);
    if (!run.reading || age(run.reading.sent) > freshness) await requireStillNoOldSecret(run);
    const isAnnounced = run.announced && age(run.announced) < longestAnnouncement;
    if (isAnnounced && run.reading && age(run.reading.sent) <= freshness) return run.reading;
    if (isAnnounced && ++looks < mostLooks) continue;
    if (isAnnounced || announcements++ >= mostAnnouncements)
      return stopTooSlow(run, isAnnounced ? "API" : "journal", "request", () =>
        abandon(run, "it took too long to make sure that the request may be sent"),
      );
    const { client } = await requireStillNoOldSecret(run);
    await run.announce({ ...run.current, client });
  }
}

async function requireStillNoOldSecret(run: Run): Promise<Reading> {
  const reading = await read(run);
  if (reading.client.has_rotated_secret && run.goal !== "recover") {
    await run.requireLatest();
    await abandon(run, "another person or process rotated the client first");
    await requireNoOldSecret(run, reading);
  }
  return reading;
}
