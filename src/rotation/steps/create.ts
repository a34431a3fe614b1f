import { isAPIError } from "../../client/error-kind.ts";
import type { OAuthClientCreateParams, OAuthClientGetResponse } from "../../client/iam.ts";
import { longestAnnouncement, mostAnnouncements, stopTooSlow } from "../announcement.ts";
import { age, now } from "../clock.ts";
import { sha256 } from "../digest.ts";
import type { Entry } from "../entry.ts";
import { RotationError } from "../error.ts";
import { freshness } from "../log.ts";
import { longestLag, serverDate } from "../reading.ts";
import { Run } from "../run.ts";
import { abandon, firstEntry } from "./begin.ts";
import { deliverUnjournaled } from "./deliver-unjournaled.ts";

/** What a client is created with. */
export type Settings = Omit<OAuthClientCreateParams, "account_id">;

/** The client before it exists. */
export function draft({ target }: Run, settings: Pick<Settings, "client_name">): OAuthClientGetResponse {
  return { ...settings, client_id: target.clientId, visibility: "private" };
}

/**
 * Announces the request, sends it and writes the secret down.
 *
 * @returns The run that continues with the client.
 */
export async function create(run: Run, settings: Settings): Promise<Run> {
  const server = { requestedAt: run.reading?.date };
  await run.announce({ ...firstEntry(run, draft(run, settings)), sinks: [], memo: undefined, isOnly: true, server });
  await holdRequest(run);
  const { accountId: account_id } = run.target;
  run.announced = undefined;
  run.changed = now();
  run.emit({ type: "request", request: "create" });
  // No signal and no retries, as in a rotation: the secret is shown this once.
  const { data, response } = await run.client.iam.oauthClients
    .create({ account_id, ...settings }, { maxRetries: 0 })
    .withResponse()
    .catch((error: unknown) => failed(run, error));
  run.changed = now();
  const { client_secret: secret, ...created } = data;
  if (!secret) throw run.error("outcome-unknown", "The response to the request for a new client has no secret.");

  const next = new Run(run.client, { ...run.target, clientId: created.client_id }, run.options, "rotate");
  next.changed = run.changed;
  const date = serverDate(response);
  const { updated_at } = created;
  const issued: Entry = {
    ...firstEntry(next, created),
    phase: "issued",
    isOnly: true,
    secret,
    sha256: await sha256(secret),
    ...(date !== undefined && { issuedAt: date }),
    ...(updated_at && { baseline: updated_at }),
    isBaselineSought: true,
    settleUntil: run.changed.date + longestLag,
  };
  try {
    await next.append(issued);
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    await deliverUnjournaled(next, issued, error);
  }
  // If that fails, the next run finds the client by its name.
  await run.append({ ...run.current, phase: "done", client: created, finishedAt: Date.now() }).catch(() => undefined);
  return next;
}

/** Holds the request until its announcement is fresh, and the latest entry (R17). */
async function holdRequest(run: Run): Promise<void> {
  for (let announcements = 1; ; announcements++) {
    await run.requireLatest(freshness);
    if (run.announced && age(run.announced) < longestAnnouncement) return;
    if (announcements >= mostAnnouncements)
      return stopTooSlow(run, "journal", "request", () =>
        abandon(run, "it took too long to make sure that the request may be sent"),
      );
    await run.announce(run.current);
  }
}

async function failed(run: Run, error: unknown): Promise<never> {
  run.changed = now();
  if (!isAPIError(error)) {
    await abandon(run, "the request was refused before it was sent");
    throw run.apiError(error, "The client was not created");
  }
  if (error.outcome === "unknown")
    throw run.error("outcome-unknown", `Whether the client was created is not known: ${error.message}`, {
      todo: `Create it again, with the same name, to find out. This may take until ${new Date(run.current.settleUntil ?? 0).toISOString()}.`,
      standing: "",
      refusal: error,
    });
  await abandon(run, `the API refused it with status ${error.status}`);
  throw run.apiError(error, "The client was not created");
}
