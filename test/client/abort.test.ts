import { describe, expect, test, vi } from "vitest";
import { APIUserAbortError, Cloudflare } from "../../src/client/index.ts";
import { account, apiToken, clientId, failureOf, refusal, response, success } from "./examples.ts";
import { ScriptedServer, type Step, stallBody } from "./scripted-server.ts";

/** Aborts once the server has the whole request, and says nothing. */
function abortOnArrival(controller: AbortController): Step {
  return { onRequest: () => controller.abort() };
}

describe("before anything is sent", () => {
  test("the outcome is known, and fetch is not called", async () => {
    const fetch = vi.fn(async () => success());
    const client = new Cloudflare({ apiToken, fetch });
    const error = await failureOf(
      client.iam.oauthClients.rotateSecret(clientId, account, { signal: AbortSignal.abort() }),
    );
    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error.outcome).toBe("not-applied");
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("while a response is waited for", () => {
  test("the outcome is unknown, and nothing is sent again", async () => {
    const controller = new AbortController();
    await using server = await ScriptedServer.start(abortOnArrival(controller));
    const client = new Cloudflare({ apiToken, baseURL: server.url });
    const error = await failureOf(client.iam.oauthClients.get(clientId, account, { signal: controller.signal }));
    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error.outcome).toBe("unknown");
    expect(server.requests).toHaveLength(1);
  });

  test("a body that has begun is not waited for", async () => {
    const controller = new AbortController();
    await using server = await ScriptedServer.start(stallBody());
    const client = new Cloudflare({
      apiToken,
      baseURL: server.url,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        controller.abort();
        return response;
      },
    });
    const error = await failureOf(
      client.iam.oauthClients.rotateSecret(clientId, account, { signal: controller.signal }),
    );
    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(error.outcome).toBe("unknown");
  });

  test("a fetch that pays no attention to its signal is not waited for", async () => {
    const controller = new AbortController();
    const client = new Cloudflare({
      apiToken,
      fetch: () => {
        controller.abort();
        return new Promise(() => undefined);
      },
    });
    await expect(client.iam.oauthClients.get(clientId, account, { signal: controller.signal })).rejects.toThrow(
      APIUserAbortError,
    );
  });
});

describe("while a retry is waited for", () => {
  /** Aborts in the wait that follows a response with this status, or just before it. */
  async function abortInWait(
    status: number,
    soon: (abort: () => void) => void = queueMicrotask,
  ): Promise<{ error: unknown; outcome: string; requests: number }> {
    const controller = new AbortController();
    let requests = 0;
    const client = new Cloudflare({
      apiToken,
      logLevel: "info",
      // The line that announces the wait is the last thing before it.
      logger: { ...console, info: () => soon(() => controller.abort()) },
      fetch: async () => {
        requests++;
        return response(status, refusal("Later."), { "Retry-After": "60" });
      },
    });
    const { signal } = controller;
    const error = await failureOf(client.iam.oauthClients.get(clientId, account, { signal, maxRetries: 9 }));
    return { error, outcome: error.outcome, requests };
  }

  test("the wait ends at once", async () => {
    const { error, requests } = await abortInWait(429);
    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(requests).toBe(1);
  });

  test("it is told that it was in the wait", async () => {
    expect(String((await abortInWait(429)).error)).toContain("Aborted while waiting to retry.");
  });

  test("a wait that has not begun does not begin", async () => {
    const { error, requests } = await abortInWait(429, (abort) => abort());
    expect(error).toBeInstanceOf(APIUserAbortError);
    expect(requests).toBe(1);
  });

  test("no timer is left", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await abortInWait(429);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("the outcome is what the attempts so far make it", async () => {
    expect((await abortInWait(429)).outcome).toBe("not-applied");
    expect((await abortInWait(503)).outcome).toBe("unknown");
  });
});

test("a call that is over leaves no listener on the signal", async () => {
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, "addEventListener");
  const removed = vi.spyOn(signal, "removeEventListener");
  const client = new Cloudflare({ apiToken, fetch: async () => success() });
  await client.iam.oauthClients.get(clientId, account, { signal });
  expect(added).toHaveBeenCalled();
  expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
    expect.arrayContaining(added.mock.calls.map(([, listener]) => listener)),
  );
});
