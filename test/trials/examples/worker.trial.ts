import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { bundle } from "../../support/bundle.ts";
import { startMiniflare } from "../../support/miniflare.ts";
import { here, project, typeErrors } from "./project.ts";

/** What we use of miniflare besides. */
interface SecretsStore {
  getSecretsStoreSecretAPI(binding: string): Promise<() => { create(value: string): Promise<string> }>;
}

interface Wrangler {
  readonly main: string;
  readonly compatibility_date: string;
  readonly secrets_store_secrets: readonly { binding: string; store_id: string; secret_name: string }[];
  readonly vars: Readonly<Record<string, string>>;
}

const wrangler: Wrangler = JSON.parse(readFileSync(join(here, "worker/wrangler.json"), "utf8"));
const viewerToken = "viewer-token-of-this-test";
const waiting = "b".repeat(32);
const calm = "c".repeat(32);

/** The Worker in workerd, with the API answered by a sandbox, and all that was ever printed or answered. */
async function deploy(apiToken?: string) {
  const sandbox = createSandbox({
    clients: [
      { client_id: waiting, client_name: "Checkout", has_rotated_secret: true },
      { client_id: calm, client_name: "Search" },
    ],
  });
  const said: string[] = [];
  const hosts = new Set<string>();
  const miniflare = startMiniflare({
    modules: true,
    script: await bundle(join(project, "worker", wrangler.main), "workerd"),
    compatibilityDate: wrangler.compatibility_date,
    bindings: { ...wrangler.vars, LOG_LEVEL: "debug" },
    secretsStoreSecrets: Object.fromEntries(
      wrangler.secrets_store_secrets.map(({ binding, ...secret }) => [binding, secret]),
    ),
    // All that the Worker sends.
    outboundService: async (request: Request) => {
      hosts.add(new URL(request.url).host);
      return sandbox.fetch(request.url, { method: request.method, headers: [...request.headers] });
    },
    handleRuntimeStdio: (...streams: Readable[]) => {
      for (const input of streams) createInterface({ input }).on("line", (line) => said.push(line));
    },
  });
  const secrets = miniflare as typeof miniflare & SecretsStore;
  const url = await miniflare.ready;
  for (const [binding, value] of [
    ["CLOUDFLARE_API_TOKEN", apiToken ?? sandbox.apiToken],
    ["VIEWER_TOKEN", viewerToken],
  ] as const)
    await (await secrets.getSecretsStoreSecretAPI(binding))().create(value);
  return {
    sandbox,
    said,
    hosts,
    get: async (token?: string) => {
      const response = await fetch(url, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } });
      const body = await response.text();
      said.push(body, JSON.stringify([...response.headers]));
      return { status: response.status, body };
    },
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  };
}

test("the Worker's types are right", async () => expect(await typeErrors("worker")).toBe(""));

test("it shows the account's clients, and which of them have an old secret waiting", async () => {
  await using worker = await deploy();
  const { status, body } = await worker.get(viewerToken);
  expect([status, JSON.parse(body)]).toEqual([
    200,
    [
      { client_id: waiting, name: "Checkout", old_secret_waiting: true },
      { client_id: calm, name: "Search", old_secret_waiting: false },
    ],
  ]);
  expect([...worker.hosts]).toEqual(["api.cloudflare.com"]);
  // It logs at `debug`, and so what it sends, but no credential.
  await expect.poll(() => worker.said.join("\n")).toContain("GET https://api.cloudflare.com/client/v4/accounts/");
  const secrets = [waiting, calm].flatMap((id) => worker.sandbox.secretsOf(id));
  for (const secret of [worker.sandbox.apiToken, viewerToken, ...secrets])
    expect(worker.said.join("\n")).not.toContain(secret);
});

test("it shows nothing to strangers, and asks for nothing on their behalf", async () => {
  await using worker = await deploy();
  for (const token of [undefined, "", `${viewerToken}.`])
    expect(await worker.get(token)).toMatchObject({ status: 401, body: "Unauthorized" });
  expect(worker.sandbox.requests).toEqual([]);
});

test("it answers 502 where the API refuses the token, and shows the token to nobody", async () => {
  const refused = "token-that-is-refused-0123456789";
  await using worker = await deploy(refused);
  const { status, body } = await worker.get(viewerToken);
  expect([status, JSON.parse(body)]).toEqual([502, { error: expect.stringMatching(/Error$/), status: 401 }]);
  await expect.poll(() => worker.said.join("\n")).toContain("The clients could not be listed");
  expect(worker.said.join("\n")).not.toContain(refused);
});
