import type { Cloudflare } from "../client/cloudflare.ts";
import { isAPIError } from "../client/error-kind.ts";
import type { OAuthClientCreateParams, OAuthClientGetResponse } from "../client/iam.ts";
import { wait } from "../client/wait.ts";
import { longestAnnouncement, mostAnnouncements, stopTooSlow } from "./announcement.ts";
import { changedFields } from "./changed-fields.ts";
import { checkOptions } from "./check-options.ts";
import { age, monotonicAge, now } from "./clock.ts";
import { sha256 } from "./digest.ts";
import type { Entry } from "./entry.ts";
import { RotationError } from "./error.ts";
import { freshness } from "./log.ts";
import { open, runToEnd } from "./loop.ts";
import type { RotationOptions } from "./options.ts";
import { longestLag, type Reading } from "./reading.ts";
import { read, readUntil } from "./reads.ts";
import { Run } from "./run.ts";
import { type Rotation, stateOf } from "./state.ts";
import { abandon, firstEntry, requireReady, requireVerifier } from "./steps/begin.ts";
import { deliverUnjournaled } from "./steps/deliver-unjournaled.ts";

/** Options of a creation: those of a rotation, without what concerns an old secret. */
export type CreationOptions = Omit<
  RotationOptions,
  "redeliver" | "overlap" | "finish" | "endOverlap" | "acceptChange" | "acceptDowntime" | "recognise"
>;

type Settings = Omit<OAuthClientCreateParams, "account_id">;

/** How much earlier than its request the client may seem to be created, in ms. */
const tolerance = 2000;

/**
 * Creates a client and delivers its first secret: writes it to the journal, delivers it to the sinks, verifies it and confirms
 * that it is deployed. The client is found again by its name, so running this again is always right: it continues, and never
 * creates a second client. If the response with the secret was lost, it rotates the secret, which nobody has.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param params the account (`account_id`, 32 characters), and the client's settings, with a `client_name` that no other client
 *   of the account has.
 * @param options the journal, the sinks and how to go about it.
 * @returns The rotation. It is `done`, or `verified` if a sink could not be confirmed or a lost secret was replaced; finish it then.
 * @throws {RotationError} `client-exists` if another client has the name; otherwise as `rotateClientSecret`.
 * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/create/
 */
export async function createOAuthClient(
  client: Cloudflare,
  params: OAuthClientCreateParams,
  options: CreationOptions,
): Promise<Rotation> {
  const { account_id: accountId, ...settings } = params;
  if (!settings.client_name) throw new RotationError("usage", "client_name is empty. Nothing was sent.");
  if (settings.token_endpoint_auth_method === "none")
    throw new RotationError(
      "usage",
      "A client whose token_endpoint_auth_method is none has no secret. Nothing was sent. Use client.iam.oauthClients.create.",
    );
  const run = new Run(client, { accountId, clientId: await creationLog(settings.client_name) }, options, "create");
  checkOptions(run);
  await open(run, { again: "create" });
  try {
    return (
      (await continueKnown(run, settings)) ?? (await continueNamed(run, settings)) ?? (await create(run, settings))
    );
  } catch (error) {
    if (!run.signal.aborted || error instanceof RotationError) throw error;
    throw run.error("interrupted", "Stopped by a signal.");
  }
}

/** Begins what stands for the client's id in the log of a creation, which begins before the client has one. */
const prefix = "new-";

/** Whether a log is that of a creation. */
export function isCreationLog(clientId: string): boolean {
  return clientId.startsWith(prefix);
}

/** What stands for the client's id in the key of that log, from the client's name. */
export async function creationLog(name: string): Promise<string> {
  const readable = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${prefix}${readable.slice(0, 24)}-${(await sha256(name)).slice(0, 16)}`;
}

/** The run that continues with the client, once that exists; of an existing log it knows the latest entry. */
async function runOn(run: Run, { client_id: clientId }: OAuthClientGetResponse): Promise<Run> {
  const { client, target, options } = run;
  const next = new Run(client, { ...target, clientId }, options, "rotate");
  await open(next, { again: "create", hasActed: true });
  return next;
}

/** Continues with the client that this log names as created; undefined if it names none, or if that was deleted since. */
async function continueKnown(run: Run, settings: Settings): Promise<Rotation | undefined> {
  const { entry } = run;
  if (entry?.phase !== "done" || isCreationLog(entry.client.client_id)) return undefined;
  const next = await runOn(run, entry.client);
  const latest = next.entry;
  if (next.isUnderWay) return runToEnd(next, { isOpen: true });
  const found = await readIfThere(next);
  if (!found) return undefined;
  warnOfDifferences(run, settings, found);
  // Of a lost secret that no rotation has replaced yet, nobody has anything.
  if (entry.abandoned !== undefined && (!latest || latest.abandoned !== undefined))
    return runToEnd(next, { isOpen: true });
  if (!latest) throw taken(run, [found]);
  return asItEnded(run, latest);
}

/** What came of a client that was created earlier. */
function asItEnded(run: Run, latest: Entry): Rotation {
  requireDelivered(run, latest);
  return { ...stateOf(latest), revealSecret: () => undefined };
}

/** Refuses sinks that the secret of a client that exists did not go to. */
function requireDelivered(run: Run, { clientId, delivered, abandoned }: Entry): void {
  if (abandoned !== undefined) return;
  const missing = run.options.sinks.map(({ name }) => name).filter((name) => !delivered.includes(name));
  if (missing.length > 0)
    throw run.error(
      "client-exists",
      `This client was created earlier (${clientId}), and its secret was not delivered to ${missing.join(", ")}.`,
      { todo: "To deliver a new secret there, rotate it.", next: null },
    );
}

/** The client; undefined if it was deleted, and not only a read lags behind its creation. */
async function readIfThere(run: Run): Promise<OAuthClientGetResponse | undefined> {
  const start = now();
  for (let gap = 500; ; gap = Math.min(gap * 2, 4000)) {
    try {
      return (await read(run)).client;
    } catch (error) {
      if (!(error instanceof RotationError && isAPIError(error.cause) && error.cause.status === 404)) throw error;
    }
    const left = longestLag - monotonicAge(start);
    if (left <= 0) return undefined;
    run.emit({ type: "wait", why: "to see whether the client was deleted", until: Date.now() + left });
    await wait(Math.min(gap, left), run.signal);
  }
}

/** Continues with the client that has the name; undefined if there is none, and if no request is under way that may create it. */
async function continueNamed(run: Run, settings: Settings): Promise<Rotation | undefined> {
  const list = () => clientsNamed(run, settings.client_name);
  let found = await list();
  if (!run.isUnderWay) {
    if (found.length === 0) return undefined;
    // Unless another process has created it since this run read the journal.
    await run.requireLatest();
    const nexts = await Promise.all(found.map((one) => runOn(run, one)));
    const next = nexts.find(({ entry }) => entry?.isOnly);
    if (!next?.entry) throw taken(run, found);
    return next.isUnderWay ? runToEnd(next, { isOpen: true }) : asItEnded(run, next.entry);
  }
  let journaled = await withLog(run, found);
  if (!journaled) {
    // Wait, even if a list shows it earlier: the process that sent the request may still be waiting for its response.
    const look = async (): Promise<Reading> => {
      found = await list();
      return run.reading as Reading;
    };
    await readUntil(run, () => false, "to see whether the API applied the lost request", look);
    journaled = await withLog(run, found);
  }
  const [created = journaled, ...others] = journaled ? [] : found;
  if (!created) return undefined;
  if (others.length > 0 || (!journaled && isOlder(run.current, created))) throw taken(run, found);
  warnOfDifferences(run, settings, created);
  await run.append({
    ...run.current,
    phase: "done",
    client: created,
    finishedAt: Date.now(),
    ...(!journaled && { abandoned: "the response with the client's first secret was lost" }),
  });
  const next = await runOn(run, created);
  if (journaled) return runToEnd(next, { isOpen: true });
  run.emit({
    type: "warning",
    message: `The client exists (${created.client_id}), but the response with its secret was lost. Its secret is rotated now.`,
  });
  return runToEnd(next, { isOpen: true });
}

/** The clients of a name, as the API lists them now. */
async function clientsNamed(run: Run, name: string): Promise<OAuthClientGetResponse[]> {
  run.emit({ type: "request", request: "read" });
  const sent = now();
  const { accountId: account_id } = run.target;
  try {
    const listing = run.client.iam.oauthClients.list({ account_id }, { signal: run.signal });
    const { data, response } = await listing.withResponse();
    const found: OAuthClientGetResponse[] = [];
    for await (const one of data) if (one.client_name === name) found.push(one);
    const date = Date.parse(response.headers.get("date") ?? "");
    const [client = draft(run, { client_name: name })] = found;
    run.reading = { client, sent, received: now(), date: Number.isNaN(date) ? undefined : date };
    return found;
  } catch (error) {
    throw run.apiError(error, "The clients could not be listed");
  }
}

/** The client, of those found, whose secret is in the journal since this creation was announced. */
async function withLog(run: Run, found: OAuthClientGetResponse[]): Promise<OAuthClientGetResponse | undefined> {
  for (const client of found) {
    const { entry } = await runOn(run, client);
    if (entry?.isOnly && entry.startedAt >= run.current.startedAt) return client;
  }
  return undefined;
}

/** Whether a client was there before its creation was announced. */
function isOlder({ server }: Entry, { created_at }: OAuthClientGetResponse): boolean {
  return Date.parse(created_at ?? "") < (server?.requestedAt ?? 0) - tolerance;
}

function taken(run: Run, found: readonly OAuthClientGetResponse[]): RotationError {
  const ids = found.map(({ client_id }) => client_id).join(", ");
  return run.error(
    "client-exists",
    found.length > 1
      ? `Several clients have the name ${found[0]?.client_name}: ${ids}.`
      : `A client named ${found[0]?.client_name} exists already: ${ids}.`,
    { todo: "Choose another name, or rotate the secret of that client.", next: null },
  );
}

/** Settings that the client does not have are not changed, but said. */
function warnOfDifferences(run: Run, settings: Settings, found: OAuthClientGetResponse): void {
  const given: Readonly<Record<string, unknown>> = settings;
  const has = new Map(Object.entries(found));
  const differ = changedFields(given, Object.fromEntries(Object.keys(given).map((name) => [name, has.get(name)])));
  if (differ.length > 0)
    run.emit({
      type: "warning",
      message: `The client ${found.client_id} exists with other settings, which were not changed: ${differ.join(", ")}.`,
    });
}

/** The client before it exists. */
function draft({ target: { clientId } }: Run, settings: { readonly client_name: string }): OAuthClientGetResponse {
  return { ...settings, client_id: clientId, visibility: "private" };
}

/** Announces the request, sends it, and continues with the client and its secret. */
async function create(run: Run, settings: Settings): Promise<Rotation> {
  await requireReady(run);
  const client = draft(run, settings);
  await requireVerifier(run, client);
  const server = { requestedAt: run.reading?.date };
  await run.announce({ ...firstEntry(run, client), sinks: [], memo: undefined, isOnly: true, server });
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

  const { options, target } = run;
  const next = new Run(run.client, { ...target, clientId: created.client_id }, options, "rotate");
  next.changed = run.changed;
  const date = Date.parse(response.headers.get("date") ?? "");
  const { updated_at } = created;
  const issued: Entry = {
    ...firstEntry(next, created),
    phase: "issued",
    isOnly: true,
    secret,
    sha256: await sha256(secret),
    ...(!Number.isNaN(date) && { issuedAt: date }),
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
  return runToEnd(next, { isOpen: true });
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
