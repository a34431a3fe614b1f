import type { Run } from "./run.ts";

/** How long an announcement counts, in ms. */
export const longestAnnouncement = 30_000;

/** How often a change is announced before that is given up. */
export const mostAnnouncements = 3;

/** That a change cannot be sent in time after it was announced. */
export function tooSlow(run: Run, what: "request" | "deletion"): Error {
  return run.error(
    "journal-failed",
    `Writing to the journal takes so long that the ${what} cannot be sent in time. It was not sent.`,
  );
}
