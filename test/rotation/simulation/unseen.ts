import type { Claimed } from "./knowledge.ts";

/** How old what is seen may be, in ms. */
const freshness = 2000;

/**
 * Why a sentence that is not so may be said: a limit that the design names, or, by "known:", a fault of `src` that is written
 * down and waits to be mended. Take out what is mended, so that it cannot come back.
 */
export function excusesOf(
  said: string,
  claimed: Claimed,
  areClocksKnowable: boolean,
): Readonly<Record<string, () => boolean>> {
  const { process, ledger, journal, now } = claimed;
  const look = process.look;
  const hasMoved = () =>
    journal.appends.some(({ by, at, visibleFrom }) => by !== process && Math.max(at, visibleFrom) >= (look?.at ?? 0));
  const isAboutState =
    /^(This rotation has deleted|The new (secret|one)|Every sink|The API (confirmed|shows no old)|A new secret was req)/.test(
      said,
    );
  return {
    "it stood still since it last looked": () => isAboutState && hasMoved() && process.frozenSince(look?.at ?? 0),
    "another process has gone on within two seconds": () =>
      isAboutState && hasMoved() && now - (look?.at ?? 0) <= freshness,
    "frozen between check and fetch, or applied after its settling time": () =>
      /omebody else has (changed the client (later|since our rotation)|deleted an old secret)|^This rotation has deleted no/.test(
        said,
      ) &&
      ledger.changes.some(
        ({ by, sentAt, calledAt, appliedAt = 0 }) =>
          by?.journal === process.journal && (sentAt > calledAt || appliedAt > calledAt + by.timeout + 30_000),
      ),
    "its clock was set meanwhile": () => /^This machine's clock is /.test(said) && ledger.hasClockJumped,
    "no Date, and a wrong clock": () =>
      /^The API shows no old secret any more|^Somebody else has changed/.test(said) && !areClocksKnowable,
    "known: what a process knows of the journal is not looked at again before it says where the rotation stands": () =>
      isAboutState && hasMoved(),
  };
}
