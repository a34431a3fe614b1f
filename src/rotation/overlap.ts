import type { Entry } from "./entry.ts";
import type { Reading } from "./reading.ts";

/** How far this machine's clock may be from the server's before it counts as wrong, in ms. */
export const clockTolerance = 60_000;

/** When the old secret may be deleted, in ms since the epoch; undefined until the new one is verified. */
export function overlapEnd(entry: Entry): number | undefined {
  const { verifiedAt, server, overlap } = entry;
  if (verifiedAt === undefined) return undefined;
  return (wasClockWrong(entry) ? (server?.verifiedAt ?? verifiedAt) : verifiedAt) + overlap;
}

/** Whether the clock of the machine that verified the secret is known to have been wrong. */
function wasClockWrong({ verifiedAt, server }: Entry): boolean {
  const [own, known] = [verifiedAt, server?.verifiedAt];
  return own !== undefined && known !== undefined && Math.abs(own - known) > clockTolerance;
}

/**
 * Until when the old secret must still be kept (R13): by the server's clock where both ends are known, otherwise by this
 * machine's.
 *
 * @param reading of the client; without one, only this machine's clock can be asked, unless it is known to be wrong.
 * @returns Undefined if the overlap is over, or cannot be told yet.
 */
export function keptUntil(entry: Entry, reading: Reading | undefined): number | undefined {
  const { server, issuedAt, overlap } = entry;
  const end = overlapEnd(entry);
  if (overlap === 0 || end === undefined || (!reading && wasClockWrong(entry))) return undefined;
  const date = reading?.date;
  const still = (until: number, now: number) => (now < until ? until : undefined);
  if (date !== undefined && server?.verifiedAt !== undefined) return still(server.verifiedAt + overlap, date);
  const byThisMachine = still(end, Date.now());
  if (byThisMachine !== undefined || date === undefined || issuedAt === undefined) return byThisMachine;
  // Entries of 0.1.0 know the server's clock only at the POST.
  return still(issuedAt + overlap, date);
}
