import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import description from "../../generated/openapi.json" with { type: "json" };
import { serveSandbox } from "../../src/cli/session/sandbox-server.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { Folder } from "../guides/folder.ts";
import { end } from "../support/command.ts";

const accountId = "023e105f4ecef8ad9ca31a8372d0c353";
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const clients = [{ client_id: clientId }];

const samples = Object.values(description.paths)
  .flatMap((path) => Object.values(path))
  .flatMap((operation) => ("x-codeSamples" in operation ? [operation] : []))
  .map(({ operationId, "x-codeSamples": [curl, typescript] }) => ({
    operationId,
    curl: curl?.source ?? "",
    typescript: typescript?.source ?? "",
  }));

/** Puts a sandbox in the place of Cloudflare, and prints at last what it was asked. */
const account = `
import { createSandbox } from "cloudflare-oauth-clients/sandbox";
const sandbox = createSandbox({ accountId: "${accountId}", clients: ${JSON.stringify(clients)} });
globalThis.fetch = sandbox.fetch;
process.env.CLOUDFLARE_API_TOKEN = sandbox.apiToken;
process.on("exit", () => console.log(JSON.stringify(sandbox.requests)));
`;

test("every operation has its samples", () => {
  const operations = JSON.stringify(description.paths).match(/"operationId":"[^"]+","summary"/g);
  expect(samples).toHaveLength(operations?.length ?? 0);
});

test.for(samples)("$operationId by curl", async ({ operationId, curl }) => {
  const { sandbox, apiURL, close } = await serveSandbox((url) =>
    createSandbox({ issuer: { url }, accountId, clients }),
  );
  try {
    const local = curl.replace(description.servers[0]?.url ?? "", apiURL).replace("curl ", "curl --silent --fail ");
    const { PATH = "" } = process.env;
    const env = { PATH, CLOUDFLARE_API_TOKEN: sandbox.apiToken, ACCOUNT_ID: accountId, OAUTH_CLIENT_ID: clientId };
    const ended = await end(spawn("bash", ["--norc", "-c", local], { env }));
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ success: true });
    expect(sandbox.requests).toMatchObject([{ operation: operationId, applied: true }]);
  } finally {
    await close();
  }
});

test("each in TypeScript compiles, and sends its request", { timeout: 60_000 }, async () => {
  await using folder = await Folder.make("bash");
  expect(await folder.typeErrors(samples.map(({ typescript }) => typescript))).toBe("");
  folder.write("account.mjs", account);
  for (const { operationId, typescript } of samples) {
    const printed = await folder.run(typescript, "--import", "./account.mjs");
    expect(JSON.parse(printed), operationId).toMatchObject([{ operation: operationId, applied: true }]);
  }
});
