import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedSandbox, serveSandbox } from "../../src/cli/session/sandbox-server.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { type Finished, runNode } from "../support/run-node.ts";
import { openapi, redocly } from "./description.ts";

const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const oldSecret = "cf-oauth-secret-old-example";

/** What a step of the workflow was answered; secrets are masked. */
interface Step {
  readonly stepId: string;
  readonly response: { readonly body: { readonly result: { readonly has_rotated_secret?: boolean } } };
}

let folder: string;
let served: ServedSandbox;
let run: Finished;
let steps: readonly Step[];
/** Everything that the run printed or left behind. */
let traces: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "workflow-"));
  served = await serveSandbox((url) =>
    createSandbox({ issuer: { url }, clients: [{ client_id: clientId, client_secret: oldSecret }] }),
  );
  const { sandbox, apiURL } = served;
  const json = join(folder, "run.json");
  const har = join(folder, "run.har");
  run = await runNode(
    redocly,
    [
      ...["respect", "rotation.arazzo.yaml", "--verbose", "--json-output", json, "--har-output", har],
      ...["--server", `cloudflare=${apiURL}`],
      ...["--input", `apiToken=${sandbox.apiToken}`, "--input", `accountId=${sandbox.accountId}`],
      ...["--input", `clientId=${clientId}`],
    ],
    openapi,
  );
  const log = await readFile(json, "utf8");
  steps = JSON.parse(log).files["rotation.arazzo.yaml"].executedWorkflows[0].executedSteps;
  traces = [run.stdout, run.stderr, log, await readFile(har, "utf8")].join("\n");
}, 60_000);

afterAll(async () => {
  await served.close();
  await rm(folder, { recursive: true });
});

describe("the rotation workflow, run against a server that keeps state", () => {
  it("succeeds", () => {
    expect(run.exit, run.stdout).toBe(0);
  });

  it("reads has_rotated_secret as false before, true during the overlap, and false after the deletion", () => {
    const flags = steps
      .filter(({ stepId }) => ["before", "overlap", "after"].includes(stepId))
      .map(({ stepId, response }) => [stepId, response.body.result.has_rotated_secret]);
    expect(flags).toEqual([
      ["before", false],
      ["overlap", true],
      ["after", false],
    ]);
  });

  it("sends these five requests, all of which are applied, and no others", () => {
    expect(served.sandbox.requests.map(({ operation, applied }) => [operation, applied])).toEqual([
      ["oauth-clients-get", true],
      ["oauth-clients-rotate-secret", true],
      ["oauth-clients-get", true],
      ["oauth-clients-delete-rotated-secret", true],
      ["oauth-clients-get", true],
    ]);
  });

  it("leaves the new secret as the only one, and shows it no more than the API token", () => {
    const [newSecret = "", ...others] = served.sandbox.secretsOf(clientId);
    expect(others).toEqual([]);
    expect(newSecret).not.toBe(oldSecret);
    expect(newSecret).not.toBe("");
    expect(traces).toMatch(/"client_secret": "\*+"/);
    expect(traces).not.toContain(newSecret);
    expect(traces).not.toContain(served.sandbox.apiToken);
  });
});
