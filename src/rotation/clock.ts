/**
 * A moment, by both clocks of this machine. `Date` can be set to any other time; the monotonic clock stops while the
 * machine sleeps. So neither alone tells how much time has passed.
 */
export interface Moment {
  readonly date: number;
  readonly monotonic: number;
}

/** The present moment. */
export function now(): Moment {
  return { date: Date.now(), monotonic: performance.now() };
}

/** Milliseconds since a moment: the larger of the two clocks' differences, so that nothing seems fresher than it is. */
export function age({ date, monotonic }: Moment): number {
  return Math.max(Date.now() - date, performance.now() - monotonic, 0);
}

/** Milliseconds since a moment by the monotonic clock alone, which no correction of the time moves. */
export function monotonicAge({ monotonic }: Moment): number {
  return performance.now() - monotonic;
}
