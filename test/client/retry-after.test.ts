import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Cloudflare, RateLimitError } from "../../src/client/index.ts";
import { retryAfter } from "../../src/client/retry-after.ts";
import { account, apiToken, clientId, failureOf, refusal, response, success } from "./examples.ts";

const now = new Date("2026-11-25T12:00:00Z");
const date = (seconds: number) => new Date(now.getTime() + seconds * 1000).toUTCString();

// Real bodies and promises, but a clock that only the tests move.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now }));
/** Waits between attempts are those of a timer that is shorter than the time-out. */
const timeout = 123_456_789;

/** What a call does whose first answer has these headers and the second is good: its waits, and how it ends. */
async function waits(
  headers: Record<string, string>,
  status = 429,
  call = (client: Cloudflare): Promise<unknown> => client.iam.oauthClients.rotateSecret(clientId, account),
): Promise<{ timers: (number | undefined)[]; waits: (number | undefined)[]; promise: Promise<unknown> }> {
  const setTimeout = vi.spyOn(globalThis, "setTimeout");
  let requests = 0;
  const client = new Cloudflare({
    apiToken,
    timeout,
    fetch: async () => (requests++ === 0 ? response(status, refusal("Slow down."), headers) : success()),
  });
  const promise = call(client);
  promise.catch(() => undefined);
  await vi.runAllTimersAsync();
  const timers = setTimeout.mock.calls.map(([, wait]) => wait);
  setTimeout.mockRestore();
  return { timers, waits: timers.filter((wait) => wait !== timeout), promise };
}

const backoff = [expect.toSatisfy((wait: number) => wait >= 375 && wait <= 500)];

describe("Retry-After", () => {
  test.each<[string, string, number]>([
    ["seconds", "2", 2000],
    ["a fraction of seconds", "1.5", 1500],
    ["a finer fraction of seconds", "1.25", 1250],
    ["a minute, the longest that is obeyed", "60", 60_000],
    ["a date", date(3), 3000],
    ["a date in the older form", "Wednesday, 25-Nov-26 12:00:03 GMT", 3000],
  ])("in %s is obeyed", async (_, value, expected) => {
    const { waits: seen, promise } = await waits({ "Retry-After": value });
    expect(seen).toEqual([expected]);
    await expect(promise).resolves.toBeDefined();
  });

  test.each([
    "0",
    date(-3),
    "-3",
    "",
    "abc",
    "NaN",
    "Infinity",
    "5, 7",
    "0x10",
    "1e3",
    "2099-01-01T00:00:00Z",
    "Sun, 99 Foo 2026 GMT",
    `around ${date(3)}`,
    `${date(3)}-0100`,
  ])("of %j is ignored", async (value) => {
    const { waits: seen, promise } = await waits({ "Retry-After": value });
    expect(seen).toEqual(backoff);
    await expect(promise).resolves.toBeDefined();
  });

  test.each([
    ["61", "61 s"],
    ["600", "600 s"],
    ["99999999999", "99999999999 s"],
    [new Date("2035-01-01T00:00:00Z").toUTCString(), "255614400 s"],
  ])("of %s ends in an error at once that says how long", async (value, delay) => {
    const { waits: seen, promise } = await waits({ "Retry-After": value });
    expect(seen).toEqual([]);
    const error = await failureOf(promise);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error.message).toContain(delay);
  });

  test("of too long a wait is said whatever the status", async () => {
    const { promise } = await waits({ "Retry-After": "600" }, 502, (client) =>
      client.iam.oauthClients.get(clientId, account),
    );
    expect((await failureOf(promise)).message).toContain("600 s");
  });

  test("is said once in the message", async () => {
    const { promise } = await waits({ "Retry-After": "600" });
    expect((await failureOf(promise)).message.match(/600 s/g)).toHaveLength(1);
  });

  test("of a 503 is obeyed by what may be repeated", async () => {
    const { waits: seen } = await waits({ "Retry-After": "7" }, 503, (client) =>
      client.iam.oauthClients.get(clientId, account),
    );
    expect(seen).toEqual([7000]);
  });
});

describe("Ratelimit", () => {
  const header = { Ratelimit: '"default";r=0;t=30' };

  test("is obeyed on a 429 without Retry-After", async () => {
    expect((await waits(header)).waits).toEqual([30_000]);
  });

  test("may have white space before its time", async () => {
    expect((await waits({ Ratelimit: '"default";r=0; t=30' })).waits).toEqual([30_000]);
  });

  test("yields to Retry-After", async () => {
    expect((await waits({ ...header, "Retry-After": "2" })).waits).toEqual([2000]);
  });

  test("is not obeyed on other answers, which all have it", async () => {
    const seen = await waits(header, 503, (client) => client.iam.oauthClients.get(clientId, account));
    expect(seen.waits).toEqual(backoff);
  });

  test("without a time says nothing", async () => {
    expect((await waits({ Ratelimit: '"default";r=0' })).waits).toEqual(backoff);
  });
});

describe("whatever the server asks for", () => {
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.bigInt().map(String),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.tuple(fc.nat(), fc.nat()).map(([one, other]) => `${one}, ${other}`),
    fc.string().map((text) => `Sun, ${text} GMT`),
    fc.constantFrom("9".repeat(400), "0".repeat(400), `0.${"0".repeat(400)}1`, "Fri, 1 Jan 275761 00:00:00 GMT"),
  );

  test("the wait that is read of it is undefined or above zero", () => {
    fc.assert(
      fc.property(
        value,
        fc.constantFrom("Retry-After", "Ratelimit"),
        fc.constantFrom(429, 503),
        (text, name, status) => {
          const wait = retryAfter(new Headers({ [name]: name === "Ratelimit" ? `"x";r=0;t=${text}` : text }), status);
          expect(wait === undefined || wait > 0).toBe(true);
        },
      ),
    );
  });

  test("no timer gets NaN, a negative wait or one above its limit", async () => {
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom("Retry-After", "Ratelimit"), async (text, name) => {
        const { timers } = await waits({ [name]: name === "Ratelimit" ? `"x";r=0;t=${text}` : text });
        // The time-out of the first attempt at least.
        expect(timers.length).toBeGreaterThan(0);
        expect(
          timers.filter((wait) => !(wait === timeout || (wait !== undefined && wait >= 0 && wait <= 60_000))),
        ).toEqual([]);
      }),
    );
  });
});
