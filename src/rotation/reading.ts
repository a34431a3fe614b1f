import type { OAuthClientGetResponse } from "../client/iam.ts";
import { age, type Moment } from "./clock.ts";
import type { Entry } from "./entry.ts";

/** The longest that a read may lag behind a change, in ms, as far as this workflow allows for it. */
export const longestLag = 30_000;

/** How far after the server's `Date` an `updated_at` may be and still be that of our own rotation, in ms. */
const ownChange = 2000;

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

/** What a reading shows beside what is known of our rotation. */
export interface Comparison {
  /** Whether an old secret exists: `has_rotated_secret`, which is optional. */
  readonly oldSecret: "exists" | "none" | "not-shown";
  /**
   * Whether somebody has changed the client since our rotation: `unchanged`; `changed`; `earlier`, the read lags behind our
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

function sinceOurs({ baseline, client: before, issuedAt }: Entry, shown: string | undefined): Comparison["since"] {
  if (baseline !== undefined) {
    if (shown === baseline) return "unchanged";
    const [at, ours] = [Date.parse(shown ?? ""), Date.parse(baseline)];
    if (Number.isNaN(at) || Number.isNaN(ours)) return "unknown";
    // Fractions of a millisecond count, too.
    return at > ours || (at === ours && (shown ?? "") > baseline) ? "changed" : "earlier";
  }
  const isLater = shown !== undefined && shown !== before.updated_at && issuedAt !== undefined;
  return isLater && Date.parse(shown) > issuedAt + ownChange ? "changed" : "unknown";
}

/**
 * The client's `updated_at` as our rotation left it, if a reading that shows the rotation shows that, too: it must differ
 * from the one before the POST, or it would not show a rotation by somebody else either; and it must be so early that no
 * later change passes for ours.
 */
export function baselineOf({ client: before, issuedAt }: Entry, { client }: Reading): string | undefined {
  const { has_rotated_secret, updated_at } = client;
  if (has_rotated_secret === false || updated_at === undefined || updated_at === before.updated_at) return undefined;
  return issuedAt !== undefined && Date.parse(updated_at) <= issuedAt + ownChange ? updated_at : undefined;
}

/** From when on reads show what was changed last: by the server's clock, where that is known, and by this machine's. */
function shownFrom({ phase, issuedAt, settleUntil = 0, finishedAt = 0, server }: Entry): {
  readonly server: number | undefined;
  readonly local: number;
} {
  if (phase === "done") return { server: undefined, local: finishedAt + longestLag };
  if (phase === "requesting" || phase === "finishing" || phase === "recovering")
    return { server: server?.settleUntil, local: settleUntil };
  // A second more, since the server's dates are cut to whole seconds.
  return { server: issuedAt === undefined ? undefined : issuedAt + longestLag + 1000, local: settleUntil };
}

/** Whether a reading must show our last change, however far reads lag; then a clear flag counts (R10). */
export function isLagOver(entry: Entry, { date, sent }: Reading): boolean {
  const { server, local } = shownFrom(entry);
  return server !== undefined && date !== undefined ? date >= server : sent.date >= local;
}

/** Milliseconds until a new reading must show our last change; 0 or less if it must already. */
export function lagLeft(entry: Entry, reading: Reading): number {
  const { server, local } = shownFrom(entry);
  const time = serverTime(reading);
  return server !== undefined && time !== undefined ? server - time : local - Date.now();
}

/** The server's clock now, in ms since the epoch, as a reading has shown it; undefined if that had no `Date`. */
export function serverTime(reading: Reading | undefined): number | undefined {
  return reading?.date === undefined ? undefined : reading.date + age(reading.received);
}
