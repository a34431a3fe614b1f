import { describe, expect, test, vi } from "vitest";
import { APIConnectionTimeoutError, Cloudflare, CloudflareError } from "../../src/client/index.ts";
import { account, apiToken, clientId, failureOf, success } from "./examples.ts";
import { ScriptedServer, stallBody, stallHead } from "./scripted-server.ts";

describe.concurrent("an attempt ends when its time is over", () => {
  test.each([
    ["when the server says nothing", stallHead()],
    ["when the body does not end", stallBody()],
    ["when the body of a refusal does not end", stallBody("{", 403)],
  ])("%s", async (_, step) => {
    await using server = await ScriptedServer.start(step);
    const client = new Cloudflare({ apiToken, baseURL: server.url, timeout: 100, maxRetries: 0 });
    const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    expect(error).toBeInstanceOf(APIConnectionTimeoutError);
    expect(error.outcome).toBe("unknown");
    expect(error.message).toContain("100 ms");
  });

  test("by the call's own timeout, if it has one", async () => {
    await using server = await ScriptedServer.start(stallHead());
    const client = new Cloudflare({ apiToken, baseURL: server.url, maxRetries: 0 });
    const error = await failureOf(client.iam.oauthClients.get(clientId, account, { timeout: 50 }));
    expect(error.message).toContain("50 ms");
  });
});

test("a fetch that pays no attention to its signal is not waited for", async () => {
  const client = new Cloudflare({ apiToken, timeout: 20, maxRetries: 0, fetch: () => new Promise(() => undefined) });
  await expect(client.iam.oauthClients.rotateSecret(clientId, account)).rejects.toThrow(APIConnectionTimeoutError);
});

test("a body that pays no attention to the signal is not waited for", async () => {
  const client = new Cloudflare({
    apiToken,
    timeout: 20,
    maxRetries: 0,
    fetch: async () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
  });
  await expect(client.iam.oauthClients.rotateSecret(clientId, account)).rejects.toThrow(APIConnectionTimeoutError);
});

test("the signal that fetch was given is aborted", async () => {
  let signal: AbortSignal | null | undefined;
  const client = new Cloudflare({
    apiToken,
    timeout: 20,
    maxRetries: 0,
    fetch: (_, init) => {
      signal = init.signal;
      return new Promise(() => undefined);
    },
  });
  await failureOf(client.iam.oauthClients.get(clientId, account));
  expect(signal?.aborted).toBe(true);
});

test.each<[string, () => Promise<Response>]>([
  ["that succeeds", async () => success()],
  ["that fails", () => Promise.reject(new Error("the cable is out"))],
])("a call %s leaves no timer behind", async (_, fetch) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const timer = vi.spyOn(globalThis, "setTimeout");
    const client = new Cloudflare({ apiToken, maxRetries: 0, fetch });
    await client.iam.oauthClients.get(clientId, account).catch(() => undefined);
    expect(timer).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});

describe("a timeout that no timer can take is refused", () => {
  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])("%d on the client", (timeout) => {
    expect(() => new Cloudflare({ apiToken, timeout })).toThrow(CloudflareError);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "%d on the call, with nothing sent",
    async (timeout) => {
      const fetch = vi.fn(async () => success());
      const client = new Cloudflare({ apiToken, fetch });
      await expect(client.iam.oauthClients.get(clientId, account, { timeout })).rejects.toThrow(/timeout must be/);
      expect(fetch).not.toHaveBeenCalled();
    },
  );
});
