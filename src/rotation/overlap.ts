import type { Entry } from "./entry.ts";
import type { Reading } from "./reading.ts";

/** How far this machine's clock may be from the server's before it counts as wrong, in ms. */
export const clockTolerance = 60_000;

/** When the old secret may be deleted, in ms since the epoch; undefined until the new one is verified. */
export function overlapEnd(entry: Entry): number | undefined {
  const { verifiedAt, overlap } = entry;
  return verifiedAt === undefined ? undefined : verifiedAt + clockError(entry) + overlap;
}

/** How far the server was ahead of the machine that verified the secret, in ms; 0 if its clock did not count as wrong. */
function clockError({ verifiedAt = 0, server }: Entry): number {
  const ahead = (server?.verifiedAt ?? verifiedAt) - verifiedAt;
  return Math.abs(ahead) > clockTolerance ? ahead : 0;
}

/**
 * Until when the old secret must still be kept (R13): by the server's clock where both ends are known, otherwise by this
 * machine's.
 *
 * @param reading of the client; without one, only this machine's clock can be asked, unless it is known to be wrong.
 * @returns Undefined if the overlap is over, or cannot be told yet.
 */
export function keptUntil(entry: Entry, reading: Reading | undefined): number | undefined {
  // What is not known is NaN, before which nothing is.
  const { server, issuedAt = Number.NaN, overlap } = entry;
  const end = overlapEnd(entry);
  if (overlap === 0 || end === undefined || (!reading && clockError(entry) !== 0)) return undefined;
  const date = reading?.date;
  const still = (until: number, now = Number.NaN) => (now < until ? until : undefined);
  if (date !== undefined && server?.verifiedAt !== undefined) return still(server.verifiedAt + overlap, date);
  // Entries of 0.1.0 know the server's clock only at the POST.
  return still(end, Date.now()) ?? still(issuedAt + overlap, date);
}
