import type { OAuthClientGetResponse } from "../client/iam.ts";
import { age, type Moment, monotonicAge, now } from "./clock.ts";
import type { Entry } from "./entry.ts";

/** The longest that a read may lag behind a change, in ms, as far as this workflow allows for it. */
export const longestLag = 30_000;

/** A foreign rotation that is this near to ours cannot be told from it, in ms. */
const nearness = 2000;

/** The client as one request has shown it. */
export interface Reading {
  readonly client: OAuthClientGetResponse;
  /** When the request was sent: what it shows may be as old as that. */
  readonly sent: Moment;
  /** When the response was here. */
  readonly received: Moment;
  /** The server's `Date`, in ms since the epoch; undefined if the response had none. */
  readonly date: number | undefined;
}

/** What a response has shown of the client. */
export function readingOf(client: OAuthClientGetResponse, sent: Moment, response: Response): Reading {
  return { client, sent, received: now(), date: serverDate(response) };
}

/** The server's `Date` of a response, in ms since the epoch; undefined if it has none. */
export function serverDate({ headers }: Response): number | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(date) ? undefined : date;
}

/** A reading compared with our rotation, as far as it is known. */
export interface Comparison {
  /** Whether an old secret exists: `has_rotated_secret`, which is optional. */
  readonly oldSecret: "exists" | "none" | "not-shown";
  /**
   * Whether somebody has changed the client since this rotation: `unchanged`; `changed`; `earlier`, the read lags behind our
   * own change; `unknown`, because nothing shows it.
   */
  readonly since: "unchanged" | "changed" | "earlier" | "unknown";
}

/** Holds a reading against what is known of our rotation (R12). */
export function compare(entry: Entry, { client }: Reading): Comparison {
  const { has_rotated_secret } = client;
  const oldSecret = has_rotated_secret === undefined ? "not-shown" : has_rotated_secret ? "exists" : "none";
  return { oldSecret, since: sinceOurs(entry, client.updated_at) };
}

function sinceOurs(entry: Entry, shown: string | undefined): Comparison["since"] {
  const { baseline, client: before, issuedAt, changeSeen } = entry;
  // A read that lags behind does not undo what another one has shown.
  if (changeSeen !== undefined && changeSeen !== baseline) return "changed";
  if (baseline !== undefined) {
    if (shown === baseline) return "unchanged";
    const order = compareTimes(shown, baseline);
    return order === undefined ? "unknown" : order > 0 ? "changed" : "earlier";
  }
  if (shown === undefined || shown === before.updated_at || issuedAt === undefined) return "unknown";
  return Date.parse(shown) > issuedAt + ownChange(shown) ? "changed" : "unknown";
}

/** Which of two `updated_at` is later, fractions of a millisecond included; undefined if one is not a time. */
function compareTimes(one: string | undefined, other: string | undefined): number | undefined {
  const difference = Date.parse(one ?? "") - Date.parse(other ?? "");
  if (Number.isNaN(difference)) return undefined;
  return difference || (one === other ? 0 : (one ?? "") > (other ?? "") ? 1 : -1);
}

/** Whether a reading lags behind another one, which has shown this `updated_at`. */
export function isEarlier({ client: { updated_at } }: Reading, shown: string | undefined): boolean {
  return (compareTimes(updated_at, shown) ?? 0) < 0;
}

/** How far after the server's `Date` an `updated_at` may be and still be that of our own rotation, in ms. */
function ownChange(updatedAt: string): number {
  // Cut to a whole second, it may be up to a second later than it says.
  return updatedAt.includes(".") ? nearness : nearness - 1000;
}

/** Whether a reading shows our rotation: by the flag, where no old secret was there before, or by `updated_at`. */
export function showsRotation(entry: Entry, { client: { has_rotated_secret: flag, updated_at } }: Reading): boolean {
  const { client: before } = entry;
  if (flag === false) return false;
  if (updated_at !== before.updated_at) return isOurs(entry, updated_at);
  return flag === true && !before.has_rotated_secret;
}

/** Whether an `updated_at` is from our POST or later: a read that lags behind may show any earlier one. */
function isOurs({ client: before, server }: Entry, updatedAt: string | undefined): boolean {
  const isLater = before.updated_at === undefined || (compareTimes(updatedAt, before.updated_at) ?? 0) > 0;
  return isLater && !(Date.parse(updatedAt ?? "") < (server?.requestedAt ?? 0) - nearness);
}

/**
 * The client's `updated_at` as our rotation left it, if a reading shows it: it must differ from the one before the POST, or
 * it would not show a foreign rotation either; and it must be so early that a later change cannot be taken for ours.
 */
export function baselineOf(entry: Entry, reading: Reading): string | undefined {
  const { updated_at } = reading.client;
  const { client: before, issuedAt } = entry;
  if (!showsRotation(entry, reading) || updated_at === undefined || updated_at === before.updated_at) return undefined;
  return issuedAt !== undefined && Date.parse(updated_at) <= issuedAt + ownChange(updated_at) ? updated_at : undefined;
}

/** From when on reads show what was changed last: by the server's clock, where that is known, and by this machine's. */
function shownFrom(
  { phase, issuedAt, settleUntil = 0, finishedAt = 0, server }: Entry,
  known: Moment,
): { readonly server: number | undefined; readonly local: number } {
  // Even if a wrong clock wrote the time: this run knows that the change ended before.
  if (phase === "done") return { server: undefined, local: Math.min(finishedAt, known.date) + longestLag };
  if (phase === "requesting" || phase === "finishing" || phase === "recovering")
    return { server: server?.settleUntil, local: settleUntil };
  // A second more, since the server's dates are cut to whole seconds.
  return { server: issuedAt === undefined ? undefined : issuedAt + longestLag + 1000, local: settleUntil };
}

/**
 * Whether a reading must show our last change, however far reads lag; then a clear flag counts (R10).
 *
 * @param known when this run came to know the entry. From then on this machine's time goes by the monotonic clock, which
 *   does not jump.
 */
export function isLagOver(entry: Entry, { date, sent }: Reading, known: Moment): boolean {
  const { server, local } = shownFrom(entry, known);
  return server !== undefined && date !== undefined
    ? date >= server
    : known.date + (sent.monotonic - known.monotonic) >= local;
}

/** Milliseconds until a new reading must show our last change; 0 or less if it must already. */
export function lagLeft(entry: Entry, reading: Reading, known: Moment): number {
  const { server, local } = shownFrom(entry, known);
  const time = earliestServerTime(reading);
  return server !== undefined && time !== undefined ? server - time : local - known.date - monotonicAge(known);
}

/**
 * The latest that it can be by the server's clock, in ms since the epoch, after a reading; undefined if that had no `Date`.
 * The second is left out to which a `Date` is cut.
 */
export function latestServerTime(reading: Reading | undefined): number | undefined {
  return reading?.date === undefined ? undefined : reading.date + age(reading.sent);
}

/** The earliest that it can be. */
function earliestServerTime({ date, received }: Reading): number | undefined {
  return date === undefined ? undefined : date + monotonicAge(received);
}
