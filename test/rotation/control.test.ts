import { beforeEach, describe, expect, test } from "vitest";
import { inspectIssuer } from "../../src/rotation/index.ts";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { clientId, failure, holdClock, Process, settle, World } from "../support/rotation-world.ts";
import { answering, newest, probes, probesWith, rotatedSandbox, verify } from "./probing.ts";

beforeEach(() => holdClock());
describe("where the token endpoint does not authenticate the client first", () => {
  test("the revocation endpoint verifies the secret", async () => {
    const sandbox = rotatedSandbox({ token: "grant-first" });

    expect(await verify(sandbox)).toEqual({
      verdict: "accepted",
      reason: "accepted 3 times in a row at the revocation endpoint",
    });
    expect(probes(sandbox, "token")).toHaveLength(1);
  });

  test("a wrong secret is refused anyway", async () => {
    const sandbox = rotatedSandbox({ token: "grant-first" });
    expect(await verify(sandbox, { clientSecret: "not the secret" })).toMatchObject({ verdict: "refused" });
  });
});

test("where there is no token endpoint, the revocation endpoint verifies the secret", async () => {
  expect(await verify(rotatedSandbox({ token: "absent" }))).toMatchObject({ verdict: "accepted" });
});

test("where the revocation endpoint answers 200 to everything, the token endpoint verifies the secret", async () => {
  const sandbox = rotatedSandbox({ revocation: "accepts-everything" });
  expect(await verify(sandbox)).toMatchObject({ verdict: "accepted" });
  expect(await verify(sandbox, { clientSecret: "not the secret" })).toMatchObject({ verdict: "refused" });
});

describe.each([
  ["the revocation endpoint answers 200 to everything and there is no token endpoint", "absent", "accepts-everything"],
  ["neither endpoint authenticates the client", "grant-first", "accepts-everything"],
  ["the token endpoint answers anybody and there is no revocation endpoint", "grant-first", "absent"],
  ["there is neither endpoint", "absent", "absent"],
] as const)("where %s", (_, token, revocation) => {
  test("no secret is accepted, right or wrong, nor presented", async () => {
    const sandbox = rotatedSandbox({ token, revocation });

    expect(await verify(sandbox)).toMatchObject({ verdict: "inconclusive" });
    expect(await verify(sandbox, { clientSecret: "not the secret" })).toMatchObject({ verdict: "inconclusive" });
    expect(sandbox.requests.map(({ secret }) => secret)).not.toContain(newest(sandbox));
  });

  test("a rotation is refused before it has changed anything", async () => {
    const world = new World({ issuer: { token, revocation } });

    const error = await failure(new Process(world).run("rotate"));

    expect(error).toMatchObject({ code: "verification-inconclusive", phase: undefined, nextStep: "rotate" });
    expect(error.message).toContain("Nothing was changed");
    expect(world.posts).toBe(0);
    expect(await world.latest()).toBeUndefined();
  });

  test("a rotation that asks for the verification by name is refused as well", async () => {
    const world = new World({ issuer: { token, revocation } });

    const error = await failure(new Process(world).run("rotate", { verify: true }));
    expect(error).toMatchObject({ code: "verification-inconclusive", phase: undefined });
    expect(world.posts).toBe(0);
  });

  test("a rotation begins where the verification is declined by name", async () => {
    const world = new World({ issuer: { token, revocation } });

    expect(await settle(new Process(world).run("rotate", { verify: false }))).toMatchObject({ phase: "verified" });
  });
});

test("where no endpoint tells secrets apart, each is named with what it answered", async () => {
  const { reason } = await verify(rotatedSandbox({ token: "grant-first", revocation: "accepts-everything" }));
  expect(reason).toBe(
    "the token endpoint accepts a deliberately wrong secret (400 invalid_grant), so it cannot verify any; the revocation endpoint accepts a deliberately wrong secret (200 no content type), so it cannot verify any",
  );
});

/** An issuer whose endpoints nobody has documented. */
const other = "https://issuer.example";

test.each(["html", "absent"] as const)(
  "where another issuer's discovery document is %s, the documented paths are asked",
  async (discovery) => {
    const sandbox = rotatedSandbox({ discovery, url: other });
    expect(await verify(sandbox, { issuer: other })).toMatchObject({ verdict: "accepted" });
    expect(sandbox.requests[0]?.operation).toBe("discovery");
  },
);

test("where another issuer's discovery document never ends, it is not read on, and the documented paths are asked", async () => {
  const sandbox = rotatedSandbox({ url: other });
  let chunks = 0;
  const endless = () =>
    new ReadableStream({
      pull(stream) {
        chunks++;
        stream.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
  const fetch = async (url: string, init: RequestInit) =>
    url.includes(".well-known")
      ? new Response(endless(), { headers: { "content-type": "application/json" } })
      : sandbox.fetch(url, init);

  expect(await verify(sandbox, { fetch, issuer: other })).toMatchObject({ verdict: "accepted" });
  expect(chunks).toBeLessThan(10);
});

test("where another issuer's discovery document has no token endpoint, the documented paths are asked", async () => {
  const sandbox = rotatedSandbox({ url: other });
  const fetch = async (url: string, init: RequestInit) =>
    url.includes(".well-known") ? Response.json({ issuer: sandbox.issuer }) : sandbox.fetch(url, init);

  expect(await verify(sandbox, { fetch, issuer: other })).toMatchObject({ verdict: "accepted" });
});

test("where another issuer's discovery document comes with an error, the documented paths are asked", async () => {
  const sandbox = rotatedSandbox({ url: other });
  const found = { issuer: sandbox.issuer, token_endpoint: "https://gone.example/token" };
  const fetch = async (url: string, init: RequestInit) =>
    url.includes(".well-known") ? Response.json(found, { status: 404 }) : sandbox.fetch(url, init);

  expect(await verify(sandbox, { fetch, issuer: other })).toMatchObject({ verdict: "accepted" });
});

test("the vendor's documented endpoints are asked first, and discovery not at all where they can tell", async () => {
  const sandbox = rotatedSandbox();
  expect(await verify(sandbox)).toMatchObject({ verdict: "accepted" });
  expect(sandbox.requests.map(({ operation }) => operation)).toEqual(Array(4).fill("token"));
});

test("where the vendor's documented endpoints cannot tell, the ones are asked that discovery names", async () => {
  const sandbox = rotatedSandbox();
  const named = "https://tokens.example/token";
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url);
    if (url.includes(".well-known")) return Response.json({ issuer: sandbox.issuer, token_endpoint: named });
    if (url === named) return sandbox.fetch(`${sandbox.issuer}/oauth2/token`, init);
    return new Response(null, { status: 404 });
  };

  expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: "accepted" });
  expect(asked.slice(-5)).toEqual([expect.stringContaining(".well-known"), ...Array(4).fill(named)]);
});

test.each([
  ["only the token endpoint has another address", "token", 4],
  ["only the revocation endpoint has another address", "revoke", 4],
  ["neither has, and they are not asked again", "", 0],
] as const)("where the vendor's cannot tell and discovery names them, %s", async (_, moved, times) => {
  const sandbox = rotatedSandbox();
  const named = (path: "token" | "revoke") =>
    `${moved === path ? "https://moved.example" : sandbox.issuer}/oauth2/${path}`;
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url);
    if (url.includes(".well-known"))
      return Response.json({
        issuer: sandbox.issuer,
        token_endpoint: named("token"),
        revocation_endpoint: named("revoke"),
      });
    if (!url.startsWith("https://moved.example")) return new Response(null, { status: 404 });
    return sandbox.fetch(url.replace("https://moved.example", sandbox.issuer), init);
  };

  expect(await verify(sandbox, { fetch })).toMatchObject({ verdict: times > 0 ? "accepted" : "inconclusive" });
  expect(asked.filter((url) => url.startsWith("https://moved.example"))).toHaveLength(times);
  expect(asked.slice(asked.findIndex((url) => url.includes(".well-known")) + 1).length > 0).toBe(times > 0);
});

test("nothing else is asked of an issuer that wants to be left alone for more than a minute", async () => {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    asked.push(new URL(url).pathname);
    return Response.json({}, { status: 429, headers: { "retry-after": "61" } });
  };

  expect(await verify(rotatedSandbox(), { fetch })).toMatchObject({ verdict: "inconclusive" });
  expect(asked).toEqual(["/oauth2/token"]);
});

test("the endpoints that another issuer's discovery document names are asked, wherever they are", async () => {
  const sandbox = rotatedSandbox({ url: other });
  const documented = `${sandbox.issuer}/oauth2/token`;
  const named = "https://tokens.example/token";
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url);
    if (url.includes(".well-known")) return Response.json({ issuer: sandbox.issuer, token_endpoint: named });
    return sandbox.fetch(url.replace(named, documented), init);
  };

  expect(await verify(sandbox, { fetch, issuer: other })).toMatchObject({ verdict: "accepted" });
  expect(asked.slice(1)).toEqual(Array(4).fill(named));
});

test.each(["https://issuer.example/tenant", "https://issuer.example/tenant/"])(
  "the documented endpoints are below the issuer, %s",
  async (issuer) => {
    const sandbox = rotatedSandbox({ url: issuer, discovery: "absent" });
    await verify(sandbox, { issuer });
    expect(probes(sandbox, "token")[0]?.url).toBe("https://issuer.example/tenant/oauth2/token");
  },
);

test("the issuer that a rotation was given is asked to its end, without being given again", async () => {
  const issuer = "https://issuer.example";
  const world = new World({ issuer: { url: issuer } });
  await settle(new Process(world).run("rotate", { issuer }));
  await settle(new Process(world).run("finish"));

  const asked = probes(world.sandbox, "token").map(({ url }) => new URL(url).origin);
  expect(asked.length).toBeGreaterThan(8);
  expect(new Set(asked)).toEqual(new Set([issuer]));
});

test("a discovery document that is another issuer's is not followed", async () => {
  const sandbox = rotatedSandbox({ url: other });
  const elsewhere = { issuer: "https://evil.example", token_endpoint: "https://evil.example/oauth2/token" };
  const fetch = async (url: string, init: RequestInit) =>
    url.includes(".well-known") ? Response.json(elsewhere) : sandbox.fetch(url, init);

  expect(await verify(sandbox, { fetch, issuer: other })).toMatchObject({ verdict: "accepted" });
  expect(sandbox.requests.filter(({ url }) => url.includes("evil"))).toEqual([]);
});

test("every probe has a made-up code or token of its own, and every control a wrong secret of its own", async () => {
  const codes: (string | null)[] = [];
  const wrong: (string | undefined)[] = [];
  for (const issuer of [{ learning: [false] }, { token: "absent" as const }]) {
    const sandbox = rotatedSandbox(issuer);
    const fetch = (url: string, init: RequestInit) => {
      const form = new URLSearchParams(String(init.body));
      if (url.includes("/oauth2/")) codes.push(form.get("code") ?? form.get("token"));
      return sandbox.fetch(url, init);
    };
    await verify(sandbox, { fetch });
    const presented = [...probes(sandbox, "token"), ...probes(sandbox, "revocation")].map(({ secret }) => secret);
    wrong.push(...presented.filter((secret) => secret !== newest(sandbox)));
  }

  expect(codes.length).toBeGreaterThan(8);
  for (const code of codes) expect(code).toMatch(/^cf-oauth-made-up-[0-9a-f]{32}$/);
  expect(new Set(codes).size).toBe(codes.length);
  expect(wrong.length).toBeGreaterThan(2);
  expect(new Set(wrong).size).toBe(wrong.length);
});

test("the old secret is never presented to the issuer, from the first step to the last", async () => {
  const world = new World({ issuer: { learning: [false, true, false] } });
  const [old] = world.sandbox.secretsOf(clientId);

  await settle(new Process(world).run("rotate", { finish: true }));

  const presented = world.sandbox.requests.map(({ secret }) => secret).filter(Boolean);
  expect(presented).toContain(world.deployed);
  expect(presented).not.toContain(old);
});

test("the control is sent before the request that creates the secret", async () => {
  const world = new World();
  const rotate = new Process(world);
  await settle(rotate.run("rotate"));

  expect(rotate.sent.indexOf("POST token")).toBeLessThan(rotate.sent.indexOf("POST rotate_secret"));
});

describe("inspecting an issuer", () => {
  const inspect = (sandbox: Sandbox) =>
    settle(inspectIssuer({ clientId, method: "client_secret_basic", fetch: sandbox.fetch }));

  test("names the endpoint that refuses a wrong secret, and presents no other", async () => {
    const sandbox = rotatedSandbox();
    expect(await inspect(sandbox)).toEqual({
      endpoint: "token",
      reason: "the token endpoint refuses a deliberately wrong secret",
    });
    expect(probes(sandbox, "token")).toHaveLength(1);
    expect(probesWith(sandbox, newest(sandbox))).toEqual([]);
  });

  test("says why where no endpoint can tell", async () => {
    const { endpoint, reason } = await inspect(rotatedSandbox({ token: "absent", revocation: "accepts-everything" }));
    expect(endpoint).toBeUndefined();
    expect(reason).toMatch(/the token endpoint: 404.+the revocation endpoint accepts a deliberately wrong secret/);
  });

  test("asks nothing else of a server that asks for a wait that is too long", async () => {
    const sandbox = rotatedSandbox();
    const fetch = answering(
      sandbox,
      "token",
      () => new Response(null, { status: 429, headers: { "Retry-After": "120" } }),
    );
    const found = await settle(inspectIssuer({ clientId, method: "client_secret_basic", fetch }));
    expect(found).toMatchObject({ endpoint: undefined, reason: expect.stringContaining("which asks to wait until") });
    expect(probes(sandbox, "revocation")).toEqual([]);
  });
});

test.each(['{"error":"invalid_client', "[]", "null", '"invalid_client"', '{"error":["invalid_client"]}'])(
  "a refusal whose body is %s is none",
  async (body) => {
    const sandbox = rotatedSandbox({ revocation: "absent" });
    const fetch = answering(sandbox, "token", () => new Response(body, { status: 401 }));
    const { verdict, reason } = await verify(sandbox, { fetch });
    expect(verdict).toBe("inconclusive");
    expect(reason).toContain("401 text/plain");
  },
);
