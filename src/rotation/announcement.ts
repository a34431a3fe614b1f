import { type Run, succeeds } from "./run.ts";

/** How long an announcement counts, in ms. */
export const longestAnnouncement = 30_000;

/** How many times a change is announced before the run stops. */
export const mostAnnouncements = 3;

/**
 * Stops, since a change cannot be sent in time after it was announced.
 *
 * @param withdraw writes down that it was not sent, so that nobody waits for it to show.
 */
export async function stopTooSlow(
  run: Run,
  slow: "journal" | "API",
  what: "request" | "deletion",
  withdraw: () => Promise<void>,
): Promise<never> {
  run.announced = undefined;
  // If that is not written down either, the next run waits.
  await succeeds(withdraw());
  throw run.error(
    slow === "API" ? "api-failed" : "journal-failed",
    `The ${slow} takes so long that the ${what} could not be sent in time. It was not sent.`,
  );
}
