import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { clientId, type Ended, end } from "../../support/command.ts";
import type { World } from "./world.ts";

/** Each attack by text, addresses and sizes: what the attacker gained, which is nothing if it is empty. */
export const remoteAttacks: Readonly<Record<string, (world: World) => Promise<string[]>>> = {
  "a message of the API that controls the terminal and the runner": apiMessage,
  "a client's name that controls the terminal and the runner": clientName,
  "the output of a sink's command that controls the terminal and the runner": commandOutput,
  "a log at level debug in what another program reads": debugLog,
  "a proxy for an API on this machine": proxy,
  "a package of the command's name": packageName,
  "a discovery document of 64 MiB": (world) => discovery(world, Buffer.alloc(2 ** 26, " "), {}),
  "a discovery document that unpacks to 1 GiB": (world) => discovery(world, bomb(), { "content-encoding": "gzip" }),
  "a plan of 90,000 faulty aliases, and SIGTERM": plan,
};

const harmful = "\u001b]0;title\u0007\u001b[2J\u202e\n::add-mask::x\n##[group]y\n::error::z";
const inRunner = { GITHUB_ACTIONS: "true", CI: "true" };

/** What of a harmful text was printed as it is. */
function raw({ stdout, stderr }: Ended): string[] {
  const all = `${stdout}\n${stderr}`;
  const faults: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  if (/[\u001b\u0007\u202e]/.test(all)) faults.push("a control character was printed");
  if (/^\s*::(add-mask|error)|##\[/m.test(all)) faults.push("a command to the runner was printed");
  if (!/title|add-mask/.test(all)) faults.push(`the text was not printed at all: ${all}`);
  return faults;
}

/** Lets the API answer in another manner. */
function answerBy(world: World, answer: (request: string) => Response | undefined): void {
  const { sandbox } = world.place;
  const { fetch } = sandbox;
  Object.assign(sandbox, {
    fetch: async (...given: Parameters<typeof fetch>) => answer(String(given[0])) ?? fetch(...given),
  });
}

async function apiMessage(world: World): Promise<string[]> {
  answerBy(world, () =>
    Response.json(
      { success: false, errors: [{ code: 1, message: harmful }], messages: [], result: null },
      { status: 403, headers: { "cf-ray": "\u009b31mtitle" } },
    ),
  );
  return raw(await world.run(["list"], inRunner));
}

async function clientName(world: World): Promise<string[]> {
  const client = world.place.sandbox.clients().find(({ client_id }) => client_id === clientId);
  const result = { ...client, client_name: harmful, token_endpoint_auth_method: `client_secret_basic${harmful}` };
  answerBy(world, (url) => {
    if (url.includes("/oauth_clients/")) return Response.json({ success: true, errors: [], messages: [], result });
    if (url.includes("/oauth_clients"))
      return Response.json({ success: true, errors: [], messages: [], result: [result] });
    return undefined;
  });
  return [
    ...raw(await world.run(["list"], inRunner)),
    ...raw(await world.run(["rotate", clientId, "--to", "file:secret", "--dry-run"], inRunner)),
  ];
}

async function commandOutput(world: World): Promise<string[]> {
  writeFileSync(world.place.path("harmful"), harmful);
  return raw(await world.rotate("exec:cat harmful; cat harmful >&2", inRunner));
}

async function debugLog(world: World): Promise<string[]> {
  const { stdout, stderr } = await world.run(["list", "--json"], { CLOUDFLARE_LOG: "debug" });
  if (!/oauth_clients/.test(stdout + stderr)) return [`nothing was logged: ${stderr}`];
  try {
    JSON.parse(stdout);
    return [];
  } catch {
    return ["stdout has more than the result"];
  }
}

/** A server on this machine. */
async function serve(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function proxy(world: World): Promise<string[]> {
  const seen: string[] = [];
  await using own = await serve((request, response) => {
    seen.push(`${request.headers.authorization}`);
    response.writeHead(502).end();
  });
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
  const { code, stderr } = await world.run(["list"], Object.fromEntries(names.map((name) => [name, own.url])));
  if (seen.length > 0) return [`the proxy got ${seen[0]?.replace(/(?<=Bearer ).*/, "the token")}`];
  return code === 0 ? [] : [`list ended with ${code}: ${stderr}`];
}

async function packageName(world: World): Promise<string[]> {
  const { stderr } = await world.rotate("exec:false", { npm_command: "exec", npm_config_user_agent: "npm" });
  const next = /^next: (.*)$/m.exec(stderr)?.[1] ?? "";
  return /^npx (?!cloudflare-oauth-clients )|^$/.test(next) ? [`the next command is "${next}"`] : [];
}

function bomb(): Buffer {
  const member = gzipSync(Buffer.alloc(2 ** 26, " "));
  return Buffer.concat(Array.from({ length: 16 }, () => member));
}

/** What the command takes of an issuer's document. */
async function discovery(world: World, body: Buffer, headers: Record<string, string>): Promise<string[]> {
  let taken = 0;
  const pieces = function* () {
    const size = 2 ** 16;
    for (; taken < body.length; taken += size) yield body.subarray(taken, taken + size);
  };
  await using issuer = await serve((request, response) => {
    if (!request.url?.startsWith("/.well-known/")) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/json", ...headers });
    // It is asked for a piece only when the ones before are on their way.
    Readable.from(pieces())
      .on("error", () => undefined)
      .pipe(response);
  });
  const child = world.start(["rotate", clientId, "--to", "file:secret", "--dry-run", "--issuer", issuer.url]);
  const peak = peakMemory(child.pid);
  await end(child);
  const faults: string[] = [];
  if (taken === 0) faults.push("the document was not asked for");
  // What the system has on its way is a few MiB.
  if (body.length > 2 ** 25 && taken > 2 ** 24) faults.push(`${taken} bytes of it were taken`);
  const most = await peak;
  if (most > 400) faults.push(`the command took ${most} MiB of memory`);
  return faults;
}

/** The most memory in MiB that a process has until it ends. */
async function peakMemory(pid: number | undefined): Promise<number> {
  let most = 0;
  for (;;) {
    try {
      const [, kib] = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
      if (kib === undefined) return most;
      most = Math.round(Number(kib) / 1024);
    } catch {
      return most;
    }
    await sleep(20);
  }
}

async function plan(world: World): Promise<string[]> {
  const aliases = Array.from({ length: 90_000 }, (_, index) => `*a${index}`).join(", ");
  writeFileSync(world.place.path("plan.yaml"), `clients: [${aliases}]\n`);
  const child = world.start(["rotate", "--plan", "plan.yaml", "--yes"]);
  const ended = end(child);
  await sleep(3000);
  child.kill("SIGTERM");
  const isOver = await Promise.race([ended.then(() => true), sleep(30_000, false, { ref: false })]);
  if (isOver) return [];
  child.kill("SIGKILL");
  await ended;
  return ["it did not end within 30 s of SIGTERM"];
}
