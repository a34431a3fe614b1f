import { beforeEach, describe, expect, test, vi } from "vitest";
import { Cloudflare, NotFoundError, type RequestOptions } from "../../src/client/index.ts";
import { account, apiToken, clientId, failureOf, refusal, registration, response, success } from "./examples.ts";

type Resource = Cloudflare["iam"]["oauthClients"];

// Real bodies and promises, but a clock that only the tests move.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
/** A client whose requests are answered by these statuses in turn, the last for ever; and what it sends. */
function answered(...statuses: number[]): { client: Cloudflare; sent: { at: number; init: RequestInit }[] } {
  const start = Date.now();
  const sent: { at: number; init: RequestInit }[] = [];
  const client = new Cloudflare({
    apiToken,
    fetch: async (_, init) => {
      const status = statuses[Math.min(sent.length, statuses.length - 1)] ?? 200;
      sent.push({ at: Date.now() - start, init });
      return status === 200 ? success() : response(status, refusal("Refused."));
    },
  });
  return { client, sent };
}

/** Lets all waits pass. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  await vi.runAllTimersAsync();
  return promise;
}

const idempotent: [string, (resource: Resource) => Promise<unknown>][] = [
  ["get", (resource) => resource.get(clientId, account)],
  ["list", (resource) => resource.list(account)],
  ["delete", (resource) => resource.delete(clientId, account)],
];
const notIdempotent: [string, (resource: Resource) => Promise<unknown>][] = [
  ["create", (resource) => resource.create(registration)],
  ["update", (resource) => resource.update(clientId, { ...account, client_name: "New" })],
  ["rotateSecret", (resource) => resource.rotateSecret(clientId, account)],
  ["deleteRotatedSecret", (resource) => resource.deleteRotatedSecret(clientId, account)],
];

describe("when the outcome is unknown", () => {
  test.each(idempotent)("%s is sent again", async (_, call) => {
    const { client, sent } = answered(500);
    await failureOf(settled(call(client.iam.oauthClients)));
    expect(sent).toHaveLength(3);
  });

  test.each(notIdempotent)("%s is sent once", async (_, call) => {
    const { client, sent } = answered(500);
    await failureOf(settled(call(client.iam.oauthClients)));
    expect(sent).toHaveLength(1);
  });

  test("a path that the description does not have is asked for once", async () => {
    const { client, sent } = answered(500);
    await settled(client.api.GET("/unheard/of" as "/oauth/scopes"));
    expect(sent).toHaveLength(1);
  });
});

test.each(notIdempotent)("%s is sent again when it is known not to have been applied", async (_, call) => {
  const { client, sent } = answered(429, 200);
  await settled(call(client.iam.oauthClients));
  expect(sent).toHaveLength(2);
});

test("a repeated request is the same request", async () => {
  const { client, sent } = answered(429, 200);
  await settled(client.iam.oauthClients.update(clientId, { ...account, client_name: "New" }));
  const [first, second] = sent.map(({ init: { method, body, headers } }) => ({
    method,
    body,
    headers: Object.fromEntries(new Headers(headers)),
  }));
  expect(second).toEqual(first);
});

describe("the number of retries", () => {
  test.each<[number, number | undefined, RequestOptions, number]>([
    [3, undefined, {}, 3],
    [1, 0, {}, 1],
    [6, 5, {}, 6],
    [2, 5, { maxRetries: 1 }, 2],
    [3, undefined, { maxRetries: undefined }, 3],
  ])("%i requests for %o on the client and %o on the call", async (expected, maxRetries, options) => {
    const { client, sent } = answered(500);
    const copy = maxRetries === undefined ? client : client.withOptions({ maxRetries });
    await failureOf(settled(copy.iam.oauthClients.get(clientId, account, options)));
    expect(sent).toHaveLength(expected);
  });
});

describe("the wait between attempts", () => {
  /** The waits of a call that is repeated until it has waited for all of them. */
  async function waits(count: number): Promise<number[]> {
    const { client, sent } = answered(500);
    await failureOf(settled(client.iam.oauthClients.get(clientId, account, { maxRetries: count })));
    return sent.slice(1).map(({ at }, index) => at - (sent[index]?.at ?? 0));
  }

  test("doubles from half a second to eight seconds, less up to a quarter", async () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(0);
    expect(await waits(7)).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    random.mockReturnValue(1);
    expect(await waits(3)).toEqual([375, 750, 1500]);
  });
});

describe("uncertainty lasts", () => {
  test("not found after an unknown outcome is still of unknown outcome", async () => {
    const { client } = answered(500, 404);
    const error = await failureOf(settled(client.iam.oauthClients.delete(clientId, account)));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.outcome).toBe("unknown");
  });

  test("not found after a refusal is known not to have been applied", async () => {
    const { client } = answered(429, 404);
    const error = await failureOf(
      settled(client.iam.oauthClients.update(clientId, { ...account, client_name: "New" })),
    );
    expect(error.outcome).toBe("not-applied");
  });
});
