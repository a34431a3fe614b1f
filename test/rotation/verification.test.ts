import { beforeEach, describe, expect, test, vi } from "vitest";
import type { IssuerOptions } from "../../src/rotation/index.ts";
import { clientId, failure, holdClock, Process, settle, sleep, verified, World } from "../support/rotation-world.ts";
import { answering, gapsBetween, newest, probes, probesWith, rotatedSandbox, verify } from "./probing.ts";

beforeEach(() => holdClock());
const [no, yes] = [false, true];

test("a secret is accepted after a wrong one was refused and it was accepted three times running", async () => {
  const sandbox = rotatedSandbox();

  expect(await verify(sandbox)).toEqual({
    verdict: "accepted",
    reason: "accepted 3 times in a row at the token endpoint",
  });

  const [control, ...rest] = probes(sandbox, "token");
  expect(control?.secret).not.toBe(newest(sandbox));
  expect(rest.map(({ secret }) => secret)).toEqual(Array(3).fill(newest(sandbox)));
  expect(probes(sandbox, "revocation")).toEqual([]);
});

test("a wrong secret is refused", async () => {
  const { verdict, reason } = await verify(rotatedSandbox(), { clientSecret: "not the secret" });
  expect(verdict).toBe("refused");
  expect(reason).toContain("401 invalid_client");
});

describe("while replicas learn of a secret one after another", () => {
  test("a refusal resets the count of acceptances", async () => {
    const sandbox = rotatedSandbox({ learning: [no, no, no, yes, no, yes, yes, no] });

    expect(await verify(sandbox)).toMatchObject({ verdict: "accepted" });
    expect(probesWith(sandbox, newest(sandbox))).toHaveLength(11);
  });

  test("a response that tells nothing resets it, too", async () => {
    const sandbox = rotatedSandbox();
    const fetch = answering(sandbox, "token", (attempt) =>
      attempt === 3 ? new Response(null, { status: 503 }) : undefined,
    );

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "accepted" });
    // One, the trouble, and three in a row.
    expect(probesWith(sandbox, newest(sandbox))).toHaveLength(4);
  });

  test("acceptances that are not in a row are not enough, however many, and no refusal either", async () => {
    const sandbox = rotatedSandbox({ learning: [yes, yes, no, yes, yes, no, yes, yes, no, yes, yes, no] });

    expect(await verify(sandbox)).toMatchObject({ verdict: "inconclusive" });
  });

  test("acceptances at the very end that are too few are not enough, and no refusal either", async () => {
    const sandbox = rotatedSandbox({ learning: [no, no, no, no, no, no, no, no, no, no, yes, yes] });

    const { verdict, reason } = await verify(sandbox);
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain("accepted the secret 2 times, but not 3 times in a row");
  });

  test("a refusal is told as such, and by its own time, also where the last response tells nothing", async () => {
    const sandbox = rotatedSandbox({ learnsNever: true });
    sandbox.faults.push({ operation: "token", kind: "error", skip: 3, times: Infinity });

    const { verdict, reason } = await verify(sandbox);
    expect(verdict).toBe("refused");
    expect(reason).toMatch(/401 invalid_client$/);
  });

  test("the gaps grow, and there are twelve requests at most", async () => {
    const sandbox = rotatedSandbox({ learnsNever: true });

    expect(await verify(sandbox)).toMatchObject({ verdict: "refused" });
    const requests = probesWith(sandbox, newest(sandbox));
    expect(requests).toHaveLength(12);
    expect(gapsBetween(requests)).toEqual([1000, 2000, 4000, 8000, ...Array(7).fill(15_000)]);
  });

  test("the gaps are from request to request, however long a response takes", async () => {
    const sandbox = rotatedSandbox();
    const fetch = async (url: string, init: RequestInit) => {
      const response = await sandbox.fetch(url, init);
      await sleep(300);
      return response;
    };
    await verify(sandbox, { fetch });
    expect(gapsBetween(probesWith(sandbox, newest(sandbox)))).toEqual([1000, 2000]);
  });

  test("the last of twelve requests can complete the verification", async () => {
    const sandbox = rotatedSandbox({ learning: Array(9).fill(no) });

    expect(await verify(sandbox)).toMatchObject({ verdict: "accepted" });
    expect(probesWith(sandbox, newest(sandbox))).toHaveLength(12);
  });

  test("a rotation waits until the secret is verified", async () => {
    const world = await verified({ issuer: { learning: [no, no, no, yes, no, yes, yes, yes] } });

    expect(await world.latest()).toMatchObject({ phase: "verified" });
    expect(probesWith(world.sandbox, world.deployed)).toHaveLength(8);
  });

  test("the verification before the deletion is as strict as the first", async () => {
    const world = await verified({ issuer: { learning: [yes, yes, yes, yes, no, yes, yes] } });
    const finish = new Process(world);
    await settle(finish.run("finish"));

    const beforeDelete = finish.sent.slice(0, finish.sent.indexOf("DELETE rotate_secret"));
    // The negative control, and then: accepted, refused, accepted three times.
    expect(beforeDelete.filter((what) => what === "POST token")).toHaveLength(6);
  });

  test("a verification that gives no verdict just before the deletion deletes nothing", async () => {
    const world = await verified();
    for (const operation of ["token", "revocation"] as const)
      world.sandbox.faults.push({ operation, kind: "challenge", times: Infinity });

    const error = await failure(new Process(world).run("finish"));
    expect(error).toMatchObject({ code: "verification-inconclusive", phase: "verified", nextStep: "finish" });
    expect(error.message).toContain("This rotation has deleted no secret.");
    expect(world.deletes).toBe(0);
  });

  test("a secret that is refused just before the deletion, though nobody has changed the client, is not abandoned", async () => {
    const world = await verified({ issuer: { learning: [yes, yes, yes, ...Array(12).fill(no)] } });

    const error = await failure(new Process(world).run("finish"));
    expect(error).toMatchObject({ code: "verification-failed", phase: "verified", nextStep: "finish" });
    expect(world.deletes).toBe(0);
    expect(await settle(new Process(world).run("finish"))).toMatchObject({ phase: "done" });
  });

  test("a secret that is never learnt ends a rotation with nothing lost, and resuming begins at the verification", async () => {
    const issuer = { learnsNever: true };
    const world = new World({ issuer });
    const [old = ""] = world.sandbox.secretsOf(clientId);

    const error = await failure(new Process(world).run("rotate"));
    expect(error).toMatchObject({ code: "verification-failed", phase: "delivered", nextStep: "resume" });
    expect(error.message).toContain("Every sink has the new secret; it is not verified yet.");
    expect(error.message).toContain("This rotation has deleted no secret.");
    expect((await world.latest())?.secret).toBe(world.deployed);
    expect(world.sandbox.accepts(clientId, old)).toBe(true);

    issuer.learnsNever = false;
    const resume = new Process(world);
    expect(await settle(resume.run("resume"))).toMatchObject({ phase: "verified" });
    expect(resume.events.map(({ type }) => type)).not.toContain("deliver");
    expect([world.posts, world.deletes]).toEqual([1, 0]);
  });
});

test("a secret that is refused may be late, too, where nothing tells whether somebody has changed the client; it is not delivered", async () => {
  const world = new World({ updatedAt: "absent", issuer: { learnsNever: true } });
  const { deployed } = world;
  expect(await failure(new Process(world).run("rotate"))).toMatchObject({
    code: "verification-failed",
    phase: "issued",
    nextStep: "resume",
  });
  expect(world.deployed).toBe(deployed);
});

describe("a secret that waits to be delivered", () => {
  /** A rotation whose sink did not take the secret. */
  async function undelivered(
    issuer: NonNullable<ConstructorParameters<typeof World>[0]>["issuer"] = {},
    updatedAt: "moves" | "absent" = "moves",
  ) {
    const world = new World({ issuer, updatedAt });
    const deliver = () => Promise.reject(new Error("not now"));
    await failure(new Process(world).run("rotate", { sinks: [{ name: "service", deliver }] }));
    return world;
  }

  test("is delivered by a later run, too, as long as nobody has changed the client: replicas may only be late", async () => {
    const world = await undelivered({ learnsNever: true });

    const late = await failure(new Process(world).run("resume"));
    expect(late).toMatchObject({ code: "verification-failed", phase: "delivered", nextStep: "resume" });
    expect((await world.latest())?.secret).toBe(world.deployed);
  });

  test("is not delivered once somebody has changed the client", async () => {
    const world = await undelivered({ learnsNever: true });
    const { deployed } = world;
    await world.elsewhere.rename("Another name");

    const changed = await failure(new Process(world).run("resume"));
    expect(changed).toMatchObject({ code: "client-changed", phase: "issued", nextStep: undefined });
    expect(world.deployed).toBe(deployed);
  });

  test("is not delivered by a later run that cannot tell whether it is accepted, but by one that can", async () => {
    // Nothing shows whether it is still the newest.
    const world = await undelivered({}, "absent");
    const { deployed } = world;
    // As many as there are tries for the control.
    for (const operation of ["token", "revocation"] as const)
      world.sandbox.faults.push({ operation, kind: "challenge", times: 2 });

    expect(await failure(new Process(world).run("resume"))).toMatchObject({
      code: "verification-inconclusive",
      phase: "issued",
      nextStep: "resume",
    });
    expect(world.deployed).toBe(deployed);
    expect(world.sandbox.faults).toEqual([]);
    expect(await settle(new Process(world).run("resume"))).toMatchObject({
      phase: "verified",
      delivered: ["service"],
    });
  });
});

describe("a 429", () => {
  const throttled = (headers: Record<string, string> = {}) =>
    Response.json({ error: "slow_down" }, { status: 429, headers });

  test("is waited for as long as it asks, within the twelve requests", async () => {
    const sandbox = rotatedSandbox();
    const times: number[] = [];
    const fetch = answering(sandbox, "token", (attempt) => {
      times.push(Date.now());
      return attempt === 2 || attempt === 3 ? throttled({ "retry-after": "20" }) : undefined;
    });

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "accepted" });
    expect(times.slice(2).map((at, index) => at - (times[index + 1] ?? 0))).toEqual([20_000, 20_000, 4000, 8000]);
  });

  test("of the negative control is waited for too", async () => {
    const sandbox = rotatedSandbox();
    const times: number[] = [];
    const fetch = answering(sandbox, "token", (attempt) => {
      times.push(Date.now());
      return attempt === 1 ? throttled({ "retry-after": "7" }) : undefined;
    });

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "accepted" });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(7000);
  });

  test.each([
    ["the negative control", 1, 1000 + 2000],
    ["the secret", 2, 2000 + 4000],
  ])("of %s is waited for a minute, if that is what it asks", async (_, throttledAttempt, gaps) => {
    const sandbox = rotatedSandbox();
    const start = Date.now();
    const fetch = answering(sandbox, "token", (attempt) =>
      attempt === throttledAttempt ? throttled({ "retry-after": "60" }) : undefined,
    );

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "accepted" });
    expect(Date.now() - start).toBe(60_000 + gaps);
  });

  test("is the only answer whose Retry-After is obeyed", async () => {
    const sandbox = rotatedSandbox();
    const start = Date.now();
    const fetch = answering(sandbox, "token", (attempt) =>
      attempt > 1 ? Response.json({}, { status: 503, headers: { "retry-after": "20" } }) : undefined,
    );

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "inconclusive" });
    expect(Date.now() - start).toBe(1000);
  });

  test.each(["61", "120", "99999"])(
    "with a Retry-After of %j ends the verification, which says until when",
    async (asked) => {
      const sandbox = rotatedSandbox();
      const start = Date.now();
      const fetch = answering(sandbox, "token", (attempt) =>
        attempt > 1 ? throttled({ "retry-after": asked }) : undefined,
      );

      const { verdict, reason } = await verify(sandbox, { fetch });
      expect(verdict).toBe("inconclusive");
      expect(reason).toContain(new Date(start + Number(asked) * 1000).toISOString());
      expect(Date.now()).toBe(start);
    },
  );

  test.each(["", "abc", "-3", "0", "Infinity"])("with a Retry-After of %j is not waited for", async (asked) => {
    const sandbox = rotatedSandbox();
    const start = Date.now();
    const fetch = answering(sandbox, "token", (attempt) =>
      attempt > 1 ? throttled({ "retry-after": asked }) : undefined,
    );

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "inconclusive" });
    expect(Date.now() - start).toBe(1000);
  });

  test("for ever, as after a lock-out, ends inconclusive after twelve requests", async () => {
    const sandbox = rotatedSandbox({ lockOutAfter: 1 });

    const { verdict, reason } = await verify(sandbox);
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain("429");
    expect(probesWith(sandbox, newest(sandbox))).toHaveLength(12);
  });

  test("for ever keeps a rotation from deleting anything", async () => {
    const world = new World({ issuer: { lockOutAfter: 1 } });

    expect(await failure(new Process(world).run("rotate", { finish: true }))).toMatchObject({
      code: "verification-inconclusive",
      phase: "delivered",
      nextStep: "resume",
    });
    expect(world.deletes).toBe(0);
  });
});

describe("of the secret says", () => {
  /** What is found where all requests after the control are answered so. */
  function answered(endpoint: "token" | "revocation", answer: () => Response) {
    const sandbox = rotatedSandbox();
    const path = endpoint === "token" ? "token" : "revoke";
    const fetch = answering(sandbox, path, (attempt) => (attempt > 1 ? answer() : undefined));
    return verify(sandbox, { endpoints: [endpoint], fetch });
  }

  test.each([
    ["refused", "token", 401, { error: "invalid_client" }],
    ["refused", "token", 400, { error: "invalid_client" }],
    ["inconclusive", "token", 403, { error: "invalid_client" }],
    ["accepted", "token", 400, { error: "invalid_grant" }],
    ["inconclusive", "token", 200, {}],
    ["refused", "revocation", 401, { error: "invalid_client" }],
    ["accepted", "revocation", 200, {}],
    ["inconclusive", "revocation", 200, { error: "invalid_request" }],
    ["inconclusive", "revocation", 400, { error: "invalid_grant" }],
  ] as const)("%s: the %s endpoint's %i with %j", async (verdict, endpoint, status, body) => {
    const found = await answered(endpoint, () => Response.json(body, { status }));
    expect(found.verdict).toBe(verdict);
  });

  const refusal = JSON.stringify({ error: "invalid_client" });

  test.each([
    ["refused", "a body of 64 KiB", 65_536],
    ["inconclusive", "a longer one, whose end is not read", 65_537],
  ] as const)("%s: %s", async (verdict, _, length) => {
    const found = await answered("token", () => new Response(refusal.padEnd(length), { status: 401 }));
    expect(found.verdict).toBe(verdict);
  });

  test("refused: a body that comes byte by byte, with a byte order mark", async () => {
    const bytes = new TextEncoder().encode(`\ufeff${refusal}`);
    const slow = () =>
      new ReadableStream({
        start(stream) {
          for (const byte of bytes) stream.enqueue(Uint8Array.of(byte));
          stream.close();
        },
      });

    expect((await answered("token", () => new Response(slow(), { status: 401 }))).verdict).toBe("refused");
  });

  test.each([[42], ["<b>bold</b>"], ["loud! code"], ["code? loud"], ["x".repeat(41)], [["invalid_grant"]], [null]])(
    "nothing: an error that is no code, %j, which is not shown",
    async (error) => {
      const { reason } = await answered("token", () => Response.json({ error }, { status: 400 }));
      expect(reason).toBe("the token endpoint: 400 application/json");
    },
  );

  test.each([null, 1, "invalid_grant", []])("nothing: a body that is %j", async (body) => {
    const { reason } = await answered("token", () => Response.json(body, { status: 400 }));
    expect(reason).toBe("the token endpoint: 400 application/json");
  });
});

describe("what is no response", () => {
  test.each([
    ["invalid_request", 400],
    ["invalid_client", 500],
    ["invalid_grant", 401],
    ["unauthorized_client", 400],
    ["server_error", 503],
  ])("%s with status %i says nothing of the secret", async (error, status) => {
    const sandbox = rotatedSandbox();
    const fetch = answering(sandbox, "token", (attempt) =>
      attempt > 1 ? Response.json({ error }, { status }) : undefined,
    );

    const { verdict, reason } = await verify(sandbox, { fetch });
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain(`${status} ${error}`);
  });

  test("a single failure on the way does not spoil the verification", async () => {
    const sandbox = rotatedSandbox(undefined, { faults: [{ operation: "token", kind: "error", skip: 2 }] });

    expect(await verify(sandbox)).toMatchObject({ verdict: "accepted" });
  });

  test("an issuer that never answers is abandoned, and the endpoint is named", async () => {
    const sandbox = rotatedSandbox(undefined, {
      faults: [
        { operation: "token", kind: "lost", times: Infinity },
        { operation: "revocation", kind: "lost", times: Infinity },
      ],
    });

    const { verdict, reason } = await verify(sandbox);
    expect(verdict).toBe("inconclusive");
    expect(reason).toMatch(/the token endpoint: no response \(.+\); the revocation endpoint: no response/);
  });

  test("a failed connection is told by its code", async () => {
    const sandbox = rotatedSandbox();
    const { verdict, reason } = await verify(sandbox, { fetch: sandbox.fetch, issuer: "https://nowhere.example" });
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain("ENOTFOUND");
  });

  test("a body that does not end is not read to its end", async () => {
    const sandbox = rotatedSandbox();
    let read = 0;
    const pull = (stream: ReadableStreamDefaultController) => {
      read += 16_384;
      stream.enqueue(new Uint8Array(16_384));
    };
    const cancel = vi.fn();
    const endless = () => new Response(new ReadableStream({ pull, cancel }), { status: 400 });
    const fetch = answering(sandbox, "token", (attempt) => (attempt === 2 ? endless() : undefined));

    expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "accepted" });
    expect(read).toBeLessThan(8 * 16_384);
    expect(cancel).toHaveBeenCalledOnce();
  });

  test.each([
    [
      "by the code of its innermost cause",
      new TypeError("x", { cause: Object.assign(new Error(), { code: "EPIPE" }) }),
      "EPIPE",
    ],
    ["by its name, where it has no code", new TypeError("x"), "TypeError"],
    ["by its name, where its code is a number", new DOMException("x", "NetworkError"), "NetworkError"],
    ["as unknown, where it is no error", "x", "unknown error"],
  ])("a failure is told %s", async (_, failure, told) => {
    const fetch = answering(rotatedSandbox(), "token", () => {
      throw failure;
    });
    const { verdict, reason } = await verify(rotatedSandbox(), { endpoints: ["token"], fetch });
    expect(verdict).toBe("inconclusive");
    expect(reason).toBe(`the token endpoint: no response (${told})`);
  });
});

test("whoever watches is told of each request, its verdict, and until when it waits for the next", async () => {
  const sandbox = rotatedSandbox({ learning: [false] });
  const seen: string[] = [];
  const onEvent: IssuerOptions["onEvent"] = (event) => {
    if (event.type === "wait") seen.push(`wait ${event.until - Date.now()} ms`);
    else seen.push(`${event.type} ${event.control ? "control" : event.attempt} ${event.verdict ?? ""}`.trim());
  };

  await settle(verify(sandbox, { onEvent }));
  expect(seen).toEqual([
    ...["verify control", "verdict control refused"],
    ...["verify 1", "verdict 1 refused", "wait 1000 ms"],
    ...["verify 2", "verdict 2 accepted", "wait 2000 ms"],
    ...["verify 3", "verdict 3 accepted", "wait 4000 ms"],
    ...["verify 4", "verdict 4 accepted"],
  ]);
});

test("only the endpoints that are named are asked", async () => {
  const sandbox = rotatedSandbox();
  expect(await settle(verify(sandbox, { endpoints: ["revocation"] }))).toMatchObject({ verdict: "accepted" });
  expect([sandbox.count("token"), sandbox.count("revocation")]).toEqual([0, 4]);
});

test("an aborted verification rejects with the signal's reason", async () => {
  const controller = new AbortController();
  const sandbox = rotatedSandbox({ learnsNever: true });
  const onEvent: IssuerOptions["onEvent"] = (event) => {
    if (event.type === "verify" && event.attempt === 4) controller.abort(new Error("enough"));
  };

  await expect(verify(sandbox, { signal: controller.signal, onEvent })).rejects.toThrow("enough");
  expect(probesWith(sandbox, newest(sandbox)).length).toBeLessThan(5);
});

test("a verification that is aborted while it looks for the endpoints asks none of them", async () => {
  const controller = new AbortController();
  const issuer = "https://issuer.example";
  const sandbox = rotatedSandbox({ url: issuer });
  const seen: unknown[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    controller.abort(new Error("enough"));
    return sandbox.fetch(url, init);
  };

  const run = verify(sandbox, { issuer, fetch, signal: controller.signal, onEvent: (event) => seen.push(event) });
  await expect(run).rejects.toThrow("enough");
  expect(seen).toEqual([]);
});

test("a verification that is over leaves no timer, and no listener on the signal", async () => {
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, "addEventListener");
  const removed = vi.spyOn(signal, "removeEventListener");

  await verify(rotatedSandbox({ learning: [no] }), { signal });

  expect(vi.getTimerCount()).toBe(0);
  expect(added).toHaveBeenCalled();
  expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener));
});
