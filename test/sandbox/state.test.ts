import { describe, expect, it, vi } from "vitest";
import { createSandbox } from "../../src/sandbox/index.ts";
import { documentedId, read, result, rotate, send } from "./call.ts";

const settings = {
  client_name: "New",
  grant_types: ["authorization_code"],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code"],
  scopes: ["account.read", "zone.read"],
  token_endpoint_auth_method: "client_secret_post",
};

describe("a rotation", () => {
  it("raises the flag while there are two secrets, and lowers it once the old one is deleted", async () => {
    const sandbox = createSandbox();
    const [old] = sandbox.secretsOf(documentedId);
    expect(await read(sandbox)).toMatchObject({ has_rotated_secret: false });
    const fresh = await rotate(sandbox);
    expect(await read(sandbox)).toMatchObject({ has_rotated_secret: true });
    expect(sandbox.secretsOf(documentedId)).toEqual([old, fresh]);
    expect(await result(sandbox, "oauth-clients-delete-rotated-secret")).toEqual({ id: documentedId });
    expect(await read(sandbox)).toMatchObject({ has_rotated_secret: false });
    expect(sandbox.secretsOf(documentedId)).toEqual([fresh]);
  });

  it("makes a secret that nobody had before", async () => {
    const sandbox = createSandbox({ onSecondRotation: "keep" });
    const secrets = [await rotate(sandbox), await rotate(sandbox), await rotate(createSandbox())];
    expect(new Set(secrets).size).toBe(3);
  });

  it("changes nothing when there is no old secret to delete", async () => {
    const sandbox = createSandbox();
    const before = await read(sandbox);
    expect(await result(sandbox, "oauth-clients-delete-rotated-secret")).toBe(null);
    expect(await read(sandbox)).toEqual(before);
    expect(sandbox.secretsOf(documentedId)).toHaveLength(1);
  });

  it.each(["oauth-clients-rotate-secret", "oauth-clients-delete-rotated-secret"] as const)(
    "is refused on a client that does not authenticate: %s",
    async (operation) => {
      const sandbox = createSandbox({ clients: [{ client_id: "open", token_endpoint_auth_method: "none" }] });
      const response = await send(sandbox, operation, { clientId: "open" });
      expect(response.status).toBe(400);
      expect(sandbox.secretsOf("open")).toEqual([]);
    },
  );
});

describe("a sandbox that is made of another's clients", () => {
  it("goes on from there: with the same secrets, the flag, and what was changed", async () => {
    const before = createSandbox();
    const fresh = await rotate(before);
    const after = createSandbox({ clients: JSON.parse(JSON.stringify(before.clients())) });
    expect(after.secretsOf(documentedId)).toEqual(before.secretsOf(documentedId));
    expect(await read(after)).toEqual(await read(before));
    await result(after, "oauth-clients-delete-rotated-secret");
    expect(after.secretsOf(documentedId)).toEqual([fresh]);
  });
});

describe("a second rotation", () => {
  it("is refused with a conflict, and leaves both secrets", async () => {
    const sandbox = createSandbox();
    await rotate(sandbox);
    const before = sandbox.secretsOf(documentedId);
    const response = await send(sandbox, "oauth-clients-rotate-secret");
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ success: false, result: null, errors: [{ code: 10409 }] });
    expect(sandbox.secretsOf(documentedId)).toEqual(before);
  });

  it("keeps up to five secrets", async () => {
    const sandbox = createSandbox({ onSecondRotation: "keep" });
    const [old] = sandbox.secretsOf(documentedId);
    const made: string[] = [];
    for (let round = 0; round < 4; round++) made.push(await rotate(sandbox));
    expect(sandbox.secretsOf(documentedId)).toEqual([old, ...made]);
    made.push(await rotate(sandbox));
    expect(sandbox.secretsOf(documentedId)).toEqual(made);
    await result(sandbox, "oauth-clients-delete-rotated-secret");
    expect(sandbox.secretsOf(documentedId)).toEqual(made.slice(-1));
  });

  it("replaces the oldest secret", async () => {
    const sandbox = createSandbox({ onSecondRotation: "replace" });
    const first = await rotate(sandbox);
    const second = await rotate(sandbox);
    expect(sandbox.secretsOf(documentedId)).toEqual([first, second]);
  });
});

describe("a client that starts with a rotated secret", () => {
  it("has the given secret as the old one, and a new one that nobody has been told", async () => {
    const client = { client_id: "lost", client_secret: "deployed", has_rotated_secret: true };
    const sandbox = createSandbox({ clients: [client] });
    expect(await read(sandbox, { clientId: "lost" })).toMatchObject({ has_rotated_secret: true });
    expect(sandbox.secretsOf("lost")).toEqual(["deployed", expect.any(String)]);
  });
});

describe("updated_at", () => {
  it("moves with every creation and deletion of a secret, even within a millisecond", async () => {
    vi.useFakeTimers();
    const sandbox = createSandbox();
    const seen = [(await read(sandbox)).updated_at];
    await rotate(sandbox);
    seen.push((await read(sandbox)).updated_at);
    await result(sandbox, "oauth-clients-delete-rotated-secret");
    seen.push((await read(sandbox)).updated_at);
    vi.useRealTimers();
    expect(new Set(seen).size).toBe(3);
    expect(seen).toEqual([...seen].sort());
  });

  it("stays where it was", async () => {
    const sandbox = createSandbox({ updatedAt: "still" });
    const { updated_at } = await read(sandbox);
    await rotate(sandbox);
    expect((await read(sandbox)).updated_at).toBe(updated_at);
    await result(sandbox, "oauth-clients-update", { body: { client_name: "Other" } });
    expect((await read(sandbox)).updated_at).not.toBe(updated_at);
  });

  it("is absent", async () => {
    const sandbox = createSandbox({ updatedAt: "absent" });
    await rotate(sandbox);
    expect(await read(sandbox)).not.toHaveProperty("updated_at");
  });
});

describe("reads that lag", () => {
  it("show what was so long ago, while a rotation is decided by what is", async () => {
    vi.useFakeTimers();
    const sandbox = createSandbox({ readLag: 2000 });
    await rotate(sandbox);
    const flag = async () => [
      (await read(sandbox)).has_rotated_secret,
      await result(sandbox, "oauth-clients-list")
        .then(JSON.stringify)
        .then((list) => /_secret":true/.test(list)),
    ];
    expect(await flag()).toEqual([false, false]);
    expect((await send(sandbox, "oauth-clients-rotate-secret")).status).toBe(409);
    vi.advanceTimersByTime(1999);
    expect(await flag()).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect(await flag()).toEqual([true, true]);
    await result(sandbox, "oauth-clients-delete");
    expect(await flag()).toEqual([true, true]);
    vi.advanceTimersByTime(2000);
    expect((await send(sandbox, "oauth-clients-get")).status).toBe(404);
    vi.useRealTimers();
  });
});

describe("registering a client", () => {
  it("tells its secret, this once", async () => {
    const sandbox = createSandbox();
    const created = await result(sandbox, "oauth-clients-create", { body: settings });
    expect(created).toMatchObject({
      ...settings,
      client_id: expect.stringMatching(/^[\da-f]{32}$/),
      visibility: "private",
    });
    const { client_id: clientId = "", client_secret, ...record }: Record<string, string> = { ...(created ?? {}) };
    expect(sandbox.secretsOf(clientId)).toEqual([client_secret]);
    expect(await read(sandbox, { clientId })).toEqual({ client_id: clientId, ...record });
    expect(await result(sandbox, "oauth-clients-list")).toHaveLength(2);
  });

  it("makes no secret for a client that does not authenticate", async () => {
    const body = { ...settings, token_endpoint_auth_method: "none" };
    const created = await result(createSandbox(), "oauth-clients-create", { body });
    expect(created).not.toHaveProperty("client_secret");
  });

  it("ignores what it does not know and what cannot be chosen", async () => {
    const body = { ...settings, client_id: "mine", client_secret: "mine", has_rotated_secret: true, colour: "red" };
    const created = await result(createSandbox(), "oauth-clients-create", { body });
    expect(created).toMatchObject({ has_rotated_secret: false });
    expect(JSON.stringify(created)).not.toMatch(/mine|colour/);
  });
});

describe("changing a client", () => {
  it("changes what is sent and keeps the rest", async () => {
    const sandbox = createSandbox();
    const before = await read(sandbox);
    const body = { client_name: "Other", optional_scopes: ["account.read"] };
    const after = await result(sandbox, "oauth-clients-update", { body });
    expect(after).toEqual({ ...before, ...body, updated_at: expect.any(String) });
    expect(await read(sandbox)).toEqual(after);
  });

  it("promotes it once", async () => {
    const sandbox = createSandbox();
    const body = { visibility: "public" };
    const promoted = await result(sandbox, "oauth-clients-update", { body });
    expect(promoted).toMatchObject({ visibility: "public", promoted_at: expect.any(String) });
    const again = await result(sandbox, "oauth-clients-update", { body });
    expect(again).toEqual({ ...(promoted ?? {}), updated_at: expect.any(String) });
  });

  it("takes its secrets when it is no longer to authenticate; the next comes with a rotation", async () => {
    const sandbox = createSandbox();
    await result(sandbox, "oauth-clients-update", { body: { token_endpoint_auth_method: "none" } });
    expect(sandbox.secretsOf(documentedId)).toEqual([]);
    await result(sandbox, "oauth-clients-update", { body: { token_endpoint_auth_method: "client_secret_post" } });
    const secret = await rotate(sandbox);
    expect(sandbox.secretsOf(documentedId)).toEqual([secret]);
    expect(await read(sandbox)).toMatchObject({ has_rotated_secret: false });
  });

  it("deletes it with all its secrets", async () => {
    const sandbox = createSandbox();
    expect(await result(sandbox, "oauth-clients-delete")).toEqual({ id: documentedId });
    expect(sandbox.secretsOf(documentedId)).toEqual([]);
    expect(await result(sandbox, "oauth-clients-list")).toEqual([]);
    expect((await send(sandbox, "oauth-clients-delete")).status).toBe(404);
  });
});

describe("answers", () => {
  it.each([
    ["oauth-clients-get", 200],
    ["oauth-clients-create", 422],
  ] as const)("announce the limit and tell the time: %s", async (operation, status) => {
    const response = await send(createSandbox(), operation);
    expect(response.status).toBe(status);
    expect(response.headers.get("Ratelimit")).toMatch(/^"default";r=\d+;t=\d+$/);
    expect(response.headers.get("Ratelimit-Policy")).toMatch(/^"default";q=\d+;w=\d+$/);
    expect(Math.abs(Date.now() - Date.parse(response.headers.get("Date") ?? ""))).toBeLessThan(5000);
  });
});

describe("requests", () => {
  it("are all recorded, with whether they were applied", async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    const sandbox = createSandbox();
    await rotate(sandbox);
    await send(sandbox, "oauth-clients-rotate-secret");
    await expect(sandbox.fetch("https://elsewhere.example/")).rejects.toThrow("fetch failed");
    vi.useRealTimers();
    const url = `${sandbox.baseURL}/accounts/${sandbox.accountId}/oauth_clients/${documentedId}/rotate_secret`;
    const common = { operation: "oauth-clients-rotate-secret", method: "POST", url, at: 1_700_000_000_000 };
    expect(sandbox.requests).toEqual([
      { ...common, applied: true, status: 200 },
      { ...common, applied: false, status: 409 },
      { operation: "unknown", method: "GET", url: "https://elsewhere.example/", at: common.at, applied: false },
    ]);
    expect(sandbox.count("oauth-clients-rotate-secret")).toBe(2);
    expect(sandbox.count("unknown")).toBe(1);
  });

  it("do not reach the server with a signal that is aborted already", async () => {
    const sandbox = createSandbox();
    await expect(rotate(sandbox, { signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    expect(sandbox.requests).toEqual([]);
  });

  it("may be a Request object", async () => {
    const sandbox = createSandbox();
    const headers = { Authorization: `Bearer ${sandbox.apiToken}` };
    const response = await sandbox.fetch(new Request(`${sandbox.baseURL}/oauth/scopes`, { headers }));
    expect(response.status).toBe(200);
  });

  it("to an unknown host fail as a name look-up does", async () => {
    const cause = { code: "ENOTFOUND", syscall: "getaddrinfo" };
    await expect(createSandbox().fetch("https://elsewhere.example/")).rejects.toMatchObject({
      name: "TypeError",
      cause: expect.objectContaining(cause),
    });
  });
});
