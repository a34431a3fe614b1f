import { constants } from "node:os";

/** The signals that end a command. */
const ending = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Why a command was aborted. */
class Ended extends Error {
  readonly signal: (typeof ending)[number];
  constructor(signal: (typeof ending)[number]) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Aborts at the first signal, so that a step under way is finished and written down; ends the process at the second.
 *
 * @param onFirst says so.
 */
export function abortOnSignal(onFirst: () => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of ending)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
      onFirst();
      controller.abort(new Ended(signal));
    });
  return controller.signal;
}

/** 130 after SIGINT, 143 after SIGTERM. */
export function exitCodeOfSignal({ reason }: AbortSignal): number {
  return 128 + constants.signals[reason instanceof Ended ? reason.signal : "SIGINT"];
}
