import { APIError } from "../client/errors.ts";
import { abandon, requireDigest } from "./begin.ts";
import { deliverUnjournaled } from "./deliver.ts";
import { sha256 } from "./digest.ts";
import type { Entry } from "./entry.ts";
import { RotationError } from "./error.ts";
import type { Run } from "./run.ts";
import { wait } from "./wait.ts";

/** `requesting`: sends the POST if this run announced it, or finds out what became of an earlier one. */
export async function request(run: Run): Promise<void> {
  if (run.fresh) return post(run);

  const { settleUntil = 0 } = run.current;
  const client = await run.readUntil(
    ({ has_rotated_secret }) => has_rotated_secret === true,
    settleUntil,
    "to see whether the lost request was applied",
  );
  if (!client.has_rotated_secret) {
    // It is known by now not to have been applied. A new announcement, so that of two runs only one sends.
    await run.append({ ...run.current, client, settleUntil: run.settleUntil() });
    return;
  }
  if (run.goal !== "recover") {
    // Unless the flag is up because of another run, which has gone on with this rotation meanwhile.
    await run.requireLatest();
    throw secretMissing(run);
  }
  // The flag was up before a request of an earlier recovery: that it is up tells nothing of that request.
  if (run.current.acceptDowntime) await wait(Math.max(0, settleUntil - Date.now()), run.signal);
  const { downtimeFrom = Date.now() } = run.current;
  await run.append({ ...run.current, client, acceptDowntime: true, downtimeFrom, settleUntil: run.settleUntil() });
}

function secretMissing(run: Run): RotationError {
  const { client, downtimeFrom } = run.current;
  // Where there was one before, it says nothing of the request.
  const seen = client.has_rotated_secret
    ? "A second secret exists that nobody holds; whether the lost request made another is not known, and it cannot be read."
    : "A second secret was created, but its answer was lost: nobody holds it, and it cannot be read.";
  const kept =
    downtimeFrom === undefined ? " Whatever uses the old secret goes on working, so do not delete that." : "";
  return run.error(
    "secret-missing",
    `${seen}${kept} To get a secret that you hold, recover: that may leave no secret working for a while.`,
    "recover",
  );
}

async function post(run: Run): Promise<void> {
  const { accountId: account_id, clientId } = run.target;
  // A rotation may be resumed elsewhere than it was begun.
  await requireDigest(run);
  run.announceDowntime();
  run.emit({ type: "request", request: "rotate" });
  let secret: string;
  let date: string | null;
  try {
    // No signal: whoever wants the run to end waits for the answer, since the secret is shown this once. No retries: the
    // settling time of the announcement covers one request.
    const answer = await run.client.iam.oauthClients
      .rotateSecret(clientId, { account_id }, { maxRetries: 0 })
      .withResponse();
    secret = answer.data.client_secret ?? "";
    date = answer.response.headers.get("date");
  } catch (error) {
    return failed(run, error);
  }

  const issued: Entry = {
    ...run.current,
    phase: "issued",
    secret,
    sha256: await sha256(secret),
    issuedAt: (date && Date.parse(date)) || Date.now(),
  };
  try {
    await run.append(issued);
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    return deliverUnjournaled(run, issued, error);
  }
  run.signal.throwIfAborted();
}

async function failed(run: Run, error: unknown): Promise<void> {
  if (!(error instanceof APIError)) {
    await abandon(run, "the request was refused before it was sent");
    throw run.apiError(error, "The secret was not rotated", "rotate");
  }
  if (error.outcome === "unknown")
    throw run.error(
      "outcome-unknown",
      `Whether the secret was rotated is not known: ${error.message} Resume: it finds out, which may take until ${time(run.current.settleUntil)}.`,
      "resume",
      error,
    );
  const { status } = error;
  if (run.current.acceptDowntime && (status === 400 || status === 409 || status === 422)) {
    const client = await run.read();
    if (client.has_rotated_secret)
      return run.append({ ...run.current, client, phase: "recovering", settleUntil: run.settleUntil() });
  }
  await abandon(run, `refused with ${status ?? "no connection"}`);
  const changed =
    run.current.downtimeFrom === undefined
      ? "nothing was changed"
      : "an older secret may have been deleted by an earlier step";
  throw run.apiError(error, `The secret was not rotated, and ${changed}`, "rotate");
}

function time(at: number | undefined): string {
  return at === undefined ? "a while" : new Date(at).toISOString();
}
