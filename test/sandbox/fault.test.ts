import { beforeEach, describe, expect, it, vi } from "vitest";
import { createSandbox, type Fault } from "../../src/sandbox/index.ts";
import { documentedId, read, rotate, send } from "./call.ts";

const operation = "oauth-clients-rotate-secret";
const broken = (...faults: Omit<Fault, "operation">[]) =>
  createSandbox({ onSecondRotation: "keep", faults: faults.map((fault) => ({ operation, ...fault })) });

beforeEach(() => {
  vi.useFakeTimers();
});
describe("a fault that is answered", () => {
  it.each([
    ["error", 500, 1],
    ["error-applied", 500, 2],
    ["malformed", 200, 2],
    ["throttled", 429, 1],
    ["challenge", 403, 1],
  ] as const)("%s: status %i, then %i secrets", async (kind, status, secrets) => {
    const sandbox = broken({ kind });
    const response = await send(sandbox, operation);
    expect(response.status).toBe(status);
    expect(sandbox.secretsOf(documentedId)).toHaveLength(secrets);
    expect(sandbox.requests).toMatchObject([{ operation, status, applied: secrets === 2 }]);
    expect((await send(sandbox, operation)).status).toBe(200);
  });

  it("malformed: the JSON ends in the middle", async () => {
    const text = await (await send(broken({ kind: "malformed" }), operation)).text();
    expect(text).toMatch(/^\{"success":true/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it("throttled: says when to come back", async () => {
    const response = await send(broken({ kind: "throttled" }), operation);
    expect(response.headers.get("Retry-After")).toBe("1");
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: 971 }] });
  });

  it("challenge: a page, and how to recognise it", async () => {
    const { headers } = await send(broken({ kind: "challenge" }), operation);
    expect(headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(headers.get("cf-mitigated")).toBe("challenge");
    expect(headers.get("cf-ray")).toBeTruthy();
  });
});

describe("a reset", () => {
  it.each([
    ["reset", 1],
    ["reset-applied", 2],
  ] as const)("%s: fails after the request was sent, then %i secrets", async (kind, secrets) => {
    const sandbox = broken({ kind });
    const cause = expect.objectContaining({ code: "ECONNRESET", syscall: "read" });
    await expect(send(sandbox, operation)).rejects.toMatchObject({ name: "TypeError", cause });
    expect(sandbox.secretsOf(documentedId)).toHaveLength(secrets);
    expect(sandbox.requests).toEqual([expect.objectContaining({ applied: secrets === 2 })]);
    expect(sandbox.requests[0]).not.toHaveProperty("status");
  });
});

describe("a request that is never answered", () => {
  it.each([
    ["lost", 1, 1],
    ["silent", 2, 2],
    ["late", 1, 2],
  ] as const)("%s: %i secrets at once, %i in the end", async (kind, atOnce, inTheEnd) => {
    const sandbox = broken({ kind, delay: 3000 });
    const controller = new AbortController();
    const ended = vi.fn();
    const answer = send(sandbox, operation, { signal: controller.signal }).finally(ended);
    const rejected = expect(answer).rejects.toBe("enough");
    await vi.advanceTimersByTimeAsync(2999);
    expect(sandbox.secretsOf(documentedId)).toHaveLength(atOnce);
    expect(sandbox.requests).toMatchObject([{ applied: atOnce === 2 }]);
    expect(ended).not.toHaveBeenCalled();
    controller.abort("enough");
    await rejected;
    await vi.advanceTimersByTimeAsync(1);
    expect(sandbox.secretsOf(documentedId)).toHaveLength(inTheEnd);
    expect(sandbox.requests).toMatchObject([{ applied: inTheEnd === 2 }]);
  });

  it("keeps no timer", async () => {
    const sandbox = broken({ kind: "silent" });
    const unanswered = send(sandbox, operation);
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(await Promise.race([unanswered, "nothing"])).toBe("nothing");
  });
});

describe("faults", () => {
  it("come one after another, after those that are let through", async () => {
    const sandbox = broken({ kind: "error", skip: 1, times: 2 }, { kind: "throttled", skip: 1 });
    const statuses: number[] = [];
    for (let request = 0; request < 6; request++) statuses.push((await send(sandbox, operation)).status);
    expect(statuses).toEqual([200, 500, 500, 200, 429, 200]);
    expect(sandbox.faults).toEqual([]);
  });

  it("can last for ever", async () => {
    const sandbox = broken({ kind: "error", times: Number.POSITIVE_INFINITY });
    for (let request = 0; request < 5; request++) expect((await send(sandbox, operation)).status).toBe(500);
  });

  it("can be added later, the same one again", async () => {
    const sandbox = createSandbox({ clients: [{ client_id: documentedId, has_rotated_secret: true }] });
    const fault: Fault = { operation, kind: "error", skip: 1 };
    sandbox.faults.push(fault, fault);
    const statuses: number[] = [];
    for (let request = 0; request < 5; request++) statuses.push((await send(sandbox, operation)).status);
    expect(statuses).toEqual([409, 500, 409, 500, 409]);
  });

  it("befall their operation alone, in their sandbox alone", async () => {
    const faults: Fault[] = [{ operation, kind: "error", times: 2 }];
    const one = createSandbox({ faults });
    expect((await send(one, "oauth-clients-get")).status).toBe(200);
    expect((await send(one, operation)).status).toBe(500);
    expect((await send(one, operation)).status).toBe(500);
    const other = createSandbox({ faults });
    expect((await send(other, operation)).status).toBe(500);
    expect((await send(other, operation)).status).toBe(500);
  });
});

describe("latency", () => {
  it("lies between doing and answering", async () => {
    const sandbox = createSandbox({ latency: 100 });
    const answered = vi.fn();
    const secret = rotate(sandbox).finally(answered);
    await vi.advanceTimersByTimeAsync(99);
    expect(sandbox.secretsOf(documentedId)).toHaveLength(2);
    expect(answered).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(sandbox.secretsOf(documentedId)).toContain(await secret);
  });

  it("none: an abort comes too late for the server all the same", async () => {
    const sandbox = createSandbox();
    const controller = new AbortController();
    const rejected = expect(rotate(sandbox, { signal: controller.signal })).rejects.toBe("enough");
    controller.abort("enough");
    await rejected;
    expect(sandbox.secretsOf(documentedId)).toHaveLength(2);
  });

  it("is cut short by an abort, which leaves no timer", async () => {
    const sandbox = createSandbox({ latency: 100 });
    const controller = new AbortController();
    const rejected = expect(read(sandbox, { signal: controller.signal })).rejects.toThrow("enough");
    await vi.advanceTimersByTimeAsync(50);
    controller.abort(new Error("enough"));
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
  });
});
