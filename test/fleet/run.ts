/**
 * `npm run test:fleet`: a plan of many clients against a sandbox in which every fiftieth request fails in some way. Shows
 * whether each client is done or named, whether the API's limit was ever exceeded, how near to it the run was, and whether
 * memory grows. `SEED` and a number of clients, as the first argument, may be given.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientReport } from "../../src/cli/fleet/client-report.ts";
import { finishFleet } from "../../src/cli/fleet/finish-fleet.ts";
import { rotateFleet } from "../../src/cli/fleet/rotate-fleet.ts";
import type { Session } from "../../src/cli/session.ts";
import Cloudflare from "../../src/client/index.ts";
import { FileJournal } from "../../src/node/index.ts";
import { recordRotation } from "../../src/rotation/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { speedUp } from "../kills/faster-clock.ts";
import { generator } from "../kills/random.ts";
import { CapturedOutput } from "./captured-output.ts";
import { faultyNetwork } from "./faulty-network.ts";
import { heapInUse, highestInWindow } from "./figures.ts";

const clientCount = Number(process.argv[2] ?? 500);
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** What Cloudflare documents. */
const limit = { requests: 1200, window: 300_000 };
/** The plan's own, which it has by default. */
const budget = 1080;
const day = 86_400_000;

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
  const heaps: number[] = [];
  const fetch = faultyNetwork(sandbox, {
    rate: 0.02,
    random: generator(seed),
    onRequest: (at) => {
      // What the sandbox remembers of each request is not the command's memory.
      sandbox.requests.length = 0;
      if (moments.push(at) % 500 === 0) heaps.push(heapInUse());
    },
  });
  const run = async (command: typeof rotateFleet) => {
    const output = new CapturedOutput();
    const from = { at: Date.now(), requests: moments.length };
    const session: Session = {
      options: {},
      output,
      signal: new AbortController().signal,
      signals: {
        aborted: new AbortController().signal,
        isSecretOnItsWay: false,
        nextCommand: undefined,
      } as Session["signals"],
      directory: folder,
      journal,
      journalKeys: undefined,
      client: new Cloudflare({ apiToken, baseURL, fetch, logLevel: "off" }),
      issuer: sandbox.issuer,
      fetch,
      accountId,
    };
    await command(session, plan, { yes: true });
    const { clients } = output.value as { clients: ClientReport[] };
    return { clients, took: Date.now() - from.at, requests: moments.length - from.requests };
  };

  const first = await run(rotateFleet);
  const rotated = tell("rotate --plan", first);
  const second = await run(rotateFleet);
  tell("rotate --plan, again", second);
  const third = await run(finishFleet);
  tell("finish --plan", third);

  const highest = highestInWindow(moments, limit.window);
  const { requests, took } = first;
  const bound = (requests / limit.requests) * limit.window;
  const own = bound * (limit.requests / budget);
  const early = heaps[1] ?? 0;
  const late = heaps.at(-1) ?? 0;
  const faults = [...fetch.faults].map(([kind, count]) => `${count} ${kind}`).join(", ");
  console.log(`seed ${seed}; faults: ${faults}`);
  console.log(`highest number of requests in any five minutes: ${highest} (the limit is ${limit.requests})`);
  console.log(
    `the first run took ${(took / bound).toFixed(2)} times what the limit asks for its ${requests} requests, ${(took / own).toFixed(2)} times what it asks of ${budget}, which leave a tenth to others`,
  );
  console.log(`heap in use: ${mb(early)} early, ${mb(late)} at the end (${heaps.map(mb).join(", ")})`);
  console.log(`${((trueNow() - start) / 1000).toFixed(0)} s in all`);
  const wrong = [
    first.clients.length !== clientCount && "a client is missing",
    rotated < clientCount * 0.9 && "too few clients are done",
    [...first.clients, ...second.clients, ...third.clients].some(isUnnamed) && "a failure is not named",
    highest > budget && "the limit was exceeded",
    took > bound * 1.5 && "it took much longer than the limit asks",
    late - early > 5e6 && "memory grows",
  ].filter((found) => found !== false);
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

/** Prints what became of the clients. @returns How many are where the command was to bring them. */
function tell(
  name: string,
  { clients, took, requests }: { clients: ClientReport[]; took: number; requests: number },
): number {
  const counts = new Map<string, number>();
  for (const { result, code } of clients) {
    const key = code === null ? result : `${result}: ${code}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const all = [...counts].map(([result, count]) => `${count} ${result}`).join(", ");
  console.log(`${name}: ${all}; ${requests} requests in ${Math.round(took / 1000)} s`);
  return clients.filter(({ ok }) => ok).length;
}

/** Every client is where it should be, or its report says why not, and which command continues: by itself, or once a person has decided. */
function isUnnamed({ ok, code, message, nextCommand }: ClientReport): boolean {
  return !ok && (code === null || message === null || (nextCommand === null && !/`cf-oauth [^`]+`/.test(message)));
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
