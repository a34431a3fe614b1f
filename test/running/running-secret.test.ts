import { createHash, createHmac, createSecretKey, hkdfSync } from "node:crypto";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runningSecret } from "../../src/running/index.ts";
import { proofMessage } from "../../src/running/proof.ts";

const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const nonce = "0123456789abcdef";
const secret = "the secret in use";

type Handler = ReturnType<typeof runningSecret>;

function ask(handler: Handler, query: Record<string, string> = { client_id: clientId, nonce }, method = "GET") {
  return handler(new Request(`https://app.example.com/secret?${new URLSearchParams(query)}`, { method }));
}

async function proofBy(used: string, query?: Record<string, string>, replica = "a"): Promise<string> {
  return (
    await (
      await ask(
        runningSecret(() => used, { replica }),
        query,
      )
    ).json()
  ).proof;
}

/** The proof as Node's crypto makes it, from the description in the guide alone. */
function expectedProof(used: string, replica: string): string {
  const domain = "cloudflare-oauth-clients running secret 1";
  const digest = createHash("sha256").update(used).digest();
  const key = Buffer.from(hkdfSync("sha256", digest, Buffer.alloc(0), domain, 32));
  return createHmac("sha256", key)
    .update(JSON.stringify([domain, clientId, nonce, replica]))
    .digest("hex");
}

test("a response names the replica, and shows by an HMAC which secret it uses", async () => {
  const response = await ask(runningSecret(() => secret, { replica: "pod-1" }));
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(await response.json()).toEqual({ replica: "pod-1", proof: expectedProof(secret, "pod-1") });
});

test("a process keeps the name that it gives itself, also where it makes a handler for each request", async () => {
  const name = async () => (await (await ask(runningSecret(() => secret))).json()).replica;
  const first = await name();
  expect(first).toMatch(/^[0-9a-f]{8}$/);
  expect(await name()).toBe(first);
});

test("the secret is asked for each time, so that one that is reloaded counts at once", async () => {
  let used = "old";
  const handler = runningSecret(async () => used, { replica: "a" });
  const before = (await (await ask(handler)).json()).proof;
  used = secret;
  expect((await (await ask(handler)).json()).proof).toBe(await proofBy(secret));
  expect(before).not.toBe(await proofBy(secret));
});

test("a response is about one client, one question, one replica and one secret", async () => {
  const proofs = await Promise.all([
    proofBy(secret),
    proofBy(secret, { client_id: "another", nonce }),
    proofBy(secret, { client_id: clientId, nonce: `${nonce}0` }),
    proofBy(secret, undefined, "b"),
    proofBy(`${secret} `),
  ]);
  expect(new Set(proofs).size).toBe(proofs.length);
});

describe("a response cannot sign a client assertion", () => {
  const parts = fc.record({ clientId: fc.string(), nonce: fc.string(), replica: fc.string() });

  test("since no message is what a JWT is signed over", () => {
    fc.assert(
      fc.property(parts, (question) => {
        const text = new TextDecoder().decode(proofMessage(question));
        // RFC 7515, section 5.1: base64url, a dot, base64url.
        expect(text).not.toMatch(/^[\w-]+\.[\w-]*$/);
        expect(text.startsWith("[")).toBe(true);
      }),
    );
  });

  test("since two questions that differ have messages that differ", () => {
    fc.assert(
      fc.property(parts, parts, (one, two) => {
        const isSame = one.clientId === two.clientId && one.nonce === two.nonce && one.replica === two.replica;
        expect(Buffer.compare(proofMessage(one), proofMessage(two)) === 0).toBe(isSame);
      }),
    );
  });

  test("since its key is neither the secret nor its SHA-256", async () => {
    const message = proofMessage({ clientId, nonce, replica: "a" });
    const proof = await proofBy(secret);
    for (const key of [
      secret,
      createHash("sha256").update(secret).digest(),
      createHash("sha256").update(secret).digest("hex"),
    ])
      expect(
        createHmac("sha256", createSecretKey(Buffer.from(key)))
          .update(message)
          .digest("hex"),
      ).not.toBe(proof);
  });
});

test.each([undefined, ""])("without a secret (%o) it says so, with 503", async (used) => {
  const response = await ask(runningSecret(() => used));
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ error: "This service has no client secret." });
});

test("a failure to give the secret is not shown to others", async () => {
  const response = await ask(
    runningSecret(() => {
      throw new Error(`cannot read ${secret}`);
    }),
  );
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain(secret);
});

test.each<[string, unknown]>([
  ["a symbol for a secret", Symbol("secret")],
  ["one that cannot be turned into text", Object.create(null)],
])("%s does not make it reject, which would end the service", async (_, used) => {
  expect((await ask(runningSecret(() => used as string))).status).toBe(503);
});

test("an invalid address does not make it reject", async () => {
  const handler = runningSecret(() => secret);
  expect((await handler({ method: "GET", url: "//[" } as Request)).status).toBeGreaterThanOrEqual(400);
});

test.each<[string, Record<string, string>]>([
  ["no client", { nonce }],
  ["an empty client", { client_id: "", nonce }],
  ["a client with a line end", { client_id: "a\nb", nonce }],
  ["no nonce", { client_id: clientId }],
  ["a short nonce", { client_id: clientId, nonce: "123456789012345" }],
  ["a long nonce", { client_id: clientId, nonce: "1".repeat(129) }],
  ["a nonce of other characters", { client_id: clientId, nonce: "0123456789abcde." }],
])("a question with %s is refused with 400", async (_, query) => {
  expect(
    (
      await ask(
        runningSecret(() => secret),
        query,
      )
    ).status,
  ).toBe(400);
});

test("another method than GET is refused with 405", async () => {
  const response = await ask(
    runningSecret(() => secret),
    undefined,
    "POST",
  );
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
});

test.each(["", "two words", "ä", "x".repeat(254)])("a replica cannot be named %o", (replica) => {
  expect(() => runningSecret(() => secret, { replica })).toThrow(RangeError);
});

test("it is small: at most 2 kB, minified and gzipped", async () => {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "./src/running/index.ts"', resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  expect(gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length).toBeLessThanOrEqual(2000);
});
