import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Finished, runNode } from "../support/run-node.ts";
import { openapi, redocly } from "./description.ts";

const apiToken = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";
const newSecret = "cf-oauth-secret-new-example";

interface Run extends Finished {
  readonly steps: readonly { stepId: string; request: { method: string; url: string } }[];
  /** Everything that a run prints or leaves behind. */
  readonly traces: string;
}

let folder: string;

/** Runs the workflow against Prism, as talkative as it can be. */
async function respect(accountId: string): Promise<Run> {
  const json = join(folder, `${accountId}.json`);
  const har = join(folder, `${accountId}.har`);
  const finished = await runNode(
    redocly,
    [
      ...["respect", "rotation.arazzo.yaml", "--verbose", "--json-output", json, "--har-output", har],
      ...["--server", `cloudflare=${inject("prism")}`],
      ...["--input", `apiToken=${apiToken}`, "--input", `accountId=${accountId}`],
      ...["--input", "clientId=a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4"],
    ],
    // This command takes no --config; it finds redocly.yaml, which turns telemetry off, where it runs.
    openapi,
  );
  const log = await readFile(json, "utf8");
  const [workflow] = JSON.parse(log).files["rotation.arazzo.yaml"].executedWorkflows;
  const traces = [finished.stdout, finished.stderr, log, await readFile(har, "utf8")].join("\n");
  return { ...finished, steps: workflow.executedSteps, traces };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "workflow-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the rotation workflow", () => {
  let run: Run;
  beforeAll(async () => {
    run = await respect("023e105f4ecef8ad9ca31a8372d0c353");
  }, 30_000);

  it("succeeds against a server that follows the description", () => {
    expect(run.exit, run.stdout).toBe(0);
  });

  it("reads the client, rotates, reads it, deletes the old secret, and reads it again", () => {
    const calls = run.steps.map(({ stepId, request: { method, url } }) => [
      stepId,
      method,
      url.endsWith("rotate_secret"),
    ]);
    expect(calls).toEqual([
      ["before", "get", false],
      ["rotate", "post", true],
      ["overlap", "get", false],
      ["deleteOld", "delete", true],
      ["after", "get", false],
    ]);
  });

  it("shows neither the API token nor the new secret, though it has received both", () => {
    expect(run.traces).toContain("Bearer ********");
    expect(run.traces).toMatch(/"client_secret": "\*+"/);
    expect(run.traces).not.toContain(apiToken);
    expect(run.traces).not.toContain(newSecret);
  });

  it("fails when a request is refused", async () => {
    const refused = await respect("an-account-id-of-too-few-letters".slice(1));
    expect(refused.exit).toBe(1);
    expect(refused.stdout).toContain("422");
  }, 30_000);
});
