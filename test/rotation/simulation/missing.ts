import type { Scene } from "./deaths.ts";
import type { SimulatedJournal } from "./journals.ts";
import { last } from "./last.ts";
import type { Process } from "./process.ts";

/** Twice the longest lag, in ms, less what the whole seconds of `Date` hide: by then a request is known to be lost. */
const settling = 58_000;

/** `secret-missing-untrue`: said while somebody has the secret, or may yet get it. */
export function judgeMissing(
  { ledger, server, areClocksKnowable, now: clock }: Scene,
  process: Process,
  journal: SimulatedJournal | undefined,
  message: string,
): void {
  const now = clock();
  const rotation = journal?.latest?.entry.rotation;
  const posts = ledger.changes.filter(
    ({ kind, by, announcement }) =>
      kind === "POST" && by?.journal === process.journal && announcement?.entry.rotation === rotation,
  );
  for (const { by, givenUpAt, confirmedAt, arrivesAt, announcement } of posts)
    if (
      by?.isAlive &&
      by !== process &&
      givenUpAt === undefined &&
      confirmedAt === undefined &&
      arrivesAt !== undefined
    )
      ledger.judge(
        "secret-missing-untrue",
        `${process.name} says secret-missing while ${by.name} waits for its response`,
        {
          "no Date, and a wrong clock": () => !areClocksKnowable(),
          "it was frozen past its settling time": () =>
            by.frozen > 0 && now > (announcement?.calledAt ?? now) + by.timeout + settling,
        },
      );
  const made = posts.flatMap(({ secret }) => secret ?? []);
  if (made.length === 0)
    ledger.judge("secret-missing-untrue", `${process.name} says secret-missing, and no secret was made`, {
      "it was there before a recovery": () => ledger.alive.length > 1 && journal?.latest?.entry.acceptDowntime === true,
      "a sink holds what somebody else put there": () => / holds a secret that it did not hold before/.test(message),
      // A clock that is set forward between a read and the announcement makes the time too late until which to wait.
      "its clock was set while it announced the request": () =>
        ledger.hasClockJumped &&
        server.manners.hasDate &&
        ledger.foreignTo(process).some(({ kind }) => kind === "POST"),
      "the flag is somebody else's, and nothing tells": () =>
        ledger.foreignTo(process).some(({ kind, appliedAt = 0 }) => {
          const announced = last(journal?.appends ?? [], ({ entry }) => entry.phase === "requesting");
          // The read before it may have been sent three times, so that it dates the server's time only so well.
          const until = (announced?.calledAt ?? now) + 3 * (announced?.by.timeout ?? 0) + settling + 3000;
          const { updatedAt, hasDate, hasMilliseconds } = server.manners;
          const shownAt = hasMilliseconds ? appliedAt : Math.floor(appliedAt / 1000) * 1000;
          return kind === "POST" && (shownAt <= until || updatedAt !== "moves" || !hasDate);
        }),
    });
  const held = made.find(({ value, diedAt }) => diedAt === undefined && journal?.holds(value));
  if (held)
    ledger.judge(
      "secret-missing-untrue",
      `${process.name} says secret-missing, and the journal holds S${held.number}`,
      {
        "the journal's reads lagged": () =>
          journal?.appends.every(
            ({ entry, visibleFrom }) => entry.secret !== held.value || visibleFrom > (process.look?.at ?? now),
          ) === true,
      },
    );
}
