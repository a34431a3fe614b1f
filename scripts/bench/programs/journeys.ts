// Prints, as JSON, how long a command takes: `node journeys.mjs <the command> <folder> <journey>`. The API is a sandbox on
// loopback, whose responses take as long as a round trip. The folder has the journals of the journey `status`.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ServedSandbox, serveSandbox } from "../../../src/cli/session/sandbox-server.ts";
import Cloudflare from "../../../src/client/index.ts";
import { FileJournal } from "../../../src/node/index.ts";
import { recordRotation } from "../../../src/rotation/index.ts";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { journalCommand } from "../../../test/support/journal-command.ts";

const [, , command = "", folder = "", name = ""] = process.argv;
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const idOf = (index: number) => index.toString(16).padStart(32, "0");
const many = 10_000;
const clientsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ client_id: idOf(index), client_name: `client ${index}` }));
/** Milliseconds that a journal's command takes, and clients of the plan that it keeps. */
const [pace, planned] = [500, 40];
const work = mkdtempSync(join(tmpdir(), "cf-oauth-bench-"));
const secret = join(work, "secret");
const key = Buffer.alloc(32, 7).toString("base64");

interface Measured {
  /** Until the command has ended, or until what is measured. */
  readonly ms: number;
  /** Megabytes at most. */
  readonly mb: number;
}

interface Ended extends Measured {
  readonly code: number | null;
  readonly text: string;
}

/** Runs the command on a sandbox. */
function start({ served, words, environment = {} }: { served: ServedSandbox; words: string[]; environment?: object }): {
  ended: Promise<Ended>;
  stop(): void;
} {
  const atExit =
    "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(2, '\\nmaxRSS ' + process.resourceUsage().maxRSS))";
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [`--import=data:text/javascript,${encodeURIComponent(atExit)}`, command, ...words],
    {
      cwd: work,
      env: {
        PATH: process.env.PATH,
        CF_OAUTH_STATE_DIR: join(work, "state"),
        CLOUDFLARE_API_TOKEN: served.sandbox.apiToken,
        CLOUDFLARE_ACCOUNT_ID: served.sandbox.accountId,
        CLOUDFLARE_BASE_URL: served.apiURL,
        CLOUDFLARE_OAUTH_ISSUER: served.issuer,
        ...environment,
      },
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const mb = Number(/maxRSS (\d+)/.exec(text)?.[1]) / 1000;
      resolve({ ms: performance.now() - begun, mb, code, text });
    });
  });
  return { ended, stop: () => void child.kill("SIGTERM") };
}

async function run(served: ServedSandbox, words: string[], environment?: object): Promise<Measured> {
  const { ms, mb, code, text } = await start({ served, words, ...(environment && { environment }) }).ended;
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}:\n${text}`);
  return { ms, mb };
}

/** Serves a sandbox for as long as something is measured. */
async function withSandbox(
  options: { latency?: number; clients?: { client_id: string; client_name: string }[] },
  measure: (served: ServedSandbox) => Promise<Measured>,
): Promise<Measured> {
  const served = await serveSandbox((url) => createSandbox({ ...options, issuer: { url } }));
  try {
    return await measure(served);
  } finally {
    await served.close();
  }
}

const rotateAndFinish = (latency: number) =>
  withSandbox({ latency }, (served) => run(served, ["rotate", clientId, "--to", `file:${secret}`, "--finish"]));

/** What a careful script does: the same requests, and waits, without a journal. */
const byHand = (latency: number) =>
  withSandbox({ latency }, async ({ apiURL, issuer, sandbox }) => {
    const begun = performance.now();
    const url = `${apiURL}/accounts/${sandbox.accountId}/oauth_clients/${clientId}`;
    const headers = { Authorization: `Bearer ${sandbox.apiToken}` };
    const api = async (path: string, method: string) => (await fetch(url + path, { method, headers })).json();
    const probe = async (value: string) => {
      const authorization = `Basic ${Buffer.from(`${clientId}:${value}`).toString("base64")}`;
      const body = new URLSearchParams({
        grant_type: "authorization_code",
        code: "made-up",
        redirect_uri: "http://localhost",
      });
      await (await fetch(`${issuer}/oauth2/token`, { method: "POST", headers: { authorization }, body })).text();
    };
    /** Three times in a row, a second and two apart from request to request. */
    const verify = async (value: string) => {
      for (const gap of [1000, 2000, 0]) await Promise.all([probe(value), delay(gap)]);
    };
    await api("", "GET");
    await probe("wrong");
    const { result } = (await api("/rotate_secret", "POST")) as { result: { client_secret: string } };
    await api("", "GET");
    writeFileSync(secret, result.client_secret);
    await verify(result.client_secret);
    if (readFileSync(secret, "utf8") !== result.client_secret) throw new Error("the file holds something else");
    await api("", "GET");
    await api("/rotate_secret", "DELETE");
    await verify(result.client_secret);
    return { ms: performance.now() - begun, mb: process.resourceUsage().maxRSS / 1000 };
  });

/** The environment of a journal whose command takes half a second. */
function slowJournal(): Record<string, string> {
  const line = journalCommand(join(work, "journal.sh"), join(work, "store"));
  const slow = join(work, "slow.sh");
  writeFileSync(slow, `#!/bin/sh\nsleep ${pace / 1000}\n${line} "$@"\n`, { mode: 0o700 });
  return { CF_OAUTH_JOURNAL: `exec:${slow}`, CF_OAUTH_JOURNAL_KEY: key };
}

async function untilFirstPost(): Promise<Measured> {
  const clients = clientsOf(planned);
  return withSandbox({ clients }, async (served) => {
    const environment = slowJournal();
    for (let from = 0; from < planned; from += 16)
      await Promise.all(
        clients
          .slice(from, from + 16)
          .map(({ client_id }) => run(served, ["record", client_id, "--rotated-at", "2020-01-01"], environment)),
      );
    const plan = join(work, "plan.json");
    const sinks = (id: string) => [{ name: "file", to: `file:secret-${id}` }];
    writeFileSync(
      plan,
      JSON.stringify({
        defaults: { every: "90d" },
        clients: clients.map(({ client_id: id, client_name }) => ({ id, name: client_name, sinks: sinks(id) })),
      }),
    );
    const begun = performance.now();
    let ms = Number.NaN;
    const { ended, stop } = start({ served, words: ["rotate", "--plan", plan, "--yes"], environment });
    const { fetch } = served.sandbox;
    Object.assign(served.sandbox, {
      fetch: (url: string, init: RequestInit) => {
        if (init.method === "POST" && url.endsWith("/rotate_secret") && Number.isNaN(ms)) {
          ms = performance.now() - begun;
          stop();
        }
        return fetch(url, init);
      },
    });
    const { mb, text } = await ended;
    if (Number.isNaN(ms)) throw new Error(`nothing was posted:\n${text}`);
    return { ms, mb };
  });
}

/** Writes the journals of the journey `status`. */
async function prepare(): Promise<Measured> {
  const begun = performance.now();
  const sandbox = createSandbox({ clients: clientsOf(many) });
  const { accountId, apiToken, baseURL, fetch } = sandbox;
  const client = new Cloudflare({ apiToken, baseURL, fetch, logLevel: "off" });
  const journal = new FileJournal(join(folder, "state/journal"));
  const left = Array.from({ length: many }, (_, index) => index);
  const worker = async () => {
    for (let index = left.pop(); index !== undefined; index = left.pop())
      await recordRotation(
        client,
        { accountId, clientId: idOf(index) },
        { journal, rotatedAt: new Date(Date.now() - 1e9) },
      );
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return { ms: performance.now() - begun, mb: 0 };
}

const journeys: Readonly<Record<string, () => Promise<Measured>>> = {
  prepare,
  "rotate --finish": () => rotateAndFinish(0),
  "rotate --finish by hand": () => byHand(0),
  "rotate --finish, 200 ms": () => rotateAndFinish(200),
  "rotate --finish by hand, 200 ms": () => byHand(200),
  rotate: () => withSandbox({}, (served) => run(served, ["rotate", clientId, "--to", `file:${secret}`])),
  "rotate, slow journal": () =>
    withSandbox({}, (served) => run(served, ["rotate", clientId, "--to", `file:${secret}`], slowJournal())),
  "first POST of a plan": untilFirstPost,
  status: () => withSandbox({}, (served) => run(served, ["status"], { CF_OAUTH_STATE_DIR: join(folder, "state") })),
  list: () => withSandbox({ clients: clientsOf(many) }, (served) => run(served, ["list"])),
};

try {
  const journey = journeys[name];
  if (!journey) throw new Error(`There is no journey "${name}".`);
  console.log(JSON.stringify(await journey()));
} finally {
  rmSync(work, { recursive: true, force: true });
}
