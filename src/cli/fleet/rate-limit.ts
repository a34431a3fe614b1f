import type { Fetch } from "../../client/call.ts";
import { retryAfter } from "../../client/retry-after.ts";
import { wait } from "../../rotation/wait.ts";

/** Cloudflare's window for its limit of 1,200 requests, in ms. */
export const limitWindow = 300_000;

/** Requests that may be sent at once, after a rest. */
const burst = 60;
/** Requests that one client needs where all goes well: a rotation four, its end five. */
const perClient = 5;
/** The longest that a request is held back here, in ms, as the client's time-out goes on meanwhile. */
const longestHold = 10_000;
/** Milliseconds to wait after a 429 that does not say for how long. */
const unknownPause = 60_000;
/** The longest pause that is believed, in ms; the documented one is five minutes. */
const longestPause = 900_000;

/**
 * Keeps the requests of a whole command within the API's limit: a token bucket below the client, so that retries count.
 *
 * A client begins when there is room for all its requests, and then none of them waits: what a read shows must be fresh when
 * a secret is delivered or deleted on its strength. Only where many need more than that, reads are held back, too.
 */
export class RateLimit {
  readonly #longestHold: number;
  readonly #capacity: number;
  /** How many requests may be ahead of their turn, of clients that have begun. */
  readonly #debt: number;
  /** Tokens for each millisecond. */
  readonly #rate: number;
  #tokens: number;
  #filledAt: number;
  /** Nothing is sent before, because the API said so; in ms since the epoch. */
  #closedUntil = 0;
  /** What the API has said is left until a moment. */
  #left = { requests: Number.POSITIVE_INFINITY, until: 0 };
  #underWay = 0;
  /** Clients that have begun, and the requests that they have still to send. */
  #begun = 0;
  #promised = 0;

  /**
   * @param budget requests in any five minutes.
   * @param parallel how many clients are worked on at a time, each with one request at most.
   * @param timeout the client's, in ms.
   */
  constructor(budget: number, parallel: number, timeout: number) {
    this.#longestHold = Math.min(longestHold, timeout / 2);
    const atOnce = Math.min(burst, budget / 5);
    this.#debt = Math.min(perClient * parallel, atOnce / 2);
    this.#capacity = atOnce - this.#debt;
    // A POST or DELETE never waits, so each client may be ahead of that by one; and one is whole where the bucket is not.
    this.#rate = (budget - atOnce - parallel - 1) / limitWindow;
    this.#tokens = this.#capacity;
    this.#filledAt = Date.now();
  }

  /**
   * Waits until there is room for all requests of a client, and keeps that for it.
   *
   * @returns What to call when the client has ended.
   */
  async opened(signal: AbortSignal): Promise<() => void> {
    const room = Math.min(perClient, this.#capacity);
    const left = () => this.#held(room + this.#promised);
    for (let hold = left(); hold > 0; hold = left()) await wait(hold, signal);
    this.#begun++;
    this.#promised += room;
    return () => {
      this.#begun--;
      // What it has not needed.
      this.#promised = Math.min(this.#promised, room * this.#begun);
    };
  }

  /** A `fetch` that keeps to the limit. What would have to wait for long is answered with a 429 here, unsent. */
  limit(fetch: Fetch): Fetch {
    return async (url, init) => {
      const hold = init.method === "GET" ? this.#held(1 - this.#debt) : this.#closedFor();
      if (hold > this.#longestHold) return refusal(hold);
      this.#tokens--;
      this.#promised = Math.max(0, this.#promised - 1);
      if (hold > 0) await wait(hold, init.signal ?? undefined);
      // Meanwhile another request may have been told to wait.
      const closed = this.#closedFor();
      if (closed > 0) return refusal(closed);
      this.#underWay++;
      this.#left.requests--;
      try {
        const response = await fetch(url, init);
        this.#heed(response);
        return response;
      } finally {
        this.#underWay--;
      }
    };
  }

  /** Milliseconds until the bucket holds so many tokens. */
  #held(tokens: number): number {
    const now = Date.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#rate);
    this.#filledAt = now;
    return Math.max(this.#closedFor(), this.#tokens >= tokens ? 0 : Math.ceil((tokens - this.#tokens) / this.#rate));
  }

  /** Milliseconds for which the API takes nothing. */
  #closedFor(): number {
    const usedUp = this.#left.requests < 1 ? this.#left.until : 0;
    return Math.max(0, Math.max(this.#closedUntil, usedUp) - Date.now());
  }

  #heed({ status, headers }: Response): void {
    const now = Date.now();
    if (status === 429) {
      const pause = Math.min(retryAfter(headers, status, now) ?? unknownPause, longestPause);
      this.#closedUntil = Math.max(this.#closedUntil, now + pause);
    }
    const { remaining, reset } =
      /;\s*r=(?<remaining>\d+)\s*;\s*t=(?<reset>\d+)/.exec(headers.get("ratelimit") ?? "")?.groups ?? {};
    if (remaining === undefined || reset === undefined) return;
    // Those under way may not have been counted yet; this one has.
    this.#left = {
      requests: Number(remaining) - (this.#underWay - 1),
      until: now + Math.min(Number(reset) * 1000, longestPause),
    };
  }
}

/** What the API would have answered. */
function refusal(milliseconds: number): Response {
  const errors = [{ code: 971, message: "Please wait and consider throttling your request speed" }];
  return new Response(JSON.stringify({ success: false, errors, messages: [], result: null }), {
    status: 429,
    headers: { "Content-Type": "application/json", "Retry-After": String(Math.ceil(milliseconds / 1000)) },
  });
}

/** A `fetch` with no more than so many requests under way. */
export function atMost(parallel: number, fetch: Fetch): Fetch {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  return async (url, init) => {
    if (underWay >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
    else underWay++;
    try {
      return await fetch(url, init);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else underWay--;
    }
  };
}
