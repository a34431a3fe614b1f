/**
 * Lets time run faster in this process: `setTimeout`, `Date` and `performance.now`, which are all that the workflow knows
 * of time.
 *
 * @param factor how many milliseconds pass in one.
 * @param origin the moment, in ms since the epoch, at which the faster clock and the true one show the same; processes
 *   that share it agree on the time.
 * @param ahead how many milliseconds `Date` shows too much.
 */
export function speedUp(factor: number, origin: number, ahead = 0): void {
  const { setTimeout: trueTimeout, Date: TrueDate } = globalThis;
  const now = () => origin + (TrueDate.now() - origin) * factor + ahead;

  class FasterDate extends TrueDate {
    constructor(...given: [(number | string | Date)?]) {
      super(given[0] ?? now());
    }

    static override now(): number {
      return now();
    }
  }
  const fasterTimeout = (callback: () => void, milliseconds = 0, ...given: []) =>
    trueTimeout(callback, milliseconds / factor, ...given);
  Object.assign(globalThis, { setTimeout: fasterTimeout, Date: FasterDate });

  const trueNow = performance.now.bind(performance);
  const start = trueNow();
  Object.assign(performance, { now: () => start + (trueNow() - start) * factor });
}
