/** What belongs to one process of an operator: it can be killed, stopped or put to sleep, and has a clock of its own. */
export interface Host {
  readonly name: string;
  isAlive: boolean;
  /** True time until which nothing of it runs. */
  frozenUntil: number;
  /** Milliseconds by which its monotonic clock is behind, since it stops while the machine sleeps. */
  slept: number;
  readonly startedAt: number;
  readonly clock: Clock;
}

/** The wall clock of a machine. */
export interface Clock {
  /** Milliseconds that it is ahead. */
  offset: number;
  /** Milliseconds that it gains in a million. */
  drift: number;
  /** When it was last set. */
  setAt?: number;
}

/** What is going to happen. */
export interface Event {
  at: number;
  order: number;
  readonly isTimer: boolean;
  readonly host: Host | undefined;
  readonly run: () => void;
  isCancelled: boolean;
}

/** The time at which every history begins: 2026-11-25T00:00:00Z. */
export const epoch = 1_795_564_800_000;

/** After a freeze, what had arrived is read this long after the late timers have fired: Node polls after its timers. */
const pollDelay = 0.5;

/** One seed, one order: takes one event at a time, and lets everything that follows from it run dry before the next. */
export class Scheduler {
  now: number = epoch;
  /** The process whose code runs now. */
  current: Host | undefined;
  steps = 0;
  /** Real turns of the event loop after each step. One suffices: microtasks run dry before it; a test holds that. */
  readonly turns: number;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(turns: number = 1) {
    this.turns = turns;
  }

  after(delay: number, run: () => void, host?: Host, isTimer: boolean = false): Event {
    const event = { at: this.now + delay, order: this.#order++, isTimer, host, run, isCancelled: false };
    this.#push(event);
    return event;
  }

  cancel(event: Event): void {
    event.isCancelled = true;
  }

  /** Stops a process. While a machine sleeps, its monotonic clock and with it its timers stand still. */
  freeze(host: Host, duration: number, isAsleep: boolean): void {
    const until = Math.max(host.frozenUntil, this.now + duration);
    const added = until - Math.max(host.frozenUntil, this.now);
    host.frozenUntil = until;
    if (!isAsleep) return;
    host.slept += added;
    const timers = this.#heap.filter((event) => event.isTimer && event.host === host && !event.isCancelled);
    for (const timer of timers) {
      timer.at += added;
    }
    this.#restore();
  }

  /** The wall clock of a process. */
  date(host: Host): number {
    const { offset, drift } = host.clock;
    return Math.floor(this.now + offset + ((this.now - epoch) * drift) / 1_000_000);
  }

  /** The monotonic clock of a process. */
  monotonic(host: Host): number {
    return this.now - host.startedAt - host.slept;
  }

  /** Runs until nothing is left to happen, or `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    for (let event = this.#pop(); event; event = this.#pop()) {
      const { host } = event;
      if (event.isCancelled || (host && !host.isAlive)) continue;
      if (host && host.frozenUntil > event.at) {
        // Late timers fire first, in the order in which they were due; then what has arrived is read.
        event.at = host.frozenUntil + (event.isTimer ? 0 : pollDelay);
        event.order = this.#order++;
        this.#push(event);
        continue;
      }
      this.now = Math.max(this.now, event.at);
      this.current = host;
      this.steps++;
      event.run();
      if (host) for (let turn = 0; turn < this.turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      this.current = undefined;
      if (isOver()) return;
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = heap[up];
      if (!above || isBefore(above, event)) break;
      heap[at] = above;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      const left = heap[down];
      if (!left) break;
      const right = heap[down + 1];
      const least = right && isBefore(right, left) ? right : left;
      if (least === right) down++;
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = down;
    }
    heap[at] = last;
    return first;
  }

  #restore(): void {
    const events = this.#heap.splice(0);
    for (const event of events) this.#push(event);
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
