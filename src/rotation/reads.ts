import { isAPIError } from "../client/error-kind.ts";
import type { OAuthClientGetResponse } from "../client/iam.ts";
import { wait } from "../client/wait.ts";
import { age, monotonicAge, now } from "./clock.ts";
import { clockTolerance } from "./overlap.ts";
import { isLagOver, lagLeft, longestLag, type Reading, readingOf } from "./reading.ts";
import type { Run } from "./run.ts";

/** Reads the client as it is now. */
export async function read(
  run: Run,
  limits: { readonly maxRetries?: number; readonly timeout?: number } = {},
): Promise<Reading> {
  run.emit({ type: "request", request: "read" });
  const { accountId: account_id, clientId } = run.target;
  const sent = now();
  let answer: { readonly data: OAuthClientGetResponse; readonly response: Response };
  try {
    answer = await run.client.iam.oauthClients
      .get(clientId, { account_id }, { signal: run.signal, ...limits })
      .withResponse();
  } catch (error) {
    if (isAPIError(error) && error.status === 404 && mayBeTooNew(run)) {
      run.emit({ type: "wait", why: "until the API shows the new client", until: run.entry?.settleUntil ?? 0 });
      await wait(1000, run.signal);
      return read(run, limits);
    }
    throw run.apiError(error, "The client could not be read");
  }
  if (!run.reading) run.options.recognise?.(answer.data);
  run.reading = readingOf(answer.data, sent, answer.response);
  reportClock(run, run.reading);
  return run.reading;
}

/** Whether the client was created so lately that reads need not show it. */
function mayBeTooNew({ entry, log }: Run): boolean {
  return entry?.isOnly === true && Date.now() < (entry.settleUntil ?? 0) && monotonicAge(log.known) < longestLag;
}

/** The latest read of the client, if it was sent no longer ago than so many milliseconds; otherwise a new one. */
export async function readWithin(run: Run, milliseconds: number): Promise<Reading> {
  return run.reading && age(run.reading.sent) <= milliseconds ? run.reading : read(run);
}

/**
 * Whether a reading must show our last change. However wrong a clock was that is written in the entry: what this run has
 * known for so long has settled.
 */
export function isSettled(run: Run, reading: Reading): boolean {
  if (!run.entry) return true;
  // The clocks do not matter: this run itself changed the client a moment ago.
  if (run.changed && reading.sent.monotonic - run.changed.monotonic < longestLag) return false;
  const known = reading.sent.monotonic - run.log.known.monotonic;
  return known >= longestSettling(run) || isLagOver(run.entry, reading, run.log.known);
}

/** The time after its announcement in which the latest change is sent, answered and shown, by whichever process, in ms. */
function longestSettling({ entry, settling }: Run): number {
  return entry?.settling ?? settling;
}

/**
 * Reads until `enough` is content, or until reads must show our last change. Stops as soon as another process continues.
 *
 * @param look reads; default: the client.
 * @returns The last reading.
 */
export async function readUntil(
  run: Run,
  enough: (reading: Reading) => boolean,
  why: string,
  look: (run: Run) => Promise<Reading> = read,
): Promise<Reading> {
  for (let gap = 500; ; gap = Math.min(gap * 2, 4000)) {
    const reading = await look(run);
    if (!run.entry || enough(reading) || isSettled(run, reading)) return reading;
    const left = Math.min(
      lagLeft(run.entry, reading, run.log.known),
      longestSettling(run) - monotonicAge(run.log.known),
    );
    run.emit({ type: "wait", why, until: Date.now() + Math.max(0, left) });
    await wait(left > 0 ? Math.min(gap, left) : gap, run.signal);
    await run.requireLatest();
  }
}

/** Reads until `enough` is content, or for so many milliseconds. */
export async function readFor(
  run: Run,
  milliseconds: number,
  enough: (reading: Reading) => boolean,
  why: string,
): Promise<Reading> {
  const start = now();
  for (let gap = 500; ; gap = Math.min(gap * 2, 4000)) {
    const reading = await read(run);
    const left = milliseconds - age(start);
    if (enough(reading) || left <= 0) return reading;
    run.emit({ type: "wait", why, until: Date.now() + left });
    await wait(Math.min(gap, left), run.signal);
  }
}

function reportClock(run: Run, { date, sent, received }: Reading): void {
  if (date === undefined || run.hasReportedClock) return;
  // The server's date is from a moment between the two: a process that was stopped there has not made the clock wrong.
  const ahead = sent.date > date ? sent.date - date : Math.min(0, received.date - date);
  if (Math.abs(ahead) <= clockTolerance) return;
  run.hasReportedClock = true;
  run.emit({
    type: "warning",
    message: `This machine's clock is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "ahead of" : "behind"} the server's.`,
  });
}
