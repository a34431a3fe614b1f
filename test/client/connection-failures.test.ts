import { once } from "node:events";
import { createServer } from "node:https";
import { describe, expect, test, vi } from "vitest";
import { APIConnectionError, type APIError, Cloudflare, type Outcome } from "../../src/client/index.ts";
import { selfSigned } from "../support/self-signed.ts";
import { account, apiToken, clientId, failureOf } from "./examples.ts";
import { closeBeforeReading, closedPort, resetAfterReading, ScriptedServer } from "./scripted-server.ts";

/** An error of Node's: a code, and perhaps what it was doing. */
function failure(code: string, syscall?: string): Error {
  return Object.assign(new Error([syscall, code].filter(Boolean).join(" ")), { code, ...(syscall && { syscall }) });
}

function rejected(cause?: unknown): TypeError {
  return new TypeError("fetch failed", cause === undefined ? undefined : { cause });
}

const connects = new AggregateError([failure("ETIMEDOUT", "connect"), failure("ENETUNREACH", "connect")]);
const mixture = new AggregateError([failure("ECONNREFUSED", "connect"), failure("ECONNRESET", "read")]);

/** An error that is its own cause. */
const endless = new Error("endless");
endless.cause = endless;

/** An error below so many others. */
function below(count: number, error: Error): Error {
  return count === 0 ? error : new Error("outer", { cause: below(count - 1, error) });
}

/** As Deno puts it: no code. */
function inWords(reason: string): TypeError {
  return new TypeError("error sending request", { cause: new Error(`client error (Connect): ${reason}`) });
}

/** Several addresses were tried, and something else is named as the cause of it all. */
const triedAfter = Object.assign(new AggregateError([failure("ECONNREFUSED", "connect")]), {
  cause: failure("ECONNRESET", "read"),
});

type Cause = [name: string, reason: unknown, Outcome, rotateIsRepeated: boolean];

const causes: Cause[] = [
  ["every address unreachable", rejected(connects), "not-applied", true],
  ["ECONNREFUSED", rejected(failure("ECONNREFUSED", "connect")), "not-applied", true],
  ["ENOTFOUND", rejected(failure("ENOTFOUND", "getaddrinfo")), "not-applied", true],
  ["EAI_AGAIN", rejected(failure("EAI_AGAIN", "getaddrinfo")), "not-applied", true],
  ["EAI_AGAIN of nobody knows what", rejected(failure("EAI_AGAIN")), "not-applied", true],
  ["UND_ERR_CONNECT_TIMEOUT", rejected(failure("UND_ERR_CONNECT_TIMEOUT")), "not-applied", true],
  ["SELF_SIGNED_CERT_IN_CHAIN", rejected(failure("SELF_SIGNED_CERT_IN_CHAIN")), "not-applied", false],
  ["CERT_HAS_EXPIRED", rejected(failure("CERT_HAS_EXPIRED")), "not-applied", false],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", rejected(failure("UNABLE_TO_VERIFY_LEAF_SIGNATURE")), "not-applied", false],
  ["ERR_TLS_CERT_ALTNAME_INVALID", rejected(failure("ERR_TLS_CERT_ALTNAME_INVALID")), "not-applied", false],
  ["ECONNRESET while connecting", rejected(failure("ECONNRESET", "connect")), "not-applied", true],
  ["Bun's ConnectionRefused", failure("ConnectionRefused"), "not-applied", true],
  ["Deno's refused connection", inWords("tcp connect error: Connection refused"), "not-applied", true],
  ["Deno's refused certificate", inWords("invalid peer certificate: UnknownIssuer"), "not-applied", false],
  ["ECONNREFUSED, nine causes deep", below(9, failure("ECONNREFUSED")), "not-applied", true],
  ["ECONNREFUSED at each address, whatever the cause is said to be", triedAfter, "not-applied", true],
  ["ECONNRESET while reading", rejected(failure("ECONNRESET", "read")), "unknown", false],
  ["UND_ERR_SOCKET", rejected(failure("UND_ERR_SOCKET")), "unknown", false],
  ["UND_ERR_HEADERS_TIMEOUT", rejected(failure("UND_ERR_HEADERS_TIMEOUT")), "unknown", false],
  ["UND_ERR_BODY_TIMEOUT", rejected(failure("UND_ERR_BODY_TIMEOUT")), "unknown", false],
  ["EPIPE while writing", rejected(failure("EPIPE", "write")), "unknown", false],
  ["one address refused, another reset while reading", rejected(mixture), "unknown", false],
  ["a reset while reconnecting", rejected(failure("ECONNRESET", "reconnect")), "unknown", false],
  ["a reset once connected", rejected(failure("ECONNRESET", "connected")), "unknown", false],
  ["a code that ends like one of a refusal", rejected(failure("LATE_ECONNREFUSED")), "unknown", false],
  ["a code that begins like one of a refusal", rejected(failure("ECONNREFUSED_LATE")), "unknown", false],
  ["a code that is a number", rejected(Object.assign(new Error("failed"), { code: 20 })), "unknown", false],
  ["an error that is its own cause", endless, "unknown", false],
  ["errors that are no list", rejected(Object.assign(new Error("failed"), { errors: "two" })), "unknown", false],
  ["no cause", rejected(), "unknown", false],
  ["an aggregate of nothing", rejected(new AggregateError([])), "unknown", false],
  ["a text", "failed", "unknown", false],
  ["nothing", undefined, "unknown", false],
  ["null", null, "unknown", false],
  ["a symbol", Symbol("failed"), "unknown", false],
  ["an object that cannot be made a text", Object.create(null), "unknown", false],
];

/** What rotating rejects with when `fetch` does, and how often it was called. */
async function rotate(reason: unknown): Promise<{ error: APIError; requests: number }> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const fetch = vi.fn(() => Promise.reject(reason));
    const client = new Cloudflare({ apiToken, fetch, maxRetries: 1 });
    const failed = failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
    failed.catch(() => undefined);
    await vi.runAllTimersAsync();
    return { error: await failed, requests: fetch.mock.calls.length };
  } finally {
    vi.useRealTimers();
  }
}

describe.each(causes)("when fetch fails by %s", (_, reason, outcome, isRepeated) => {
  test(`the outcome of rotating is ${outcome}`, async () => {
    const { error } = await rotate(reason);
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error.outcome).toBe(outcome);
    expect(error.message).toContain(outcome === "unknown" ? "may have been applied" : "Nothing was sent.");
  });

  test(`rotating is ${isRepeated ? "repeated" : "not repeated"}`, async () => {
    expect((await rotate(reason)).requests).toBe(isRepeated ? 2 : 1);
  });
});

test("the message and the cause name the code", async () => {
  const { error } = await rotate(rejected(failure("UND_ERR_SOCKET")));
  expect(error.message).toContain("UND_ERR_SOCKET");
  expect(error.cause).toMatchObject({ code: "UND_ERR_SOCKET" });
});

test.each([
  [
    "the text and the code",
    rejected(Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" })),
    "other side closed (UND_ERR_SOCKET)",
  ],
  ["the code once, where the text has it", rejected(failure("ECONNRESET", "read")), "read ECONNRESET"],
  ["the text alone, where there is no code", rejected(), "fetch failed"],
  ["a text that was thrown", "the cable is out", "the cable is out"],
  ["that there is no reason, where none was given", undefined, "no reason given"],
])("the message has %s", async (_, reason, told) => {
  const { error } = await rotate(reason);
  expect(error.message).toBe(`Connection error: ${told}. It may have been applied.`);
});

test("a failed read is repeated, unless it is for the certificate", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const requests: number[] = [];
  for (const code of ["UND_ERR_SOCKET", "CERT_HAS_EXPIRED"]) {
    const fetch = vi.fn(() => Promise.reject(rejected(failure(code))));
    const failed = failureOf(new Cloudflare({ apiToken, fetch }).iam.oauthClients.get(clientId, account));
    await vi.runAllTimersAsync();
    await failed;
    requests.push(fetch.mock.calls.length);
  }
  vi.useRealTimers();
  expect(requests).toEqual([3, 1]);
});

test("a fetch that resolves to no response is a connection error of unknown outcome", async () => {
  const nothing: unknown = undefined;
  const client = new Cloudflare({ apiToken, fetch: async () => nothing as Response });
  const error = await failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
  expect(error).toBeInstanceOf(APIConnectionError);
  expect(error.outcome).toBe("unknown");
});

test("a response that says nothing, not even a status, is of unknown outcome", async () => {
  const client = new Cloudflare({ apiToken, fetch: async () => Response.error() });
  expect((await failureOf(client.iam.oauthClients.rotateSecret(clientId, account))).outcome).toBe("unknown");
});

describe("Node's own errors", () => {
  async function failureAt(baseURL: string): Promise<APIError> {
    const client = new Cloudflare({ apiToken, baseURL, maxRetries: 0 });
    return failureOf(client.iam.oauthClients.rotateSecret(clientId, account));
  }

  test("a closed port is known not to have been reached", async () => {
    const error = await failureAt(closedPort);
    expect(error.outcome).toBe("not-applied");
    expect(error.message).toContain("ECONNREFUSED");
  });

  test("a name that cannot be looked up is known not to have been reached", async () => {
    // Too long for a name, so that no name server is asked.
    const error = await failureAt(`http://${"a".repeat(64)}.invalid`);
    expect(error.outcome).toBe("not-applied");
    expect(error.message).toMatch(/ENOTFOUND|EAI_\w+/);
  });

  test("a certificate that nobody vouches for ends the call before anything is sent", async () => {
    let requests = 0;
    const server = createServer(selfSigned(), (_, response) => {
      requests++;
      response.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const error = await failureAt(`https://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
    server.close();
    expect(error.outcome).toBe("not-applied");
    expect(error.message).toContain("SELF_SIGNED_CERT");
    expect(requests).toBe(0);
  });

  test.each([
    ["closed before the request is read", closeBeforeReading()],
    ["reset after the request is read", resetAfterReading()],
  ])("a connection %s is of unknown outcome", async (_, step) => {
    await using server = await ScriptedServer.start(step);
    expect((await failureAt(server.url)).outcome).toBe("unknown");
  });
});
