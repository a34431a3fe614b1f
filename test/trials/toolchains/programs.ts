/** What a program of users is written in. */
export type Syntax = "import" | "require" | "import in CommonJS";

/** What a program prints, after `seen `. */
export interface Seen {
  /** How many clients the account has. */
  readonly clients: number;
  /** The type of a new secret. */
  readonly secret: string;
  /** Whether a refusal is an instance of the class that was imported. */
  readonly isAPIError: boolean;
  readonly refusal: string;
  /** How a rotation ends whose response is lost; what it says if the entry cannot be loaded. */
  readonly lost?: string;
  /** What the running service says of the secret that it uses, and of another. */
  readonly running?: readonly string[];
}

/** What each program must print; without `lost`, if it has no rotation. */
export const expected: Seen = {
  clients: 1,
  secret: "string",
  isAPIError: true,
  refusal: "AuthenticationError",
  lost: "outcome-unknown",
  running: ["true", "0 of 1 replicas use the new one; 1 uses another (a)"],
};

const heads: Readonly<Record<Syntax, readonly [client: string, rotation: string]>> = {
  import: [
    `import Cloudflare, { APIError } from "cloudflare-oauth-clients";
import { createSandbox } from "cloudflare-oauth-clients/sandbox";
`,
    `import { MemoryJournal, rotateClientSecret, runningCheck } from "cloudflare-oauth-clients/rotation";
import { runningSecret } from "cloudflare-oauth-clients/running";
`,
  ],
  require: [
    `const Cloudflare = require("cloudflare-oauth-clients");
const { APIError } = Cloudflare;
const { createSandbox } = require("cloudflare-oauth-clients/sandbox");
`,
    `const { MemoryJournal, rotateClientSecret, runningCheck } = require("cloudflare-oauth-clients/rotation");
const { runningSecret } = require("cloudflare-oauth-clients/running");
`,
  ],
  "import in CommonJS": [
    `import Cloudflare = require("cloudflare-oauth-clients");
import { APIError } from "cloudflare-oauth-clients";
import { createSandbox } from "cloudflare-oauth-clients/sandbox";
`,
    `import { MemoryJournal, rotateClientSecret, runningCheck } from "cloudflare-oauth-clients/rotation";
import { runningSecret } from "cloudflare-oauth-clients/running";
`,
  ],
};

const callClient = `
async function callClient() {
  const { apiToken, accountId, fetch } = createSandbox();
  const client = new Cloudflare({ apiToken, fetch });
  const account_id = accountId;
  const { result } = await client.iam.oauthClients.list({ account_id });
  const { client_secret } = await client.iam.oauthClients.rotateSecret(result[0]?.client_id ?? "", { account_id });
  const stranger = new Cloudflare({ apiToken: "wrong", fetch });
  const error = await stranger.iam.oauthClients.list({ account_id }).catch((error) => error);
  return {
    clients: result.length,
    secret: typeof client_secret,
    isAPIError: error instanceof APIError,
    refusal: error.name,
  };
}
`;

const rotate = `
async function rotate() {
  const faults = [{ operation: "oauth-clients-rotate-secret", kind: "reset-applied" } ASCONST];
  const { apiToken, accountId, issuer, fetch } = createSandbox({ faults });
  const client = new Cloudflare({ apiToken, fetch });
  const { result } = await client.iam.oauthClients.list({ account_id: accountId });
  const target = { accountId, clientId: result[0]?.client_id ?? "" };
  const sinks = [{ name: "none", deliver: async () => undefined }];
  const options = { journal: new MemoryJournal(), sinks, issuer, fetch };
  return rotateClientSecret(client, target, options).then(() => "rotated", (error) => error.code);
}

async function askRunning() {
  const answer = runningSecret(() => "used", { replica: "a" });
  const fetch = (url STRING) => answer(new Request(url));
  const check = runningCheck({ clientId: "client", urls: ["https://app.example.com/secret"], fetch });
  const { signal } = new AbortController();
  const digestOf = async (text STRING) =>
    Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
  const ask = async (text STRING) => check(await digestOf(text), { signal }).then(String, (error) => error.message);
  return [await ask("used"), await ask("another")];
}
`;

/** A program's text: what it imports, and the functions `callClient` and, with a rotation, `rotate` and `askRunning`. */
interface Options {
  readonly syntax: Syntax;
  readonly hasRotation?: boolean;
  /** TypeScript: then it has a line, too, that must not compile. */
  readonly isTyped?: boolean;
}

const typed = `
// @ts-expect-error
export const wrong: number = new Cloudflare().iam.oauthClients;
`;

/** A program, up to its main part, in which \`call()\` resolves to what it saw. */
export function program({ syntax, hasRotation = true, isTyped = false }: Options): string {
  const [client, rotation] = heads[syntax];
  return [
    client,
    hasRotation ? rotation : "",
    callClient,
    hasRotation
      ? rotate.replace("ASCONST", isTyped ? "as const" : "").replaceAll(" STRING", isTyped ? ": string" : "")
      : "",
    isTyped ? typed : "",
    `\nasync function call() {\n  return { ...(await callClient())${hasRotation ? ", lost: await rotate(), running: await askRunning()" : ""} };\n}\n`,
  ].join("");
}

/** A main part that prints what was seen. */
export const print = `
call().then((seen) => console.log("seen " + JSON.stringify(seen)));
`;

/** A test for Jest's own `require`: what it cannot load. If it learns to, the guide has to say so. */
export const cannotRotate = `
test("cannot load an ES module", () => {
  expect(() => jest.requireActual("cloudflare-oauth-clients/rotation")).toThrow();
});
`;

/** A main part for a test runner with a global \`test\`. */
export const testIt = `
test("calls the sandbox", async () => {
  console.log("seen " + JSON.stringify(await call()));
}, 300_000);
`;
