import { beforeEach, expect, test, vi } from "vitest";
import { Pace } from "../../../src/cli/plan/pace.ts";
import { RateLimit } from "../../../src/cli/plan/rate-limit.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ["setTimeout", "clearTimeout", "Date"] }));

test("tells how many of how many, the rate, and the time left", async () => {
  const pace = new Pace(100, new RateLimit(1080, 4, 60_000));
  vi.setSystemTime(10_000);
  expect(pace.next()).toBe("1 of 100, 6 a minute, about 16 min left");
  expect(pace.next()).toBe("2 of 100, 12 a minute, about 8 min left");
});

test("counts with the API's limit for the time left", async () => {
  const limit = new RateLimit(1080, 20, 60_000);
  const limited = limit.limit(async () => new Response());
  const pace = new Pace(1000, limit);
  let told = "";
  for (let client = 0; client < 200; client++) {
    vi.setSystemTime(client * 100);
    for (let count = 0; count < 4; count++) await limited("https://api.example.com", { method: "POST" });
    told = pace.next();
  }
  // 3,200 requests are left, of which 260 may be sent at once, and 1,060 in any five minutes.
  expect(told).toBe("200 of 1000, 603 a minute, about 13 min left");
});

test("tells no time after the last client, nor in the first second", () => {
  const pace = new Pace(2, new RateLimit(1080, 4, 60_000));
  expect(pace.next()).toBe("1 of 2");
  vi.setSystemTime(10_000);
  expect(pace.next()).toBe("2 of 2");
});
