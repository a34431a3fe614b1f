import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TrafficRecorder } from "../../src/cli/session/traffic.ts";
import Cloudflare from "../../src/client/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { type Finished, runNode } from "../support/run-node.ts";
import { openapi, redocly } from "./description.ts";

/** What of an operation the traffic did not show. */
interface Missing {
  readonly kind: "operation" | "parameter" | "property" | "response";
  readonly target?: "request" | "response";
  readonly status?: string;
  readonly path?: string;
}

interface Coverage {
  readonly totals: Readonly<Record<"operations" | "parameters", { covered: number; total: number }>>;
  readonly operations: readonly { operationId: string; missing: readonly Missing[] }[];
}

/** Every setting of a client. */
const settings = {
  client_name: "Shop",
  client_uri: "https://example.com",
  logo_uri: "https://example.com/logo.png",
  policy_uri: "https://example.com/policy",
  tos_uri: "https://example.com/terms",
  redirect_uris: ["https://example.com/callback"],
  post_logout_redirect_uris: ["https://example.com/"],
  allowed_cors_origins: ["https://example.com"],
  scopes: ["account.read", "openid"],
  optional_scopes: ["account.read"],
  grant_types: ["authorization_code" as const],
  response_types: ["code" as const],
  token_endpoint_auth_method: "client_secret_post" as const,
};

let folder: string;

/** The traffic of all operations, answered well and with a refusal. */
async function recorded(): Promise<string> {
  const { accountId: account_id, apiToken, baseURL, fetch } = createSandbox({ clients: [] });
  const known = new Set([...Object.values(settings).flat(), "public", "private"]);
  const traffic = new TrafficRecorder(fetch, { baseURL, known });
  const client = new Cloudflare({ apiToken, baseURL, fetch: traffic.fetch, maxRetries: 0 });
  const { oauthClients, oauthScopes } = client.iam;
  await oauthScopes.list();
  const { client_id } = await oauthClients.create({ account_id, ...settings });
  await oauthClients.rotateSecret(client_id, { account_id });
  await oauthClients.rotateSecret(client_id, { account_id }).catch(() => "refused");
  await oauthClients.list({ account_id });
  await oauthClients.get(client_id, { account_id });
  await oauthClients.deleteRotatedSecret(client_id, { account_id });
  await oauthClients.update(client_id, { account_id, ...settings, visibility: "public" });
  await oauthClients.get(client_id, { account_id });
  await oauthClients.list({ account_id });
  await oauthClients.delete(client_id, { account_id });
  await oauthClients.get(client_id, { account_id }).catch(() => "refused");
  return traffic.archive({});
}

/** Good responses have no errors, and the sandbox verifies no hosts. */
function isExpected(path: string): boolean {
  return !/^(errors|messages)\b|\.client_uri_verification\b/.test(path);
}

/** Holds traffic against the description. */
async function drift(traffic: string): Promise<Finished & { coverage: Coverage }> {
  const [har, coverage] = [join(folder, "traffic.har"), join(folder, "coverage.json")];
  await writeFile(har, traffic);
  const words = ["drift", har, "--api", "openapi.yaml", "--coverage-output", coverage];
  const finished = await runNode(redocly, words, openapi);
  return { ...finished, coverage: JSON.parse(await readFile(coverage, "utf8")) };
}

describe("the traffic of all operations, held against the description by redocly drift", () => {
  let traffic: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "traffic-"));
    traffic = await recorded();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is as the description says, and covers every operation, parameter, request field and field of a result", async () => {
    const { exit, stdout, coverage } = await drift(traffic);
    expect(exit, stdout).toBe(0);
    expect(stdout).toMatch(/undocumented=0\n.*Findings: total=0 /);
    const { operations, parameters } = coverage.totals;
    expect(operations).toEqual({ covered: 8, total: 8 });
    expect(parameters.covered).toBe(parameters.total);
    const missing = coverage.operations.flatMap(({ operationId, missing }) =>
      missing
        .filter(({ target, status, path = "" }) => target === "request" || (status === "200" && isExpected(path)))
        .map(({ path = "the response" }) => `${operationId} ${path}`),
    );
    // A client is promoted later than it is created.
    expect(missing).toEqual(["oauth-clients-create result.promoted_at"]);
  });

  it.each([
    ["a type", /"has_rotated_secret\\":(true|false)/, '"has_rotated_secret\\":\\"yes\\"', "has_rotated_secret"],
    ["an endpoint", /oauth\/scopes"/, 'oauth/permissions"', "/oauth/permissions"],
    ["a field that must be there", /\\"visibility\\":\\"private\\",?/, "", "visibility"],
  ])("is reported where the service differs by %s", async (_, from, to, told) => {
    const other = traffic.replace(from, () => to);
    expect(other).not.toBe(traffic);
    const { exit, stdout } = await drift(other);
    expect(exit).toBe(1);
    expect(stdout).toContain(told);
  });
});
