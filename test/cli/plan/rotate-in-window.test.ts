import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { finishPlan } from "../../../src/cli/plan/finish-plan.ts";
import { rotatePlan } from "../../../src/cli/plan/rotate-plan.ts";
import type { Session } from "../../../src/cli/session/session.ts";
import Cloudflare from "../../../src/client/index.ts";
import { MemoryJournal, recordRotation } from "../../../src/rotation/index.ts";
import { createSandbox, type Fault, type Sandbox } from "../../../src/sandbox/index.ts";
import { NotedOutput, sessionOn } from "./in-process.ts";
import { id } from "./plan-place.ts";

const hour = 3_600_000;
const day = 24 * hour;
/** In the window, on a Monday. */
const inside = Date.parse("2026-11-30T01:00Z");
const outside = Date.parse("2026-11-30T12:00Z");

let folder = "";
let sandbox: Sandbox;
let journal: MemoryJournal;
let output: NotedOutput;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cf-oauth-window-"));
  vi.useFakeTimers({ toFake: ["Date"], now: inside });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Two clients, each with a secret of that age, and a plan with a window. */
async function begin(age: number, faults: Fault[] = []): Promise<void> {
  const ids = [id(0), id(1)];
  sandbox = createSandbox({ clients: ids.map((client_id) => ({ client_id, client_name: client_id })), faults });
  journal = new MemoryJournal();
  for (const clientId of ids) {
    const target = { accountId: sandbox.accountId, clientId };
    await recordRotation(client(), target, { journal, rotatedAt: new Date(Date.now() - age) });
  }
  for (const one of ids) writeFileSync(join(folder, one), "old", { mode: 0o600 });
  writePlan();
}

/** @param first what the first client has that the other has not. */
function writePlan(first: object = {}): void {
  const clients = [id(0), id(1)].map((one) => ({ id: one, name: one, sinks: [{ name: "app", to: `file:${one}` }] }));
  Object.assign(clients[0] ?? {}, first);
  const window = { from: "22:00", to: "04:00" };
  const defaults = { every: "90d", spread: "0", window, verify: false };
  writeFileSync(join(folder, "plan"), JSON.stringify({ parallel: 1, stopAfterFailures: 9, defaults, clients }));
}

function client(): Cloudflare {
  const { apiToken, baseURL, fetch } = sandbox;
  return new Cloudflare({ apiToken, baseURL, fetch, maxRetries: 0, logLevel: "off" });
}

/** Runs a command on the plan. @returns Each client's result. */
async function run(
  command: (session: Session) => Promise<number>,
  onNote: (text: string) => void = () => undefined,
): Promise<{ code: number; results: string[] }> {
  output = new NotedOutput();
  output.onNote = onNote;
  const code = await command(sessionOn({ folder, journal, sandbox, output, client: client() }));
  const reports = output.reports.sort((a, b) => a.clientId.localeCompare(b.clientId));
  return { code, results: reports.map(({ result }) => result) };
}

const rotate = (session: Session) => rotatePlan(session, join(folder, "plan"), { yes: true });
const finish = (session: Session) => finishPlan(session, join(folder, "plan"));

const posts = () => sandbox.count("oauth-clients-rotate-secret");

describe("rotate --plan, with a window", () => {
  test("begins nothing outside of it, which is no failure, and says when it opens", async () => {
    vi.setSystemTime(outside);
    await begin(90 * day);
    sandbox.requests.length = 0;
    const waiting = "waiting for window";
    expect(await run(rotate)).toEqual({ code: 0, results: [waiting, waiting] });
    expect(output.reports[0]).toMatchObject({
      ...{ ok: true, due: true, overdue: false, windowOpens: "2026-11-30T22:00:00.000Z", warnings: [] },
      ...{ nextStep: "rotate", nextCommand: expect.stringMatching(/ rotate --plan \S+ --state-dir \S+$/) },
    });
    expect(sandbox.requests).toEqual([]);
    vi.setSystemTime(outside + 10 * hour);
    expect(await run(rotate)).toEqual({ code: 0, results: ["rotated", "rotated"] });
    expect(output.warnings).toEqual([]);
  });

  test("reports a window that was missed, also as it begins", async () => {
    await begin(92 * day);
    expect(await run(rotate)).toEqual({ code: 0, results: ["rotated", "rotated"] });
    const missed =
      "It was due at 2026-11-28 01:00 UTC, and no rotation began in its last window, from 2026-11-28 22:00 UTC to 2026-11-29 04:00 UTC.";
    expect(output.warnings).toEqual([id(0), id(1)].map((one) => expect.stringContaining(`${one} (${one}): ${missed}`)));
    expect(output.reports[0]?.warnings).toEqual([expect.stringContaining(missed)]);
  });

  test("continues and finishes at any time what has begun", async () => {
    await begin(100 * day);
    const up = join(folder, "up");
    const broken = { check: false, sinks: [{ name: "app", to: `exec:test -e ${up}` }] };
    writePlan(broken);
    expect((await run(rotate)).results).toEqual(["failed", "rotated"]);
    vi.setSystemTime(outside);
    writeFileSync(up, "");
    expect((await run(rotate)).results).toEqual(["rotated", "waiting for finish"]);
    expect((await run(finish)).results).toEqual(["finished", "finished"]);
    expect(posts()).toBe(2);
  });

  test("begins no other client once the window has closed", async () => {
    await begin(90 * day);
    const { code, results } = await run(rotate, (text) => {
      if (text.includes("verified (1 of 2")) vi.setSystemTime(inside + 3 * hour);
    });
    expect({ code, results }).toEqual({ code: 0, results: ["rotated", "waiting for window"] });
    expect(output.reports[1]).toMatchObject({ windowOpens: "2026-11-30T22:00:00.000Z" });
    expect(posts()).toBe(1);
    expect(output.warnings).toEqual([]);
  });

  test("does not try again after the window what the API refused for now", async () => {
    await begin(90 * day, [{ operation: "oauth-clients-rotate-secret", kind: "throttled" }]);
    const { results } = await run(rotate, (text) => {
      if (text.includes("the API refuses requests for now")) vi.setSystemTime(inside + 3 * hour);
    });
    expect(results).toEqual(["failed", "waiting for window"]);
    expect(output.reports[0]).toMatchObject({ code: "api-failed", due: true, windowOpens: "2026-11-30T22:00:00.000Z" });
    expect(posts()).toBe(1);
    vi.setSystemTime(inside + day);
    // The attempt counts: no window was missed.
    expect((await run(rotate)).results).toEqual(["rotated", "rotated"]);
    expect(output.warnings).toEqual([]);
  });
});
