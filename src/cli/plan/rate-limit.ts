import type { Fetch } from "../../client/call.ts";
import { retryAfter } from "../../client/retry-after.ts";
import { wait } from "../../client/wait.ts";

/** Cloudflare's window for its limit of 1,200 requests, in ms. */
export const limitWindow = 300_000;

/** Requests that one client needs if nothing goes wrong. */
const perClient = 4;
/** Requests for which clients may begin at once, after a pause, if the API does not say how many are left. */
const burst = 60;
/** A longer wait is reported to the user, in ms. */
const longWait = 5000;
/** The longest that a request is held back here, in ms: the client's time-out keeps running. */
const longestHold = 10_000;
/** The longest sleep until the next look whether a client may begin, in ms: clients that end make room. */
const longestSleep = 1000;
/** Milliseconds to wait after a 429 that does not say for how long. */
const unknownPause = 60_000;
/** The longest pause that is believed, in ms; the documented one is five minutes. */
const longestPause = 900_000;

/**
 * Keeps the requests of a whole command within the API's limit. It counts the requests of the last five minutes, below the
 * client, so that retries count too. The API also counts what another command has just sent. If it says how many requests are
 * left, that is obeyed; if not, this class spreads the requests evenly.
 *
 * A client begins when there is room for all its requests, and then none of them waits: what a read shows must be fresh when
 * a secret is delivered or deleted on its strength. Only the reads of a client that needs more requests are held back.
 */
export class RateLimit {
  readonly #longestHold: number;
  /** How many requests may be sent in any window. */
  readonly #room: number;
  /** For how many requests clients may begin now, if the API does not say how many are left. */
  #tokens = burst;
  #filledAt = Date.now();
  /** When those of the last window were sent, oldest first; in ms since the epoch. */
  readonly #sent: number[] = [];
  /** How many requests each client that has begun has still to send, by its id. */
  readonly #promised = new Map<string, number>();
  /** Nothing is sent before, because the API said so; in ms since the epoch. */
  #closedUntil = 0;
  /** What the API has said is left until a moment. */
  #left = { requests: Number.POSITIVE_INFINITY, until: 0 };
  #underWay = 0;
  /** Requests sent so far. */
  #total = 0;
  /** The user knows that no client begins before; in ms since the epoch. */
  #toldUntil = 0;
  readonly #onWait: (milliseconds: number) => void;

  /**
   * @param budget requests in any five minutes.
   * @param parallel how many clients are worked on at a time, each with one request at most.
   * @param timeout the client's, in ms.
   * @param onWait called once for all waiting clients, with the milliseconds until one may begin.
   */
  constructor(
    budget: number,
    parallel: number,
    timeout: number,
    onWait: (milliseconds: number) => void = () => undefined,
  ) {
    this.#longestHold = Math.min(longestHold, timeout / 2);
    // A POST or DELETE never waits, so each client may be ahead of its turn by one.
    this.#room = budget - parallel;
    this.#onWait = onWait;
  }

  /**
   * Waits until there is room for all requests of a client, and keeps that for it.
   *
   * @returns What to call when the client has ended.
   */
  async opened(clientId: string, signal: AbortSignal): Promise<() => void> {
    const left = () => Math.max(this.#heldFor(perClient), this.#untilTokens(perClient));
    for (let hold = left(); hold > 0; hold = left()) {
      if (hold > longWait && Date.now() >= this.#toldUntil) {
        this.#toldUntil = Date.now() + hold;
        this.#onWait(hold);
      }
      await wait(Math.min(hold, longestSleep), signal);
    }
    this.#tokens -= perClient;
    this.#promised.set(clientId, perClient);
    return () => {
      // What it has not needed.
      this.#tokens += this.#promised.get(clientId) ?? 0;
      this.#promised.delete(clientId);
    };
  }

  /**
   * How long the limit makes the rest of a plan take, in ms, if its clients need as many requests as those before.
   *
   * @param ratio the clients that are left ÷ those that have ended.
   */
  timeLeft(ratio: number): number {
    return Math.max(0, this.#total * ratio - (this.#room - this.#sent.length)) * (limitWindow / this.#room);
  }

  /** A `fetch` that keeps to the limit. What would have to wait for long is answered with a 429 here, unsent. */
  limit(fetch: Fetch): Fetch {
    return async (url, init) => {
      const [, clientId = ""] = /\/oauth_clients\/([^/?]+)/.exec(url) ?? [];
      const promised = this.#promised.get(clientId) ?? 0;
      const hold = init.method === "GET" && promised === 0 ? this.#heldFor(1) : this.#closedFor();
      if (hold > this.#longestHold) return refusal(hold);
      this.#sent.push(Date.now() + hold);
      if (promised > 0) this.#promised.set(clientId, promised - 1);
      else this.#tokens--;
      if (hold > 0) await wait(hold, init.signal ?? undefined);
      // Meanwhile another request may have been told to wait.
      const closed = this.#closedFor();
      if (closed > 0) return refusal(closed);
      this.#underWay++;
      this.#total++;
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

  /** Milliseconds until a client that needs so many requests may begin: until the API's reset, or until its even share is due. */
  #untilTokens(requests: number): number {
    const now = Date.now();
    if (now < this.#left.until)
      return this.#left.requests >= requests + this.#stillPromised ? 0 : this.#left.until - now;
    const rate = this.#room / limitWindow;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#filledAt) * rate);
    this.#filledAt = now;
    return Math.ceil(Math.max(0, requests - this.#tokens) / rate);
  }

  /** Requests that clients which have begun may still send. */
  get #stillPromised(): number {
    let sum = 0;
    for (const promised of this.#promised.values()) sum += promised;
    return sum;
  }

  /** Milliseconds until there is room for so many requests, in addition to the promised ones. */
  #heldFor(requests: number): number {
    const now = Date.now();
    while (now - (this.#sent[0] ?? now) >= limitWindow) this.#sent.shift();
    const excess = this.#sent.length + requests + this.#stillPromised - this.#room;
    const first = excess > 0 ? (this.#sent[excess - 1] ?? now) + limitWindow - now : 0;
    return Math.max(this.#closedFor(), first);
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
