import { isAPIError } from "../../client/error-kind.ts";
import { now } from "../clock.ts";
import { sha256 } from "../digest.ts";
import type { Entry } from "../entry.ts";
import { RotationError } from "../error.ts";
import { findNewlyHeld } from "../held.ts";
import { longestLag, type Reading, serverDate } from "../reading.ts";
import { read, readUntil } from "../reads.ts";
import type { Run } from "../run.ts";
import { deletedSoFar } from "../state.ts";
import type { Verification } from "../verify.ts";
import { abandon, holdRequest, requireDigest, secondRotation } from "./begin.ts";
import { deliverUnjournaled } from "./deliver-unjournaled.ts";

/** `requesting`: sends the POST if this run announced it; otherwise finds out whether an earlier one was applied. */
export async function request(run: Run): Promise<void> {
  if (run.announced) return post(run);
  // Wait, even if a read shows something earlier: the process that sent the request may still be waiting for its response.
  const reading = await readUntil(run, () => false, "to see whether the API applied the lost request");
  const { client } = reading;
  if (client.has_rotated_secret === false) {
    // It is known by now not to have been applied. A new announcement, so that of two runs only one sends.
    await run.announce({ ...run.current, client });
    return;
  }
  if (run.goal !== "recover") {
    const error = await lostResponse(run, reading);
    // Unless another process has continued this rotation meanwhile.
    await run.requireLatest();
    throw error;
  }
  const downtimeFrom = run.current.downtimeFrom ?? (client.has_rotated_secret ? Date.now() : undefined);
  await run.announce({ ...run.current, client, acceptDowntime: true, ...(downtimeFrom && { downtimeFrom }) });
}

const recover = "If a sink has the new secret, adopt it from there. If nobody has it, recover (may cause downtime).";

/** Why a rotation stops whose request may have made a secret that did not arrive here. */
async function lostResponse(run: Run, { client }: Reading): Promise<RotationError> {
  const holder = await sinkWithNewSecret(run, client);
  const standing = deletedSoFar(run.current);
  if (holder !== undefined)
    return run.error(
      "secret-missing",
      `The response to the request for a new secret was lost, but the sink ${holder} holds a secret that it did not hold before, and the issuer accepts it.`,
      {
        standing,
        todo: "If it is the new one, adopt it from there.",
        next: null,
      },
    );
  if (client.has_rotated_secret === undefined)
    return run.error(
      "outcome-unknown",
      "The response to the request for a new secret was lost, and the API does not show whether an old secret exists.",
      {
        standing,
        todo: recover,
        next: null,
      },
    );
  // Where there was one before the request, it says nothing of the request.
  const { client: before, server } = run.current;
  if (before.has_rotated_secret)
    return run.error(
      "secret-missing",
      "A second secret exists, and this rotation does not have it. Whether the lost request created another is not known.",
      { standing, todo: recover, next: null },
    );
  const changedAt = client.updated_at === before.updated_at ? Number.NaN : Date.parse(client.updated_at ?? "");
  if (server?.settleUntil !== undefined && changedAt > server.settleUntil)
    return run.error(
      "client-changed",
      `The response to the request for a new secret was lost, and another person or process has changed the client later, at ${client.updated_at}.`,
      {
        standing,
        todo: "If that was a rotation, finish it where it began.",
        next: null,
      },
    );
  return run.error(
    "secret-missing",
    "A second secret was created, but the response with it was lost, and it cannot be read again.",
    {
      standing,
      todo: `Do not delete the old secret: what uses it needs it. ${recover}`,
      next: null,
    },
  );
}

/** The name of a sink that holds a secret which it did not hold before the request, and which the issuer accepts. */
async function sinkWithNewSecret(run: Run, client: Reading["client"]): Promise<string | undefined> {
  const found = await findNewlyHeld(run);
  if (found.length === 0) return undefined;
  const { verify } = run.options;
  let verifier: { verify(secret: string): Promise<Verification> };
  if (typeof verify === "function")
    verifier = { verify: async (secret) => ({ verdict: await verify(secret, { signal: run.signal }), reason: "" }) };
  else {
    const made = await run.verifier(client);
    if ("verdict" in made) return undefined;
    verifier = made;
  }
  for (const { name, secret } of found) {
    const isAccepted = await verifier.verify(secret).then(
      ({ verdict }) => verdict === "accepted",
      () => false,
    );
    run.signal.throwIfAborted();
    if (isAccepted) return name;
  }
  return undefined;
}

async function post(run: Run): Promise<void> {
  const { accountId: account_id, clientId } = run.target;
  // A rotation may be resumed elsewhere than it began.
  await requireDigest(run);
  const { date: requestedAt } = await holdRequest(run);
  run.announceDowntime();
  run.announced = undefined;
  run.changed = now();
  run.emit({ type: "request", request: "rotate" });
  let secret: string;
  let date: number | undefined;
  try {
    // No signal: the secret is shown this once, so its response is waited for. No retries: the settling time of the
    // announcement covers one request.
    const answer = await run.client.iam.oauthClients
      .rotateSecret(clientId, { account_id }, { maxRetries: 0 })
      .withResponse();
    secret = answer.data.client_secret ?? "";
    date = serverDate(answer.response);
  } catch (error) {
    run.changed = now();
    return failed(run, error);
  }
  // It may have waited before it was sent, as a process that was stopped.
  run.changed = now();

  const { held, refusedAt, ...current } = run.current;
  const issued: Entry = {
    ...current,
    phase: "issued",
    secret,
    sha256: await sha256(secret),
    ...(date !== undefined && { issuedAt: date }),
    // A process that was stopped may have sent the request long after its announcement.
    settleUntil: Math.max(current.settleUntil ?? 0, run.changed.date + longestLag),
    server: { ...current.server, requestedAt },
  };
  try {
    await run.append(issued);
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    return deliverUnjournaled(run, issued, error);
  }
}

async function failed(run: Run, error: unknown): Promise<void> {
  if (!isAPIError(error)) {
    await abandon(run, "the request was refused before it was sent");
    throw run.apiError(error, "The secret was not rotated");
  }
  if (error.outcome === "unknown")
    throw run.error("outcome-unknown", `Whether the secret was rotated is not known: ${error.message}`, {
      todo: `Resume the rotation to find out. This may take until ${new Date(run.current.settleUntil ?? 0).toISOString()}.`,
      standing: deletedSoFar(run.current),
      refusal: error,
    });
  const { status } = error;
  const isConflict = status === 400 || status === 409 || status === 422;
  const client = isConflict ? await readAfterRefusal(run) : undefined;
  const hasOldSecret = client?.has_rotated_secret;
  if (client && hasOldSecret && run.current.acceptDowntime)
    return run.announce({
      ...run.current,
      client,
      phase: "recovering",
      downtimeFrom: run.current.downtimeFrom ?? Date.now(),
    });
  await abandon(run, `the API refused it with status ${status}`);
  if (hasOldSecret || (status === 409 && hasOldSecret === undefined)) {
    const seen = hasOldSecret
      ? "The client already has an old secret that is not deleted, and the API refused to create another"
      : "The API refused to create a second secret, and does not show whether there is one already";
    throw run.error("rotation-in-progress", `${seen}: ${error.message}`, { ...secondRotation, refusal: error });
  }
  const unseen =
    client && hasOldSecret === undefined
      ? { todo: `The API does not show whether an old secret exists, which may be the reason. ${secondRotation.todo}` }
      : {};
  throw run.apiError(error, "The secret was not rotated", unseen);
}

async function readAfterRefusal(run: Run): Promise<Reading["client"] | undefined> {
  try {
    return (await read(run)).client;
  } catch {
    run.signal.throwIfAborted();
    return undefined;
  }
}
