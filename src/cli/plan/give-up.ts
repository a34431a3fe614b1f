import type { RotationState } from "../../rotation/index.ts";

/** After so many failures in a row a plan tries a client no more. */
const mostFailures = 5;
/** How long a plan waits after the second failure, in ms; each time twice as long. After the first, what failed may be mended at once. */
const firstWait = 3_600_000;

/** What says nothing of this client: the credentials are those of all, and a lock or a signal is no failure. */
const uncounted: readonly (string | undefined)[] = [
  "credentials-refused",
  "interrupted",
  "locked",
  "name-mismatch",
  "overlap-not-over",
  "plan-changed",
];

/** Whether a failure is counted that ended with this code. */
export function isCounted(code: string | undefined): boolean {
  return !uncounted.includes(code);
}

/** Whether a plan has given a client up: it needs a person. */
export function isStuck(state: RotationState | undefined): boolean {
  return (state?.failed?.count ?? 0) >= mostFailures;
}

/** When a plan may try a client again that failed; undefined if it may at once, or is stuck. */
export function triesFrom(state: RotationState | undefined): Date | undefined {
  if (!state?.failed || isStuck(state)) return undefined;
  const { count, at } = state.failed;
  const from = at.getTime() + firstWait * 2 ** (count - 2);
  return count > 1 && from > Date.now() ? new Date(from) : undefined;
}
