import { constants } from "node:os";
import type { Output } from "../terminal/output.ts";

/** The signals that end a command. */
const ending = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Why a command was aborted. */
class Ended extends Error {
  readonly signal: (typeof ending)[number];
  constructor(signal: (typeof ending)[number]) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

/**
 * What signals do: the first aborts, so that a step under way is finished and written down; the next ends the process, but
 * while a new secret is on its way, which that would lose, only one more does.
 */
export class Signals {
  /** Aborted by the first signal. */
  readonly aborted: AbortSignal;
  /** Those for whom a new secret was requested that is not in the journal yet. */
  readonly secretsOnTheirWay: Set<object> = new Set();
  /** The command that continues from here, shown if the process stops at once. */
  nextCommand: string | undefined;
  #count = 0;

  /** @param output of the command as far as it is known; where to say what happens. */
  constructor(output: () => Output) {
    // Without a listener, Node opens its debugger on this signal, to which every user of the machine could then connect.
    process.on("SIGUSR1", () => {});
    const controller = new AbortController();
    this.aborted = controller.signal;
    for (const signal of ending)
      process.on(signal, () => {
        this.#count++;
        const mayEnd = this.#count > (this.secretsOnTheirWay.size > 0 ? 2 : 1);
        if (mayEnd) {
          if (this.nextCommand) output().next(this.nextCommand);
          process.exit(128 + constants.signals[signal]);
        }
        if (this.secretsOnTheirWay.size > 0)
          output().warn(
            `Waiting for the response with the new secret. Stopping now would lose it. ${this.#count === 1 ? "A third signal stops anyway" : "The next signal stops anyway"}.`,
          );
        else
          output().note(
            "Stopping at the next safe moment. Everything so far is in the journal. Send the signal again to stop now.",
          );
        controller.abort(new Ended(signal));
      });
  }
}

/** 130 after SIGINT, 143 after SIGTERM. */
export function exitCodeOfSignal({ reason }: AbortSignal): number {
  return 128 + constants.signals[reason instanceof Ended ? reason.signal : "SIGINT"];
}
