import { beforeEach, describe, expect, test, vi } from "vitest";
import { atMost, limitWindow, RateLimit } from "../../../src/cli/plan/rate-limit.ts";
import { inParallel } from "../../../src/cli/session/in-parallel.ts";
import Cloudflare, { type Fetch, RateLimitError } from "../../../src/client/index.ts";
import { highestInWindow } from "../../support/highest-in-window.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ["setTimeout", "clearTimeout", "Date"] }));
const never = new AbortController().signal;
const url = "https://api.example.com";

/** A server that notes when it was asked, and answers as told. */
function server(answer: () => Response = () => new Response()): { fetch: Fetch; moments: number[] } {
  const moments: number[] = [];
  const fetch: Fetch = async () => {
    moments.push(Date.now());
    return answer();
  };
  return { fetch, moments };
}

describe("the rate limit", () => {
  test.each([
    [1080, 4, 0.98],
    [1080, 20, 0.97],
    // Of a small budget a larger part is kept for what so many have begun.
    [300, 20, 0.9],
  ])(
    "of %d requests is never exceeded by %d at a time, in any window, and nearly reached",
    async (budget, parallel, part) => {
      const { fetch, moments } = server();
      const limit = new RateLimit(budget, parallel, 60_000);
      const limited = limit.limit(fetch);
      let clients = 0;
      const worker = async () => {
        while (Date.now() < 4 * limitWindow) {
          const id = `client-${clients++}`;
          const close = await limit.opened(id, never);
          for (const method of ["GET", Date.now() % 2 ? "POST" : "DELETE", "GET"])
            await limited(`${url}/oauth_clients/${id}/rotate_secret`, { method });
          await new Promise((resolve) => setTimeout(resolve, 3000));
          close();
        }
      };
      const all = Promise.all(Array.from({ length: parallel }, worker));
      await vi.advanceTimersByTimeAsync(5 * limitWindow);
      await all;
      const highest = highestInWindow(moments, limitWindow);
      expect(highest).toBeLessThanOrEqual(budget);
      expect(highest).toBeGreaterThan(budget * part);
    },
  );

  test("holds back no request of a client that has begun, so that what it reads is fresh", async () => {
    const { fetch } = server();
    const limit = new RateLimit(1080, 16, 60_000);
    const limited = limit.limit(fetch);
    let longest = 0;
    let begun = 0;
    const rotate = async () => {
      while (begun < 600) {
        const id = `client-${begun++}`;
        const close = await limit.opened(id, never);
        for (const method of ["GET", "GET", "POST", "GET"]) {
          const start = Date.now();
          await limited(`${url}/oauth_clients/${id}`, { method });
          longest = Math.max(longest, Date.now() - start);
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
        close();
      }
    };
    const all = Promise.all(Array.from({ length: 16 }, rotate));
    await vi.advanceTimersByTimeAsync(3 * limitWindow);
    await all;
    expect(longest).toBe(0);
  });

  /** Four workers who send four requests for each of 400 clients, as fast as they may. */
  function work(limit: RateLimit, limited: Fetch): Promise<unknown> {
    let begun = 0;
    const worker = async () => {
      while (begun < 400) {
        const id = `client-${begun++}`;
        const close = await limit.opened(id, never);
        for (let count = 0; count < 4; count++) await limited(`${url}/oauth_clients/${id}`, { method: "GET" });
        close();
      }
    };
    return Promise.all(Array.from({ length: 4 }, worker));
  }

  test("spreads the requests if the API does not say how many are left, so that the next command has room too", async () => {
    const { fetch, moments } = server();
    const limit = new RateLimit(1080, 4, 60_000);
    const all = work(limit, limit.limit(fetch));
    await vi.advanceTimersByTimeAsync(20_000);
    // Sixty at once, and then 3.6 a second.
    expect(moments.length).toBeGreaterThan(110);
    expect(moments.length).toBeLessThanOrEqual(60 + 20 * 3.6);
    await vi.advanceTimersByTimeAsync(2 * limitWindow);
    await all;
  });

  test("lets clients begin at once while the API says that enough are left, and reports a wait once for all", async () => {
    const waits: number[] = [];
    let left = 400;
    const { fetch, moments } = server(() => new Response("", { headers: { Ratelimit: `"default";r=${--left};t=30` } }));
    const limit = new RateLimit(1080, 4, 60_000, (milliseconds) => waits.push(milliseconds));
    const all = work(limit, limit.limit(fetch));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(moments.length).toBeGreaterThan(380);
    expect(moments.length).toBeLessThanOrEqual(400);
    expect(waits).toEqual([30_000]);
    left = 10_000;
    await vi.advanceTimersByTimeAsync(2 * limitWindow);
    await all;
  });

  test("counts the client's own retries", async () => {
    const { fetch, moments } = server(() => new Response("", { status: 500 }));
    const limited = new RateLimit(300, 20, 60_000).limit(fetch);
    const client = new Cloudflare({ apiToken: "t".repeat(40), fetch: limited, maxRetries: 99, logLevel: "off" });
    const until = Date.now() + 3 * limitWindow;
    const worker = async () => {
      // A request that would have to wait for long is refused.
      while (Date.now() < until) {
        await client.iam.oauthClients.get("a", { account_id: "0".repeat(32) }).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 5000));
      }
    };
    for (let number = 0; number < 20; number++) void worker();
    while (Date.now() < until) {
      await vi.advanceTimersByTimeAsync(500);
      // For the bodies, which are read in true time.
      await new Promise(setImmediate);
    }
    expect(highestInWindow(moments, limitWindow)).toBeLessThanOrEqual(300);
    expect(moments.length).toBeGreaterThan(600);
  });

  test("sends nothing while a 429 asks to wait, and answers what cannot wait by itself", async () => {
    const { fetch, moments } = server(() =>
      moments.length > 1 ? new Response() : new Response("", { status: 429, headers: { "Retry-After": "300" } }),
    );
    const limit = new RateLimit(1080, 4, 60_000);
    const limited = limit.limit(fetch);
    await limited(url, { method: "GET" });
    const client = new Cloudflare({ apiToken: "t".repeat(40), fetch: limited, logLevel: "off" });
    const rotating = client.iam.oauthClients.rotateSecret("a", { account_id: "0".repeat(32) });
    await expect(rotating).rejects.toMatchObject({ constructor: RateLimitError, outcome: "not-applied" });
    expect(moments).toEqual([0]);

    const opened = limit.opened("a", never).then(() => limited(url, { method: "GET" }));
    await vi.advanceTimersByTimeAsync(299_000);
    // What need not wait for long is held back.
    const held = limited(url, { method: "POST" });
    await vi.advanceTimersByTimeAsync(1000);
    await Promise.all([opened, held]);
    expect(moments).toEqual([0, 300_000, 300_000]);
  });

  test("heeds what Ratelimit says is left for all", async () => {
    let left = 3;
    const { fetch, moments } = server(() => new Response("", { headers: { Ratelimit: `"default";r=${left};t=8` } }));
    const limited = new RateLimit(1080, 4, 60_000).limit(fetch);
    await limited(url, { method: "GET" });
    left = 0;
    // Of four at once, three are left; the fourth waits for the reset, as does whoever comes later.
    const all = Promise.all([1, 2, 3, 4].map(() => limited(url, { method: "GET" })));
    await vi.advanceTimersByTimeAsync(8000);
    await all;
    expect(moments).toEqual([0, 0, 0, 0, 8000]);
  });

  test("lets an abort end the waiting", async () => {
    const { fetch, moments } = server(() => new Response("", { status: 429, headers: { "Retry-After": "5" } }));
    const limited = new RateLimit(1080, 4, 60_000).limit(fetch);
    await limited(url, { method: "GET" });
    const controller = new AbortController();
    const waiting = limited(url, { method: "GET", signal: controller.signal });
    controller.abort(new Error("ended"));
    await expect(waiting).rejects.toThrow("ended");
    expect(moments).toHaveLength(1);
  });

  test("of requests under way is kept", async () => {
    let underWay = 0;
    let most = 0;
    const limited = atMost(3, async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 100));
      underWay--;
      return new Response();
    });
    const all = Promise.all(Array.from({ length: 10 }, () => limited(url, {})));
    await vi.advanceTimersByTimeAsync(1000);
    await all;
    expect(most).toBe(3);
  });
});

describe("work in parallel", () => {
  test("begins in order, some at a time, and nothing once it is not to continue, but waits for what has begun", async () => {
    const started: number[] = [];
    let failures = 0;
    const work = async (item: number) => {
      started.push(item);
      await new Promise((resolve) => setTimeout(resolve, item === 1 ? 50 : 100));
      if (item === 1) failures++;
      return item;
    };
    const done = inParallel([0, 1, 2, 3, 4], 3, work, () => failures === 0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await done).toEqual([0, 1, 2, undefined, undefined]);
    expect(started).toEqual([0, 1, 2]);
  });

  test("rejects as its work does, and begins nothing then", async () => {
    const started: number[] = [];
    const done = inParallel([0, 1, 2, 3], 2, async (item) => {
      started.push(item);
      if (item === 1) throw new Error("unreadable");
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    const outcome = expect(done).rejects.toThrow("unreadable");
    await vi.advanceTimersByTimeAsync(1000);
    await outcome;
    expect(started).toEqual([0, 1]);
  });
});
