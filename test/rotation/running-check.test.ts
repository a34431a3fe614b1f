import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { type RunningCheckOptions, runningCheck } from "../../src/rotation/index.ts";
import { runningSecret } from "../../src/running/index.ts";
import { Fleet } from "../support/fleet.ts";

const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const urls = ["https://app.example.com/client-secret"];
const context = { signal: new AbortController().signal };
const sha256 = createHash("sha256").update("new").digest("hex");

async function ask(fleet: Fleet, options: Partial<RunningCheckOptions> = {}): Promise<string> {
  const check = runningCheck({ clientId, urls, fetch: fleet.fetch, ...options });
  return check(sha256, context).then(String, ({ message }: Error) => message);
}

test("it succeeds where as many replicas as expected use the new one", async () => {
  expect(
    await ask(
      Fleet.of(12, () => "new"),
      { replicas: 12 },
    ),
  ).toBe("true");
});

test("it does not where there are fewer", async () => {
  expect(
    await ask(
      Fleet.of(11, () => "new"),
      { replicas: 12 },
    ),
  ).toBe("11 of 12 replicas use the new one");
});

test("it does not where one more has the old secret", async () => {
  const fleet = Fleet.of(13, (index) => (index === 7 ? "old" : "new"));
  expect(await ask(fleet, { replicas: 12 })).toMatch(/^12 of 12 replicas use the new one; 1 uses another \(\S+\)$/);
});

test("it does not where one has no secret", async () => {
  const fleet = Fleet.of(3, (index) => (index === 1 ? undefined : "new"));
  expect(await ask(fleet, { replicas: 2 })).toMatch(
    /^2 of 2 replicas use the new one; \d+ of \d+ questions got no response \(app\.example\.com\/client-secret: status 503\)$/,
  );
});

test("one that lies is taken for one with another secret", async () => {
  const fleet = Fleet.of(12, () => "new");
  fleet.handlers[3] = () => Response.json({ replica: "liar", proof: "0".repeat(64) });
  expect(await ask(fleet, { replicas: 11 })).toBe("11 of 11 replicas use the new one; 1 uses another (liar)");
});

test("a response to another question counts for nothing", async () => {
  const fleet = Fleet.of(2, () => "new");
  const honest = runningSecret(() => "new", { replica: "b" });
  let kept: Promise<string> | undefined;
  fleet.handlers[1] = async (request) => {
    kept ??= honest(request).then((response) => response.text());
    return new Response(await kept);
  };
  expect(await ask(fleet, { replicas: 2 })).toBe("2 of 2 replicas use the new one; 1 uses another (b)");
});

test("a response under another replica's name counts for nothing", async () => {
  const honest = runningSecret(() => "new", { replica: "a" });
  const fleet = new Fleet([
    async (request) => Response.json({ ...(await (await honest(request)).json()), replica: "b" }),
  ]);
  expect(await ask(fleet)).toBe("0 of 1 replicas use the new one; 1 uses another (b)");
});

test("one that answers for another client is one with another secret", async () => {
  const honest = runningSecret(() => "new", { replica: "b" });
  const fleet = Fleet.of(3, () => "new");
  fleet.handlers[2] = (request) => honest(new Request(request.url.replace(clientId, "another")));
  expect(await ask(fleet, { replicas: 2 })).toBe("2 of 2 replicas use the new one; 1 uses another (b)");
});

test.each<[string, () => Response | Promise<Response>, string]>([
  ["something else", () => new Response("<html>"), "a response of something other than runningSecret"],
  ["the number of a replica", () => Response.json({ replica: 1, proof: "0".repeat(64) }), "other than runningSecret"],
  [
    "a name with a line end",
    () => Response.json({ replica: "a\nb", proof: "0".repeat(64) }),
    "other than runningSecret",
  ],
  ["half a proof", () => Response.json({ replica: "a", proof: "00" }), "other than runningSecret"],
  ["without an end", () => new Response("x".repeat(5000)), "other than runningSecret"],
  ["by a redirect", () => new Response(null, { status: 302, headers: { location: "/login" } }), "status 302"],
  ["not at all", () => Promise.reject(new TypeError("fetch failed")), "fetch failed"],
])("a response %s counts for nothing", async (_, handler, message) => {
  const failure = await ask(new Fleet([handler]));
  expect(failure).toMatch(/^0 of 1 replicas use the new one; 5 of 5 questions got no response \(app\.example\.com/);
  expect(failure).toContain(message);
});

test("it asks at each URL, and expects one replica at each if it is not told otherwise", async () => {
  const asked: string[] = [];
  const fleet = Fleet.of(2, () => "new");
  const fetch = (url: string, init?: RequestInit) => {
    asked.push(new URL(url).host);
    return fleet.fetch(url, init);
  };
  const two = { urls: ["https://a.example.com/s?x=1", "https://b.example.com/s"], fetch };
  expect(await ask(fleet, two)).toBe("true");
  expect(new Set(asked)).toEqual(new Set(["a.example.com", "b.example.com"]));
  expect(
    await ask(
      Fleet.of(1, () => "new"),
      { urls: two.urls },
    ),
  ).toBe("1 of 2 replicas uses the new one");
});

test("it meets every replica, also where more answer than are expected", async () => {
  // A balancer that goes round would show 15 of them in three runs of 5 questions.
  for (const urlsOf of [urls, ["https://a.example.com/", ...urls]]) {
    const fleet = Fleet.of(16, (index) => (index === 15 ? "old" : "new"));
    const single = Fleet.of(1, () => "new");
    const fetch = (url: string, init?: RequestInit) => (url.startsWith("https://a.") ? single : fleet).fetch(url, init);
    expect(await ask(fleet, { urls: urlsOf, replicas: urlsOf.length, fetch })).toMatch(
      /^1[56] replicas use the new one; 1 uses another \(pod-15\)$/,
    );
  }
});

test("a service that gives each answer another name does not pass for many replicas, nor keep it asking for ever", async () => {
  let asked = 0;
  const fetch = (url: string) => runningSecret(() => "new", { replica: `pod-${asked++}` })(new Request(url));
  expect(await ask(new Fleet([]), { fetch })).toContain("the responses have more than 1000 names");
  expect(asked).toBeLessThan(1100);
});

test("after some questions without a response it asks no more, so that a service that hangs does not hold it for long", async () => {
  const fleet = new Fleet([() => new Response(null, { status: 502 })]);
  expect(await ask(fleet, { replicas: 1000 })).toContain("8 of 8 questions got no response");
});

test("a response that never ends is left, even by a fetch that pays no attention to its signal", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  try {
    for (const fetch of [
      () => new Promise<Response>(() => {}),
      async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
    ]) {
      let failure: string | undefined;
      ask(new Fleet([]), { fetch }).then((message) => {
        failure = message;
      });
      // The key is made on another thread.
      for (; failure === undefined; await new Promise(setImmediate)) await vi.advanceTimersByTimeAsync(1000);
      expect(failure).toContain("app.example.com/client-secret: no response within 10 seconds");
    }
  } finally {
    vi.useRealTimers();
  }
});

test("what is not read of a response holds no connection", async () => {
  const closed: Promise<unknown>[] = [];
  const server = createServer((_, outgoing) => {
    closed.push(once(outgoing, "close"));
    outgoing.writeHead(500);
    outgoing.write("without an end");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  expect(await ask(new Fleet([]), { urls: [`http://127.0.0.1:${port}/`], fetch: globalThis.fetch })).toContain("500");
  await Promise.all(closed);
  expect(closed).toHaveLength(5);
  server.closeAllConnections();
  server.close();
});

test("a balancer that chooses at random hides one of twelve replicas in few runs", async () => {
  const runs = 100;
  let missed = 0;
  for (let run = 0; run < runs; run++) {
    const seen = new Set<number>();
    const fetch = async () => {
      const index = Math.floor(Math.random() * 12);
      seen.add(index);
      return Response.json({ replica: `pod-${index}`, proof: "0".repeat(64) });
    };
    await runningCheck({ clientId, urls, replicas: 12, fetch })(sha256, context).catch(() => undefined);
    if (seen.size < 12) missed++;
  }
  // About 1 of 150 is expected.
  expect(missed).toBeLessThan(7);
});

test("each question is asked on a connection of its own, since a balancer keeps one on its replica", async () => {
  await using fleet = Fleet.of(12, () => "new");
  const url = await fleet.listen();
  expect(await ask(fleet, { urls: [url], replicas: 12, fetch: globalThis.fetch })).toBe("true");
  expect(Math.min(...fleet.asked)).toBeGreaterThan(0);
});

describe("before a rotation", () => {
  test("it asks each service once, whatever secret that has", async () => {
    const fleet = Fleet.of(1, () => "old");
    await runningCheck({ clientId, urls, fetch: fleet.fetch }).preflight?.(context);
    expect(fleet.asked).toEqual([1]);
  });

  test("it fails where nothing answers", async () => {
    const { preflight } = runningCheck({
      clientId,
      urls,
      fetch: new Fleet([() => new Response(null, { status: 404 })]).fetch,
    });
    await expect(preflight?.(context)).rejects.toThrow("app.example.com/client-secret: status 404");
  });
});

test("it ends when the run is to end", async () => {
  const controller = new AbortController();
  const fetch = (_: string, { signal }: RequestInit = {}) =>
    new Promise<Response>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      controller.abort(new Error("stop"));
    });
  const check = runningCheck({ clientId, urls, fetch });
  await expect(check(sha256, { signal: controller.signal })).rejects.toThrow("stop");
});

test.each<[Partial<RunningCheckOptions>, string]>([
  [{ urls: [] }, "at least one URL"],
  [{ urls: ["ftp://app.example.com"] }, "http or https"],
  [{ urls: ["app.example.com"] }, "http or https"],
  [{ urls: ["https://user:password@app.example.com/"] }, "user or a password"],
  [{ urls: ["user:password@app.example.com"] }, 'not "[redacted]@app.example.com"'],
  [{ urls: ["htps://user:password@app.example.com"] }, "http or https"],
  [{ urls: ["https://user:password@app.example.com:99999/"] }, "http or https"],
  [{ replicas: 0 }, "replicas"],
  [{ replicas: 1001 }, "replicas"],
  [{ replicas: 1.5 }, "replicas"],
])("%o is refused", (options, message) => {
  const make = () => runningCheck({ clientId, urls, ...options });
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
  expect(() => make()).not.toThrow("password@");
});
