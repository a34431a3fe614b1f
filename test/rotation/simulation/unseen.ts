import { type Claimed, isBaselineOfAnother } from "./knowledge.ts";

/** How old what is seen may be, in ms. */
const freshness = 2000;

/**
 * Why a sentence that is not so may be said: a limit that the design names, or, by "known:", a fault of `src` that is written
 * down and waits to be mended. Take out what is mended, so that it cannot come back.
 */
export function excusesOf(said: string, claimed: Claimed): Readonly<Record<string, () => boolean>> {
  const { process, ledger, journal, now, server } = claimed;
  const look = process.look;
  const hasMoved = () =>
    journal.appends.some(({ by, at, visibleFrom }) => by !== process && Math.max(at, visibleFrom) >= (look?.at ?? 0));
  const isAboutState =
    /^(This rotation has deleted|The new secret|Every sink|The API confirmed|A new secret was req)/.test(said);
  return {
    "it stood still since it last looked": () => isAboutState && hasMoved() && process.frozenSince(look?.at ?? 0),
    "another process has gone on within two seconds": () =>
      isAboutState && hasMoved() && now - (look?.at ?? 0) <= freshness,
    "frozen between check and fetch, or applied after its settling time": () =>
      / somebody else has changed the client later/.test(said) &&
      ledger.changes.some(
        ({ by, sentAt, calledAt, appliedAt = 0 }) =>
          by?.journal === process.journal && (sentAt > calledAt || appliedAt > calledAt + by.timeout + 30_000),
      ),
    "known: what a process knows of the journal is not looked at again before it says where the rotation stands": () =>
      isAboutState && hasMoved(),
    "known: the clock is called wrong after a pause between response and receipt": () =>
      /^This machine's clock is /.test(said) && process.frozen > 0,
    "known: 'was requested', though nothing was sent": () =>
      /^(A new secret was requested|The deletion of the old secret was requested)/.test(said),
    "known: the server's updated_at held against a clock of this machine": () =>
      / somebody else has changed the client later/.test(said) && (!server.manners.hasDate || process.ahead(now) !== 0),
    "known: a recovery deletes an older secret, and forgets it": () =>
      /^This rotation has deleted no secret/.test(said) &&
      journal.appends.some(({ entry }) => entry.phase === "recovering"),
    "known: the rotation that a lagging read shows first is taken for ours": () =>
      /^(Somebody else has changed the client since our rotation|The API shows no old secret any more)/.test(said) &&
      isBaselineOfAnother(claimed),
    "known: the journal is not read before somebody else is said to have deleted a secret": () =>
      /^Somebody else has deleted an old secret/.test(said) && hasMoved(),
    "known: after R8, it says so of a rotation that another process has taken over": () =>
      /^This rotation has deleted no secret/.test(said) &&
      process.won !== undefined &&
      (look?.sequence ?? 0) > process.won.sequence,
    "known: recover gives up a rotation of which nothing shows whether it was overtaken": () =>
      / ended without a new secret: somebody else has changed the client since/.test(said),
    "known: redelivered from finishing, it forgets that a deletion was requested": () =>
      /^This rotation has deleted no secret/.test(said) &&
      journal.appends.some(({ entry, sequence }) => entry.phase === "finishing" && sequence < (look?.sequence ?? 0)),
  };
}
