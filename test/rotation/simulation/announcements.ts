import type { SimulatedJournal } from "./journals.ts";
import type { Change, Ledger } from "./ledger.ts";

/** How long after its announcement a change may be sent, in ms: R17. */
const longestAge = 30_000;

/** How long a read of the client may take between the last look at the journal and a change, in ms. */
const longestSince = (kind: Change["kind"]) => (kind === "POST" ? 2000 : 1000);

/** What announces each kind of change. */
const announcing: Readonly<Record<string, readonly string[]>> = {
  POST: ["requesting"],
  DELETE: ["finishing", "recovering"],
};

/** `one-post-per-announcement`, for a change that is being sent. */
export function judgeAnnouncement(ledger: Ledger, journal: SimulatedJournal, change: Change, now: number): void {
  const rule = "one-post-per-announcement";
  const { kind, by, announcement } = change;
  if (!by) return;
  const what = `the ${kind} of ${by.name}`;
  const stalled = by.frozen > 0 ? ", after a freeze" : by.delayed > 0 ? ", with a slow journal" : "";
  if (!announcement || !announcing[kind]?.includes(announcement.entry.phase)) {
    ledger.break(rule, `${what} was not announced`);
    return;
  }
  if (++announcement.uses > 1) ledger.break(rule, `${what} is the second under one announcement`);
  const age = now - announcement.calledAt;
  if (age > longestAge)
    ledger.judge(rule, `${what} was sent ${age / 1000} s after its announcement${stalled}`, {
      // One clock stood still, and the other was set back: nothing is left that tells.
      "it slept, and its clock was set": () =>
        by.slept > 0 && (by.clock.setAt ?? 0) >= announcement.calledAt - longestAge,
    });
  const { latest } = journal;
  if (latest && latest.sequence > announcement.sequence)
    ledger.judge(rule, `${what} was sent although its announcement had been superseded${stalled}`, {
      // The process cannot know of a change after its last look at the journal: during the read of the client that
      // follows, or in a freeze directly after the look.
      "the journal moved between check and fetch": () =>
        (now - (by.look?.at ?? 0) < longestSince(kind) + journal.pace ||
          (by.callBefore.startsWith("journal") && by.frozenSince(by.look?.at ?? 0))) &&
        journal.appends.every(
          ({ sequence, at, visibleFrom }) =>
            sequence <= announcement.sequence || Math.max(at, visibleFrom) >= (by.look?.at ?? 0),
        ),
    });
}

/** `overlap-shortened`, for a DELETE that is being sent. */
export function judgeOverlap(
  ledger: Ledger,
  journal: SimulatedJournal,
  change: Change,
  now: number,
  areClocksKnowable: boolean,
): void {
  const { by, announcement } = change;
  if (change.kind !== "DELETE" || !by || announcement?.entry.phase !== "finishing") return;
  const { rotation, overlap = 0, verifiedAt } = announcement.entry;
  // In true time: when the entry was written that says when the secret was verified.
  const verified = journal.appends.find(({ entry }) => entry.rotation === rotation && entry.verifiedAt === verifiedAt);
  if (overlap === 0 || !verified) return;
  const left = verified.calledAt + overlap - now;
  if (left > 2000)
    ledger.judge(
      "overlap-shortened",
      `the DELETE of ${by.name} was sent ${left / 1000} s before the overlap was over`,
      {
        "no Date, and a wrong clock": () => !areClocksKnowable,
        "it slept, and its clock was set": () => verified.by.slept > 0 && verified.by.clock.setAt !== undefined,
      },
    );
}
