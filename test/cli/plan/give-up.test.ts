import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ClientReport } from "../../../src/cli/plan/client-report.ts";
import { rotatePlan } from "../../../src/cli/plan/rotate-plan.ts";
import { statusOfPlan } from "../../../src/cli/plan/status-plan.ts";
import Cloudflare from "../../../src/client/index.ts";
import { MemoryJournal, recordRotation, resumeRotation } from "../../../src/rotation/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import { NotedOutput, sessionOn } from "./in-process.ts";
import { id } from "./plan-place.ts";

const hour = 3_600_000;
const start = Date.parse("2026-11-30T01:00Z");

let folder = "";
let sandbox: Sandbox;
let journal: MemoryJournal;

/** Two due clients, of which the second has a sink that fails. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cf-oauth-give-up-"));
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  sandbox = createSandbox({ clients: [0, 1].map((n) => ({ client_id: id(n), client_name: id(n) })) });
  journal = new MemoryJournal();
  for (const clientId of [id(0), id(1)])
    await recordRotation(client(), target(clientId), { journal, rotatedAt: new Date(start - 100 * 24 * hour) });
  writeFileSync(join(folder, "sink"), "old", { mode: 0o600 });
  const sinks = [[{ name: "app", to: "file:sink" }], [{ name: "app", to: "exec:exit 3", readBack: "true" }]];
  const clients = [0, 1].map((n) => ({ id: id(n), name: id(n), sinks: sinks[n] }));
  const hook = `cat >> ${folder}/told`;
  const defaults = { every: "90d", spread: "0", verify: false };
  writeFileSync(plan(), JSON.stringify({ stopAfterFailures: 9, hooks: { notify: hook }, defaults, clients }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = () => join(folder, "plan");
const target = (clientId: string) => ({ accountId: sandbox.accountId, clientId });

function client(): Cloudflare {
  const { apiToken, baseURL, fetch } = sandbox;
  return new Cloudflare({ apiToken, baseURL, fetch, maxRetries: 0, logLevel: "off" });
}

async function rotate(): Promise<{ code: number; report: ClientReport | undefined }> {
  const output = new NotedOutput();
  const code = await rotatePlan(sessionOn({ folder, journal, sandbox, output, client: client() }), plan(), {
    yes: true,
  });
  return { code, report: output.reports.find(({ clientId }) => clientId === id(1)) };
}

/** `status --plan --json`. */
async function status(): Promise<ClientReport[]> {
  const output = new NotedOutput();
  let shown: { clients: ClientReport[] } = { clients: [] };
  output.json = (report) => {
    shown = report as typeof shown;
  };
  await statusOfPlan(sessionOn({ folder, journal, sandbox, output, client: client() }), plan(), {});
  return shown.clients;
}

test("a client that fails is tried again at once, then after one hour, two and four, and after five failures no more", async () => {
  const tries: number[] = [];
  for (let passed = 0; passed <= 40; passed++) {
    vi.setSystemTime(start + passed * hour);
    const { report } = await rotate();
    if (report?.result === "failed" || (report?.result === "stuck" && report.code === "delivery-failed"))
      tries.push(passed);
    else expect(report?.result).toBe(tries.length === 5 ? "stuck" : "waiting after failure");
  }
  expect(tries).toEqual([0, 1, 2, 4, 8]);
  expect(sandbox.count("oauth-clients-rotate-secret")).toBe(2);
});

async function makeStuck(): Promise<void> {
  for (const passed of [0, 1, 2, 4, 8]) {
    vi.setSystemTime(start + passed * hour);
    await rotate();
  }
}

test("one that is stuck is reported with what a person should run, and ends the plan with 4", async () => {
  await makeStuck();
  const { code, report } = await rotate();
  expect(code).toBe(4);
  expect(report).toMatchObject({ result: "stuck", code: "stuck", failures: 5, triesFrom: null, nextStep: "resume" });
  expect(report?.warnings.join()).toContain("failed 5 times in a row, the last time at 2026-11-30T09:00Z");
  expect(report?.nextCommand).toMatch(new RegExp(` resume ${id(1)} --state-dir `));
});

test("the hook is called for each failure once, and not after the last", async () => {
  await makeStuck();
  for (const passed of [20, 40, 60]) {
    vi.setSystemTime(start + passed * hour);
    await rotate();
  }
  const told = readFileSync(join(folder, "told"), "utf8").trim().split("\n");
  const events = told.map((line): { event: string; clientId: string } => JSON.parse(line));
  const ofIt = events.filter(({ clientId }) => clientId === id(1)).map(({ event }) => event);
  expect(ofIt).toEqual(["failed", "failed", "failed", "failed", "stuck"]);
});

test("status lists it first", async () => {
  await makeStuck();
  const clients = await status();
  expect(clients.map(({ clientId, result }) => [clientId, result])).toEqual([
    [id(1), "stuck"],
    [id(0), "old secret works"],
  ]);
});

test("a person's success has the plan go on", async () => {
  await makeStuck();
  const sinks = [{ name: "app", deliver: async () => {} }];
  const { issuer, fetch } = sandbox;
  await resumeRotation(client(), target(id(1)), { journal, sinks, issuer, fetch, verify: false });
  const { code, report } = await rotate();
  expect([code, report?.result, report?.failures]).toEqual([0, "waiting for finish", 0]);
});
