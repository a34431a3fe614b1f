import type { Entry } from "./entry.ts";
import type { Reading } from "./reading.ts";

/** How far this machine's clock may be from the server's before it counts as wrong, in ms. */
export const clockTolerance = 60_000;

/** When the old secret may be deleted, in ms since the epoch; undefined until the new one is verified. */
export function overlapEnd({ verifiedAt, server, overlap }: Entry): number | undefined {
  if (verifiedAt === undefined) return undefined;
  const known = server?.verifiedAt;
  const wasClockWrong = known !== undefined && Math.abs(verifiedAt - known) > clockTolerance;
  return (wasClockWrong ? known : verifiedAt) + overlap;
}

/**
 * Until when the old secret must still be kept (R13): by the server's clock where both ends are known, otherwise by this
 * machine's.
 *
 * @param reading of the client; without one, only this machine's clock is asked.
 * @returns Undefined if the overlap is over.
 */
export function keptUntil(entry: Entry, reading: Reading | undefined): number | undefined {
  const { verifiedAt = 0, server, issuedAt, overlap } = entry;
  if (overlap === 0) return undefined;
  const date = reading?.date;
  const still = (end: number, now: number) => (now < end ? end : undefined);
  if (date !== undefined && server?.verifiedAt !== undefined) return still(server.verifiedAt + overlap, date);
  const byThisMachine = still(overlapEnd(entry) ?? verifiedAt + overlap, Date.now());
  if (byThisMachine !== undefined || date === undefined || issuedAt === undefined) return byThisMachine;
  // Entries of 0.1.0 know the server's clock only at the POST.
  return still(issuedAt + overlap, date);
}
