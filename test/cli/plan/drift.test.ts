import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StatusReport } from "../../../src/cli/plan/client-report.ts";
import { finishPlan } from "../../../src/cli/plan/finish-plan.ts";
import { rotatePlan } from "../../../src/cli/plan/rotate-plan.ts";
import { statusOfPlan } from "../../../src/cli/plan/status-plan.ts";
import type { Session } from "../../../src/cli/session/session.ts";
import Cloudflare from "../../../src/client/index.ts";
import { MemoryJournal, recordRotation } from "../../../src/rotation/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import { Fleet } from "../../support/fleet.ts";
import { NotedOutput, sessionOn } from "./in-process.ts";
import { id } from "./plan-place.ts";

let folder = "";
let sandbox: Sandbox;
let journal: MemoryJournal;
let fleet: Fleet;
/** The replica that does not follow the file, if there is one. */
let late: string | undefined;

const stored = () => readFileSync(join(folder, "secret"), "utf8");

/** A client whose secret is in a file, and in two replicas of a service, rotated and finished. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cf-oauth-drift-"));
  sandbox = createSandbox({ clients: [{ client_id: id(0), client_name: "app" }] });
  journal = new MemoryJournal();
  const target = { accountId: sandbox.accountId, clientId: id(0) };
  await recordRotation(client(), target, { journal, rotatedAt: new Date(Date.now() - 100 * 86_400_000) });
  writeFileSync(join(folder, "secret"), "old", { mode: 0o600 });
  late = undefined;
  fleet = Fleet.of(2, (index) => (index === 1 ? (late ?? stored()) : stored()));
  const running = [await fleet.listen()];
  const sinks = [{ name: "app", to: "file:secret" }];
  const one = {
    id: id(0),
    name: "app",
    every: "90d",
    spread: "0",
    verify: false,
    checkInterval: "0",
    running,
    replicas: 2,
  };
  writeFileSync(join(folder, "plan"), JSON.stringify({ clients: [{ ...one, sinks }] }));
  expect(await run((session, path) => rotatePlan(session, path, { yes: true }))).toBe(0);
  expect(await run(finishPlan)).toBe(0);
});

afterEach(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function client(): Cloudflare {
  const { apiToken, baseURL, fetch } = sandbox;
  return new Cloudflare({ apiToken, baseURL, fetch, maxRetries: 0, logLevel: "off" });
}

function run(
  command: (session: Session, path: string) => Promise<number>,
  output = new NotedOutput(),
): Promise<number> {
  const made = sessionOn({ folder, journal, sandbox, output, client: client() });
  const fetch: Session["fetch"] = (url, init) =>
    new URL(url).hostname === "127.0.0.1" ? globalThis.fetch(url, init) : sandbox.fetch(url, init);
  return command({ ...made, fetch }, join(folder, "plan"));
}

async function confirm(): Promise<{ code: number; deployed: unknown; warnings: string }> {
  const output = new NotedOutput();
  let shown: { clients: StatusReport[] } = { clients: [] };
  output.json = (report) => {
    shown = report as typeof shown;
  };
  const before = sandbox.requests.length;
  const code = await run((session, path) => statusOfPlan(session, path, { confirm: true }), output);
  expect(sandbox.requests.length).toBe(before);
  return { code, deployed: shown.clients[0]?.deployed, warnings: output.warnings.join("\n") };
}

test("sinks and services that have the newest secret end with 0", async () => {
  expect(await confirm()).toEqual({
    code: 0,
    deployed: [
      { where: "app", has: "newest" },
      { where: "check", has: "newest" },
    ],
    warnings: "",
  });
});

test("a sink that something put the old secret into ends with 4, long after the rotation was done", async () => {
  writeFileSync(join(folder, "secret"), "old");
  const { code, deployed, warnings } = await confirm();
  expect(code).toBe(4);
  expect(deployed).toMatchObject([
    { where: "app", has: "another" },
    { where: "check", has: "another" },
  ]);
  expect(warnings).toContain("app has another secret than the newest that the journal knows.");
});

test("so does one replica", async () => {
  late = "old";
  const { code, deployed } = await confirm();
  expect(code).toBe(4);
  expect(deployed).toMatchObject([
    { has: "newest" },
    { has: "another", reason: expect.stringContaining("1 uses another") },
  ]);
});

test("one that cannot be asked ends with 7, and says why", async () => {
  late = "";
  const { code, warnings } = await confirm();
  expect(code).toBe(7);
  expect(warnings).toMatch(/Whether check has the newest secret is not known \(.*status 503/);
});

test.each([true, false])(
  "there is nothing to compare with a secret that was created elsewhere (recorded: %s)",
  async (isRecorded) => {
    journal = new MemoryJournal();
    const target = { accountId: sandbox.accountId, clientId: id(0) };
    if (isRecorded) await recordRotation(client(), target, { journal, rotatedAt: new Date() });
    expect(await confirm()).toEqual({ code: 0, deployed: [], warnings: "" });
  },
);
