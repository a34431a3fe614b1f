import { formatDuration } from "../terminal/duration.ts";
import type { RateLimit } from "./rate-limit.ts";

/** How far a plan is, how fast it goes, and how long the rest takes. */
export class Pace {
  readonly #total: number;
  readonly #limit: RateLimit;
  readonly #start = Date.now();
  #ended = 0;

  /** @param total clients that are worked on. */
  constructor(total: number, limit: RateLimit) {
    this.#total = total;
    this.#limit = limit;
  }

  /** Counts one more client that has ended, and says how far the plan is: "3 of 40, 12 a minute, about 3 min left". */
  next(): string {
    this.#ended++;
    const left = this.#total - this.#ended;
    const elapsed = Math.max(Date.now() - this.#start, 1);
    const each = elapsed / this.#ended;
    // As fast as so far, but no faster than the API's limit allows.
    const rest = Math.max(left * each, this.#limit.timeLeft(left / this.#ended));
    const rate = Math.round(60_000 / each);
    const goesOn = left > 0 && elapsed >= 1000 ? `, ${rate} a minute, about ${formatDuration(rest)} left` : "";
    return `${this.#ended} of ${this.#total}${goesOn}`;
  }
}
