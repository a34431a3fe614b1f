/**
 * Lets time run faster in this process: `setTimeout` and `Date`, which are all that the workflow knows of time.
 *
 * @param factor how many milliseconds pass in one.
 * @param origin the moment, in ms since the epoch, at which the faster clock and the true one show the same; processes
 *   that share it agree on the time.
 */
export function speedUp(factor: number, origin: number): void {
  const { setTimeout: trueTimeout, Date: TrueDate } = globalThis;
  const now = () => origin + (TrueDate.now() - origin) * factor;

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
}
