/** What a program sees of time. */
export interface Time {
  readonly Date: DateConstructor;
  readonly performance: { now(): number };
  readonly setTimeout: (act: () => void, milliseconds?: number) => number;
  readonly clearTimeout: (timer: number | undefined) => void;
}

type Start<Exports> = (
  date: Time["Date"],
  performance: Time["performance"],
  setTimeout: Time["setTimeout"],
  clearTimeout: Time["clearTimeout"],
) => Exports;

/** What build.ts puts before the page's own script. */
interface Bundles {
  readonly startProcess: Start<typeof import("./process-bundle.ts")>;
  readonly startServer: Start<typeof import("./server-bundle.ts")>;
}

const bundles = (globalThis as typeof globalThis & { readonly bundles: Bundles }).bundles;

/** Starts the package and both programs as a new process: nothing of an earlier one is left in its memory. */
export function startProcess(time: Time): typeof import("./process-bundle.ts") {
  return bundles.startProcess(time.Date, time.performance, time.setTimeout, time.clearTimeout);
}

/** Starts the sandbox. */
export function startServer(time: Time): typeof import("./server-bundle.ts") {
  return bundles.startServer(time.Date, time.performance, time.setTimeout, time.clearTimeout);
}
