import type { RotationState } from "../../rotation/index.ts";
import { rotatedAt, rotationUnderWay } from "../attempt/standing.ts";
import type { PlannedClient } from "./plan.ts";
import { dueAt } from "./spread.ts";
import type { Opening, Window } from "./window.ts";

/** How old a client's secret is, when it is due, and when its rotation may begin. */
export interface Schedule {
  readonly rotatedAt: Date | undefined;
  /** In ms; undefined if no journal knows. */
  readonly age: number | undefined;
  /** Undefined if no journal knows the age; so is `isDue`. */
  readonly dueAt: Date | undefined;
  readonly isDue: boolean | undefined;
  /** When its window opens next; undefined if it is open, if there is no window, or if the client is not due. */
  readonly opensAt: Date | undefined;
  /** The last whole window that has passed since the client was due, without a rotation having begun. */
  readonly missed: (Opening & { readonly window: Window }) | undefined;
  /** Whether a window was missed; without a window, whether the secret is older than `every`. True if no journal knows the age. */
  readonly isOverdue: boolean;
}

/** What the plan and the journal say about when a client is to be rotated. */
export function scheduleOf(
  planned: Pick<PlannedClient, "every" | "spread" | "share" | "window">,
  state: RotationState | undefined,
  now: number = Date.now(),
): Schedule {
  const created = rotatedAt(state);
  if (!state || !created) return { ...unknownAge, isOverdue: true };
  const age = now - created.getTime();
  const due = dueAt(created.getTime(), planned);
  const isDue = now >= due;
  const common = { rotatedAt: created, age, dueAt: new Date(due), isDue };
  const { window } = planned;
  if (!window) return { ...common, opensAt: undefined, missed: undefined, isOverdue: age >= planned.every };
  if (!isDue) return { ...common, opensAt: undefined, missed: undefined, isOverdue: false };

  const [opening] = window.openings(now);
  const opensAt = opening && opening.from > now ? new Date(opening.from) : undefined;
  // A rotation that came to nothing had begun, too.
  const waitsFrom = Math.max(due, state.startedAt.getTime());
  const last = hasBegun(state) ? undefined : lastWhole(window, waitsFrom, now);
  const missed = last && { ...last, window };
  return { ...common, opensAt, missed, isOverdue: missed !== undefined };
}

/** What a person should know of a missed window; nothing, if none was missed. */
export function warningsOf({ dueAt, missed }: Schedule, command: string): string[] {
  if (!dueAt || !missed) return [];
  const shown = (time: Date | number) => missed.window.timeOnWall(time);
  return [
    `It was due at ${shown(dueAt)}, and no rotation began in its last window, from ${shown(missed.from)} to ${shown(missed.to)}. Let a scheduler run \`${command}\` in each window.`,
  ];
}

/** A time in UTC, to the minute. */
export function shortTime(time: Date | number | string): string {
  return new Date(time).toISOString().replace(/:\d\d\.\d{3}Z$/, "Z");
}

const unknownAge = {
  rotatedAt: undefined,
  age: undefined,
  dueAt: undefined,
  isDue: undefined,
  opensAt: undefined,
  missed: undefined,
} as const;

/** Whether the rotation is under way that a due client waits for. One that waits for finish is the one before. */
function hasBegun(state: RotationState): boolean {
  const underWay = rotationUnderWay(state);
  return underWay !== undefined && underWay.phase !== "verified" && underWay.phase !== "finishing";
}

/** The longest time between two openings of a window, in ms: one a week, of which the clock skips one in spring. */
const longestPause = 15 * 86_400_000;

/** The last opening between two moments, in ms since the epoch. */
function lastWhole(window: Window, since: number, now: number): Opening | undefined {
  let last: Opening | undefined;
  for (const opening of window.openings(Math.max(since, now - longestPause))) {
    if (opening.to > now) break;
    if (opening.from >= since) last = opening;
  }
  return last;
}
