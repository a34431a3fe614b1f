/**
 * `npm run trial -- fetches`: the client on each `fetch` that users have, and on what their tests put in its place. Each must return
 * the secret of the one POST that it sends with its credentials, or be refused before it sends any. It ends with 1 if one
 * does not, if the guide's program with MSW fails, or if the guide's table is not what it saw; `--write` writes the table.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { APIError, Cloudflare, CloudflareError, type Fetch } from "../../../src/client/index.ts";
import { installTools, root } from "../../support/packed-package.ts";
import { compareTable } from "../../support/seen-table.ts";
import { type Contender, contenders } from "./contenders.ts";
import { runGuide } from "./guide.ts";
import { Api, closedURL, foreignSecret, type Scene, secret, token } from "./server.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const faults: string[] = [];

installTools(here);
execFileSync(process.execPath, [join(root, "node_modules/typescript-7/bin/tsc"), "-p", here], { stdio: "inherit" });

/** What became of a call: the secret, or the error. */
type Outcome = string | CloudflareError;

interface Rotation {
  readonly fetch: unknown;
  readonly baseURL: string;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

async function rotate({ fetch, baseURL, timeout = 5000, signal }: Rotation): Promise<Outcome> {
  const client = new Cloudflare({
    apiToken: token,
    baseURL,
    timeout,
    maxRetries: 0,
    fetch: fetch as Fetch | undefined,
  });
  const { oauthClients } = client.iam;
  try {
    const account = { account_id: "023e105f4ecef8ad9ca31a8372d0c353" };
    return (await oauthClients.rotateSecret("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", account, { signal })).client_secret;
  } catch (error) {
    if (error instanceof CloudflareError) return error;
    throw error;
  }
}

const told = (outcome: Outcome) =>
  typeof outcome === "string" ? `the secret ${outcome}` : `${outcome.name}: ${outcome.message}`;

/** What a cell says of each outcome; what stands in no cell is a fault. */
const cells: Readonly<Record<Scene, (outcome: Outcome) => string | undefined>> = {
  secret: (outcome) => (outcome === secret ? "returned" : undefined),
  refusal: (outcome) =>
    outcome instanceof APIError && outcome.status === 429 && outcome.message.includes("asks to wait 120 s")
      ? "read"
      : undefined,
  redirect: (outcome) => {
    if (outcome === foreignSecret) return "followed, with the credentials";
    return outcome instanceof APIError && outcome.status === 307 ? "refused" : undefined;
  },
  silence: (outcome) => (outcome instanceof APIError && /Timeout|Abort/.test(outcome.name) ? "obeyed" : undefined),
};

/** Sends one POST, and says what the table says of it. */
async function cellOf(name: string, api: Api, scene: Scene, rotation: Rotation): Promise<string> {
  Object.assign(api, { scene, requests: [] });
  const outcome = await rotate(rotation);
  const cell = cells[scene](outcome);
  const isSentOnce = api.requests.length === 1 && api.requests[0] === `Bearer ${token}`;
  if (cell && isSentOnce) return cell;
  faults.push(`${name}, ${scene}: ${told(outcome)}, after requests with ${JSON.stringify(api.requests)}`);
  return "wrong";
}

async function tryContender({ name, isStandIn, open }: Contender, api: Api): Promise<string[]> {
  const { fetch, close } = await open(api);
  try {
    const rotation = { fetch, baseURL: api.url };
    Object.assign(api, { scene: "secret", requests: [] });
    const first = await rotate(rotation);
    if (first instanceof CloudflareError && !(first instanceof APIError) && api.requests.length === 0)
      return ["refused before a request is sent", "", "", "", ""];
    const [returned, read, redirect] = [
      await cellOf(name, api, "secret", rotation),
      await cellOf(name, api, "refusal", rotation),
      await cellOf(name, api, "redirect", rotation),
    ];
    const timed = await cellOf(name, api, "silence", { ...rotation, timeout: 200 });
    const aborted = await cellOf(name, api, "silence", { ...rotation, signal: AbortSignal.timeout(200) });
    const ended = timed === aborted ? timed : "wrong";
    if (isStandIn) return [returned, read, redirect, ended, "–"];
    const lost = await rotate({ fetch, baseURL: await closedURL() });
    if (!(lost instanceof APIError)) faults.push(`${name}, no connection: ${told(lost)}`);
    return [returned, read, redirect, ended, `\`"${lost instanceof APIError ? lost.outcome : "wrong"}"\``];
  } finally {
    close?.();
  }
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8")).version;
}

const rows: string[][] = [];
{
  await using api = await Api.open();
  for (const contender of contenders) {
    const name = contender.name.replace("VERSION", () => versionOf(contender.package ?? ""));
    const row = [name, ...(await tryContender({ ...contender, name }, api))];
    rows.push(row);
    console.log(row.join(" · "));
  }
}
faults.push(...runGuide(join(here, "node_modules")));
const head = [
  "`fetch`",
  "new secret",
  "status and headers",
  "redirect",
  "`timeout` and `signal`",
  "connection refused",
];
faults.push(...compareTable({ trial: "fetches", document: "src/client/README.md", head, rows }, values.write));
for (const fault of faults) console.error(`✗ ${fault}`);
console.log(`${rows.length} fetches, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
