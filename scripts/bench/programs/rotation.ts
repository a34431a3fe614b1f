// Prints, as JSON, the microseconds of processor time of a whole rotation (rotate, then finish; the journal in memory, the
// sandbox without latency), those of its requests alone, and what these are.
import Cloudflare from "../../../src/client/index.ts";
import { finishRotation, MemoryJournal, rotateClientSecret } from "../../../src/rotation/index.ts";
import { createSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import { median } from "../rounds.ts";

// Between two verifications the workflow waits for seconds. What is longer than any such wait is a time-out.
const longestWait = 15_000;
const { setTimeout } = globalThis;
globalThis.setTimeout = ((run: () => void, ms: number) =>
  ms > longestWait ? setTimeout(run, ms) : setImmediate(run)) as unknown as typeof setTimeout;
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
type Fetch = (url: string, init: RequestInit) => Promise<Response>;

async function rotate(sandbox: Sandbox, fetch: Fetch = sandbox.fetch): Promise<void> {
  const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch });
  const target = { accountId: sandbox.accountId, clientId };
  let stored = "";
  const service = {
    name: "service",
    deliver: async (secret: string) => {
      stored = secret;
    },
    readBack: async () => stored,
  };
  const options = { journal: new MemoryJournal(), sinks: [service], fetch };
  await rotateClientSecret(client, target, options);
  await finishRotation(client, target, options);
}

const recorded: { url: string; init: RequestInit }[] = [];
const first = createSandbox();
await rotate(first, (url, init) => {
  recorded.push({ url, init: { ...init, signal: null } });
  return first.fetch(url, init);
});

async function requestsAlone(sandbox: Sandbox): Promise<void> {
  for (const { url, init } of recorded) await (await sandbox.fetch(url, init)).text();
}

async function measure(perform: (sandbox: Sandbox) => Promise<void>): Promise<number> {
  const rounds = 25;
  const start = process.cpuUsage();
  for (let n = 0; n < rounds; n++) await perform(createSandbox());
  const { user, system } = process.cpuUsage(start);
  return (user + system) / rounds;
}

const [rotations, requests]: [number[], number[]] = [[], []];
for (let batch = 0; batch < 14; batch++) {
  const [rotation, alone] = [await measure(rotate), await measure(requestsAlone)];
  if (batch < 2) continue; // Warming up.
  rotations.push(rotation);
  requests.push(alone);
}
const list = recorded.map(
  ({ url, init }) => `${init.method} ${new URL(url).pathname.replace(/^.*\/oauth_clients\//, "…/")}`,
);
console.log(JSON.stringify({ rotation: median(rotations), requests: median(requests), list }));
