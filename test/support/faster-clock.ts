/**
 * Lets time run faster in this process: `setTimeout`, `Date` and `performance.now`, which are all that the workflow knows of
 * time.
 *
 * @param factor how many milliseconds pass in one.
 * @param origin the moment, in ms since the epoch, at which the faster clock and the true one show the same; processes
 *   that share it agree on the time.
 */
export function speedUp(factor: number, origin: number): void {
  const { setTimeout: trueTimeout } = globalThis;
  const monotonic = performance.now.bind(performance);
  const start = monotonic();
  speedUpDate(factor, origin);
  const fasterTimeout = (callback: () => void, milliseconds = 0, ...given: []) =>
    trueTimeout(callback, milliseconds / factor, ...given);
  Object.assign(globalThis, { setTimeout: fasterTimeout });
  Object.assign(performance, { now: () => start + (monotonic() - start) * factor });
}

/** Lets `Date` alone run faster, for a server in a process whose own waits take their time. */
export function speedUpDate(factor: number, origin: number): void {
  const { Date: TrueDate } = globalThis;
  const now = () => origin + (TrueDate.now() - origin) * factor;

  class FasterDate extends TrueDate {
    constructor(...given: [(number | string | Date)?]) {
      super(given[0] ?? now());
    }

    static override now(): number {
      return now();
    }
  }
  Object.assign(globalThis, { Date: FasterDate });
}

/**
 * Has every response speak of the faster time: for a server whose own clock runs as it always does. Its `Date` is now, and
 * each `created_at` and `updated_at` is moved to where the faster clock had it.
 */
export function shareClock(factor: number, origin: number): void {
  const { fetch: trueFetch } = globalThis;
  const moved = (text: string) =>
    text.replace(/(?<="(?:created|updated)_at":")[^"]+/g, (at) =>
      Date.parse(at) > origin ? new Date(origin + (Date.parse(at) - origin) * factor).toISOString() : at,
    );
  const sharing: typeof fetch = async (input, init) => {
    const response = await trueFetch(input, init);
    if (!response.headers.has("date")) return response;
    const { status, statusText } = response;
    const headers = new Headers(response.headers);
    headers.set("date", new Date().toUTCString());
    const isJson = response.body !== null && headers.get("content-type")?.includes("json");
    const body = isJson ? moved(await response.text()) : response.body;
    return new Response(body, { status, statusText, headers });
  };
  Object.assign(globalThis, { fetch: sharing });
}
