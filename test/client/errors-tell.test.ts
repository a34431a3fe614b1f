import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { Cloudflare } from "../../src/client/index.ts";
import { areCredentialsRefused } from "../../src/client/refused-credentials.ts";
import { apiToken, failureOf, refusal, response } from "./examples.ts";

function refusing(status: number, body: string, type = "application/json"): Cloudflare {
  return new Cloudflare({
    apiToken,
    maxRetries: 0,
    fetch: async () => response(status, body, { "Content-Type": type }),
  });
}

test("the name of an error survives a minifier", async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { Cloudflare } from "./index.ts";
        const client = new Cloudflare({ apiToken: "token", fetch: async () => new Response(null, { status: 404 }) });
        export const name = await client.iam.oauthScopes.list().catch((error) => error.name);`,
      resolveDir: fileURLToPath(new URL("../../src/client", import.meta.url)),
    },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const code = outputFiles[0]?.text ?? "";
  expect(code).not.toContain("class NotFoundError");
  const loaded: unknown = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  expect(loaded).toHaveProperty("name", "NotFoundError");
});

test("JSON is asked for, unless a header asks for something else", async () => {
  const seen: (string | null)[] = [];
  const fetch = async (_: string, { headers }: RequestInit) => {
    seen.push(new Headers(headers).get("accept"));
    return response(404);
  };
  await failureOf(new Cloudflare({ apiToken, fetch }).iam.oauthScopes.list());
  await failureOf(new Cloudflare({ apiToken, fetch, defaultHeaders: { accept: "text/plain" } }).iam.oauthScopes.list());
  await failureOf(new Cloudflare({ apiToken, fetch }).iam.oauthScopes.list({ headers: { Accept: "text/html" } }));
  expect(seen).toEqual(["application/json", "text/plain", "text/html"]);
});

test("problem details are a field, and part of the message", async () => {
  const problem = { type: "https://example.com/1015", title: "Rate limited", detail: `Not with ${apiToken}.` };
  const body = JSON.stringify({ ...problem, status: 429, client_secret: "hidden" });
  const error = await failureOf(refusing(429, body, "application/problem+json").iam.oauthScopes.list());
  expect(error.problem).toEqual({ ...problem, detail: "Not with [redacted]." });
  expect(error.errors).toEqual([]);
  expect(error.message).toContain("429 Rate limited; Not with [redacted].; https://example.com/1015");
  expect(JSON.stringify(error.error)).not.toContain("hidden");
});

test("the address that explains an error is part of the message", async () => {
  const entry = { code: 10000, message: "Forbidden", documentation_url: "https://example.com/10000" };
  const { message } = await failureOf(
    refusing(403, JSON.stringify({ success: false, errors: [entry] })).iam.oauthScopes.list(),
  );
  expect(message).toContain("Forbidden (10000) https://example.com/10000");
});

test.each<[string, number, string, boolean]>([
  [
    "a 400 that says that the format of the token is wrong",
    400,
    '{"errors":[{"code":6003,"error_chain":[{"code":6111}]}]}',
    true,
  ],
  ["a 400 whose chain alone says it", 400, '{"errors":[{"code":1,"error_chain":[{"code":6103}]}]}', true],
  ["a 400 about the request", 400, refusal("Wrong.", 1234), false],
  ["a 400 about the request, with a code that a 401 has too", 400, refusal("An old secret exists", 10000), false],
  ["a 401 of the API", 401, refusal("Authentication error", 10000), true],
  ["a 403 of the API", 403, refusal("Forbidden", 9109), true],
  ["a bot challenge", 403, "<html>", false],
])("whether %s refuses the credentials", async (_, status, body, expected) => {
  expect(areCredentialsRefused(await failureOf(refusing(status, body).iam.oauthScopes.list()))).toBe(expected);
});
