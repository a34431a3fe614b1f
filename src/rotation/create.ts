import type { Cloudflare } from "../client/cloudflare.ts";
import { isAPIError } from "../client/error-kind.ts";
import type { OAuthClientCreateParams, OAuthClientGetResponse } from "../client/iam.ts";
import { wait } from "../client/wait.ts";
import { changedFields } from "./changed-fields.ts";
import { checkOptions } from "./check-options.ts";
import { age, monotonicAge, now } from "./clock.ts";
import { creationLog, isCreationLog } from "./creation-log.ts";
import type { Entry } from "./entry.ts";
import { RotationError } from "./error.ts";
import { freshness } from "./log.ts";
import { open, runToEnd } from "./loop.ts";
import type { RotationOptions } from "./options.ts";
import { longestLag, type Reading, readingOf } from "./reading.ts";
import { read, readUntil } from "./reads.ts";
import { Run } from "./run.ts";
import { type Rotation, stateOf } from "./state.ts";
import { abandon, requireReady, requireVerifier } from "./steps/begin.ts";
import { create, draft, type Settings } from "./steps/create.ts";

/** Options of a creation: those of a rotation, without what concerns an old secret. */
export type CreationOptions = Omit<
  RotationOptions,
  "redeliver" | "overlap" | "finish" | "endOverlap" | "acceptChange" | "acceptDowntime" | "recognise"
>;

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
 * @throws {RotationError} `client-exists` if another client has the name, or if the client was created with other sinks;
 *   otherwise as `rotateClientSecret`.
 * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/create/
 */
export async function createOAuthClient(
  client: Cloudflare,
  params: OAuthClientCreateParams,
  options: CreationOptions,
): Promise<Rotation> {
  const { account_id: accountId, ...settings } = params;
  requireUsable(settings);
  const run = new Run(client, { accountId, clientId: await creationLog(settings.client_name) }, options, "create");
  checkOptions(run);
  await open(run, { again: "create" });
  try {
    const known = await knownClient(run);
    if (known?.client) return await continueWith(run, settings, known.client, known.next);
    const named = await namedClient(run, settings.client_name);
    if (named) return await continueWith(run, settings, named.client, named.next);
    if (known?.next.isUnderWay) await forget(known.next);
    await requireReady(run);
    await requireVerifier(run, draft(run, settings));
    await requireFree(run, settings.client_name);
    return await runToEnd(await create(run, settings), { isOpen: true });
  } catch (error) {
    if (!run.signal.aborted || error instanceof RotationError) throw error;
    throw run.error("interrupted", "Stopped by a signal.");
  }
}

function requireUsable({ client_name: name, token_endpoint_auth_method: method }: Settings): void {
  const usage = (message: string) => new RotationError("usage", `${message} Nothing was sent.`);
  if (!name) throw usage("client_name is empty.");
  if (name !== name.trim() || /\p{Cc}/u.test(name))
    throw usage(
      "The client's name begins or ends with a space, or contains a control character. The API might store it differently, and then the client could not be found by its name.",
    );
  if (method === "none")
    throw usage("A client with the token_endpoint_auth_method none has no secret. Use client.iam.oauthClients.create.");
}

/** A client that exists, and the run that continues with it. */
interface Found {
  readonly client: OAuthClientGetResponse;
  /** It knows the latest entry of the client's log. */
  readonly next: Run;
}

async function runOn(run: Run, { client_id: clientId }: OAuthClientGetResponse): Promise<Run> {
  const next = new Run(run.client, { ...run.target, clientId }, run.options, "rotate");
  await open(next, { again: "create", hasActed: true });
  return next;
}

/** The client that this log names as created; without the client itself if that was deleted since. */
async function knownClient(
  run: Run,
): Promise<(Pick<Found, "next"> & { client: Found["client"] | undefined }) | undefined> {
  const { entry } = run;
  if (entry?.phase !== "done" || isCreationLog(entry.client.client_id)) return undefined;
  const next = await runOn(run, entry.client);
  return { client: await readIfThere(next), next };
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

/** The secret of a client that was deleted is of no use any more. */
async function forget(run: Run): Promise<void> {
  await abandon(run, "the client was deleted");
  await run.eraseOlder();
}

/** The client that has the name; undefined if there is none, and if no request is under way that may create it. */
async function namedClient(run: Run, name: string): Promise<Found | undefined> {
  let { named } = await clientsNamed(run, name);
  if (!run.isUnderWay) {
    if (named.length === 0) return undefined;
    // Unless another process has created it since this run read the journal.
    await run.requireLatest();
    const found = await withLog(run, named);
    if (!found) throw taken(run, named);
    return found;
  }
  const { startedAt } = run.current;
  let found = await withLog(run, named, startedAt);
  if (!found) {
    // Wait, even if a list shows it earlier: the process that sent the request may still be waiting for its response.
    const look = async () => {
      const listed = await clientsNamed(run, name);
      named = listed.named;
      return listed.reading;
    };
    await readUntil(run, () => false, "to see whether the API applied the lost request", look);
    found = await withLog(run, named, startedAt);
  }
  const [client = found?.client, ...others] = found ? [] : named;
  if (!client) return undefined;
  if (others.length > 0 || (!found && isOlder(run.current, client))) throw taken(run, named);
  await run.append({
    ...run.current,
    phase: "done",
    client,
    finishedAt: Date.now(),
    ...(!found && { abandoned: "the response with the client's first secret was lost" }),
  });
  return found ?? { client, next: await runOn(run, client) };
}

/** The clients of a name, as the API lists them now. */
async function clientsNamed(
  run: Run,
  name: string,
): Promise<{ readonly named: OAuthClientGetResponse[]; readonly reading: Reading }> {
  run.emit({ type: "request", request: "list" });
  const sent = now();
  const { accountId: account_id } = run.target;
  try {
    const listing = run.client.iam.oauthClients.list({ account_id }, { signal: run.signal });
    const { data, response } = await listing.withResponse();
    const named: OAuthClientGetResponse[] = [];
    for await (const one of data) if (one.client_name === name) named.push(one);
    const [client = draft(run, { client_name: name })] = named;
    const reading = readingOf(client, sent, response);
    run.reading = reading;
    return { named, reading };
  } catch (error) {
    throw run.apiError(error, "The clients could not be listed");
  }
}

/** The one of these clients whose log begins with its creation, at that time or later. */
async function withLog(run: Run, named: readonly OAuthClientGetResponse[], from = 0): Promise<Found | undefined> {
  for (const client of named) {
    const next = await runOn(run, client);
    if (next.entry?.isOnly && next.entry.startedAt >= from) return { client, next };
  }
  return undefined;
}

/** Whether a client was there before its creation was announced. */
function isOlder({ server }: Entry, { created_at }: OAuthClientGetResponse): boolean {
  return Date.parse(created_at ?? "") < (server?.requestedAt ?? 0) - tolerance;
}

/** Lists the clients again if that was long ago: the sinks and the issuer can take seconds. */
async function requireFree(run: Run, name: string): Promise<void> {
  if (run.reading && age(run.reading.sent) <= freshness) return;
  const { named } = await clientsNamed(run, name);
  if (named.length === 0) return;
  await run.requireLatest();
  throw taken(run, named);
}

function taken(run: Run, named: readonly OAuthClientGetResponse[]): RotationError {
  const ids = named.map(({ client_id }) => client_id).join(", ");
  return run.error(
    "client-exists",
    named.length > 1
      ? `Several clients have the name ${named[0]?.client_name}: ${ids}.`
      : `A client named ${named[0]?.client_name} exists already: ${ids}.`,
    { todo: "Choose another name, or rotate the secret of that client.", next: null },
  );
}

/** Continues with a client that exists, from where its log stands. */
async function continueWith(run: Run, settings: Settings, client: Found["client"], next: Run): Promise<Rotation> {
  const { entry } = next;
  // Its log is lost.
  if (!entry && run.entry?.abandoned === undefined) throw taken(run, [client]);
  warnOfDifferences(run, settings, client);
  if (entry && entry.abandoned === undefined) requireSameSinks(next);
  if (!entry)
    run.emit({
      type: "warning",
      message: `The client exists (${client.client_id}), but the response with its secret was lost. Its secret is rotated now.`,
    });
  // A rotation that was abandoned later is not for this function to repeat.
  const isFirst = entry?.isOnly || run.entry?.abandoned !== undefined;
  if (!entry || next.isUnderWay || (entry.abandoned !== undefined && isFirst)) return runToEnd(next, { isOpen: true });
  return { ...stateOf(entry), revealSecret: () => undefined };
}

/** Settings that the client does not have are not changed, but said. */
function warnOfDifferences(run: Run, settings: Settings, client: OAuthClientGetResponse): void {
  const given: Readonly<Record<string, unknown>> = settings;
  const has = new Map(Object.entries(client));
  const differ = changedFields(given, Object.fromEntries(Object.keys(given).map((name) => [name, has.get(name)])));
  if (differ.length > 0)
    run.emit({
      type: "warning",
      message: `The client ${client.client_id} exists with other settings, which were not changed: ${differ.join(", ")}.`,
    });
}

/** Refuses sinks that the secret of a client that exists does not go to. */
function requireSameSinks(run: Run): void {
  const shown = ({ name, spec }: Entry["sinks"][number]) => spec ?? name;
  const sinks = run.entry?.sinks ?? [];
  const missing = run.options.sinks.filter(
    (given) => !sinks.some((one) => one.name === given.name && one.spec === given.spec),
  );
  if (missing.length === 0) return;
  throw run.error(
    "client-exists",
    `This client was created earlier (${run.target.clientId}), and its secret was not delivered to ${missing.map(shown).join(", ")}.`,
    run.isUnderWay
      ? { todo: `Continue it with its own sinks (${sinks.map(shown).join(", ")}), or replace one that is mistyped.` }
      : { todo: "To deliver a new secret there, rotate it.", next: null },
  );
}
