/**
 * `npm run trial -- plans`: a plan of many clients against a sandbox in which every fiftieth request fails in some way. Shows
 * whether each client is done or named, whether the API's limit was ever exceeded, how near to it the run was, and whether
 * memory grows. `SEED` and a number of clients, as the first argument, may be given; and `--json` for the figures alone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ClientReport } from "../../../src/cli/plan/client-report.ts";
import { finishPlan } from "../../../src/cli/plan/finish-plan.ts";
import { rotatePlan } from "../../../src/cli/plan/rotate-plan.ts";
import type { Session } from "../../../src/cli/session/session.ts";
import Cloudflare from "../../../src/client/index.ts";
import { FileJournal } from "../../../src/node/index.ts";
import { recordRotation } from "../../../src/rotation/index.ts";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { speedUp } from "../../support/faster-clock.ts";
import { highestInWindow } from "../../support/highest-in-window.ts";
import { Random } from "../../support/random.ts";
import { CapturedOutput } from "./captured-output.ts";
import { faultyNetwork, limit } from "./faulty-network.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const clientCount = Number(positionals[0] ?? 500);
/** Prints a line for people. */
const say = (line: string) => void (values.json ? console.error(line) : console.log(line));
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** The plan's own, which it has by default. */
const budget = 1080;
const day = 86_400_000;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
const trueNow = Date.now;
const start = trueNow();
// So that few of its seconds are waited for: the limit alone would ask for ten minutes. No faster, since sixteen rotations
// share this process, and a read before a deletion must not take longer than a second, which becomes 100 ms.
speedUp(10, start);
const folder = mkdtempSync(join(tmpdir(), "cf-oauth-fleet-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const ids = Array.from({ length: clientCount }, (_, index) => index.toString(16).padStart(32, "0"));
  const sandbox = createSandbox({
    clients: ids.map((client_id) => ({ client_id, client_name: `client ${client_id}` })),
  });
  const journal = new FileJournal(join(folder, "journal"));
  const { apiToken, baseURL, accountId } = sandbox;
  const recording = new Cloudflare({ apiToken, baseURL, fetch: sandbox.fetch });
  for (const clientId of ids)
    await recordRotation(recording, { accountId, clientId }, { journal, rotatedAt: new Date(Date.now() - 100 * day) });

  mkdirSync(join(folder, "secrets"));
  const plan = join(folder, "plan.yaml");
  writeFileSync(plan, planOf(ids));

  const moments: number[] = [];
  /** Clients for which the command has sent something, and when it did so for the last of them. */
  const begun = new Set<string>();
  let lastBegun = 0;
  const heaps: number[] = [];
  const fetch = faultyNetwork(sandbox, {
    rate: 0.02,
    random: new Random(`${seed}`),
    onRequest: (at, url) => {
      const client = /oauth_clients\/([^/]+)/.exec(url)?.[1] ?? "";
      if (!begun.has(client)) lastBegun = at;
      begun.add(client);
      // What the sandbox remembers of each request is not the command's memory.
      sandbox.requests.length = 0;
      if (moments.push(at) % 500 === 0) heaps.push(heapInUse());
    },
  });
  const run = async (name: string, command: typeof rotatePlan): Promise<Ran> => {
    const ran = { clients: 0, ok: 0, unnamed: 0, results: new Map<string, number>() };
    const output = new CapturedOutput((report) => {
      const { ok, code, result } = report;
      ran.clients++;
      if (ok) ran.ok++;
      if (isUnnamed(report)) ran.unnamed++;
      const key = code === null ? result : `${result}: ${code}`;
      ran.results.set(key, (ran.results.get(key) ?? 0) + 1);
    });
    const from = { at: Date.now(), requests: moments.length };
    begun.clear();
    const session: Session = {
      options: {},
      output,
      signal: new AbortController().signal,
      signals: {
        aborted: new AbortController().signal,
        secretsOnTheirWay: new Set(),
        nextCommand: undefined,
      } as unknown as Session["signals"],
      directory: folder,
      journal,
      journalKeys: undefined,
      client: new Cloudflare({ apiToken, baseURL, fetch, logLevel: "off" }),
      issuer: sandbox.issuer,
      fetch,
      accountId,
    };
    await command(session, plan, { yes: true });
    const sent = moments.slice(from.requests);
    const highest = highestInWindow(sent, limit.window);
    const whole = {
      ...{ ...ran, took: Date.now() - from.at, began: lastBegun - from.at },
      ...{ requests: sent.length, highest },
    };
    const all = [...ran.results].map(([result, count]) => `${count} ${result}`).join(", ");
    say(`${name}: ${all}; ${whole.requests} requests in ${Math.round(whole.took / 1000)} s`);
    return whole;
  };

  const first = await run("rotate --plan", rotatePlan);
  const second = await run("rotate --plan, again", rotatePlan);
  const third = await run("finish --plan", finishPlan);

  // In one command, and in the three that follow each other.
  const own = Math.max(...[first, second, third].map(({ highest }) => highest));
  const highest = highestInWindow(moments, limit.window);
  const { requests, took } = first;
  const asked = (requests / budget) * limit.window;
  const finishAsked = (third.requests / budget) * limit.window;
  const early = heaps[1] ?? 0;
  const late = heaps.at(-1) ?? 0;
  const faults = [...fetch.faults].map(([kind, count]) => `${count} ${kind}`).join(", ");
  say(`seed ${seed}; faults: ${faults}`);
  say(
    `highest number of requests in any five minutes: ${own} of a command, ${highest} of all (${budget}, ${limit.requests})`,
  );
  say(
    `the first run took ${(took / asked).toFixed(2)} times what the limit of ${budget} asks for its ${requests} requests, and ${(first.began / asked).toFixed(2)} times until its last client began`,
  );
  say(`heap in use: ${mb(early)} early, ${mb(late)} at the end (${heaps.map(mb).join(", ")})`);
  say(`${((trueNow() - start) / 1000).toFixed(0)} s in all`);
  const wrong = [
    [first, second, third].some(({ clients }) => clients !== clientCount) && "a client is missing",
    first.ok < clientCount * 0.9 && "too few clients are done",
    first.unnamed + second.unnamed + third.unnamed > 0 && "a failure is not named",
    own > budget && "a command exceeded the limit of the plan",
    highest > limit.requests && "the limit of the API was exceeded",
    clientCount >= 500 && first.began > asked * 1.05 && "its last client began later than the limit asks",
    took > (requests / limit.requests) * limit.window * 1.5 && "it took much longer than the limit asks",
    late - early > 5e6 && "memory grows",
  ].filter((found) => found !== false);
  if (values.json)
    console.log(
      JSON.stringify({
        clients: clientCount,
        rotateRequests: requests / clientCount,
        finishRequests: third.requests / first.ok,
        bound: took / asked,
        began: first.began / asked,
        finishBound: third.took / finishAsked,
        finishBegan: third.began / finishAsked,
        heap: late / 1e6,
        growth: (late - early) / 1e6,
      }),
    );
  for (const found of wrong) console.error(`✗ ${found}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

function planOf(ids: readonly string[]): string {
  const clients = ids.map((id) => {
    const sinks = [{ name: "file", to: `file:secrets/${id}` }];
    return { id, name: `client ${id}`, sinks };
  });
  return JSON.stringify({ parallel: 16, stopAfterFailures: clientCount, defaults: { every: "90d" }, clients });
}

/** The result of one command. */
interface Ran {
  /** Clients that were reported. */
  readonly clients: number;
  readonly ok: number;
  /** Failures whose report does not say how to go on. */
  readonly unnamed: number;
  readonly results: ReadonlyMap<string, number>;
  /** In ms. */
  readonly took: number;
  /** Until the last client began, in ms. The limit delays nothing after that; a client with a time-out takes a minute or more. */
  readonly began: number;
  readonly requests: number;
  /** The highest number of them in any five minutes. */
  readonly highest: number;
}

/** Every client is where it should be, or its report says why not, and which command continues: by itself, or once a person has decided. */
function isUnnamed({ ok, code, message, nextCommand }: ClientReport): boolean {
  return !ok && (code === null || message === null || (nextCommand === null && !/`cf-oauth [^`]+`/.test(message)));
}

/** Bytes of the heap that are still used once all garbage is collected. */
function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
