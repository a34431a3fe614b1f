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
}

/** What each program must print; without `lost`, if it has no rotation. */
export const expected: Seen = {
  clients: 1,
  secret: "string",
  isAPIError: true,
  refusal: "AuthenticationError",
  lost: "outcome-unknown",
};

const heads: Readonly<Record<Syntax, readonly [client: string, rotation: string]>> = {
  import: [
    `import Cloudflare, { APIError } from "cloudflare-oauth-clients";
import { createSandbox } from "cloudflare-oauth-clients/sandbox";
`,
    `import { MemoryJournal, rotateClientSecret } from "cloudflare-oauth-clients/rotation";
`,
  ],
  require: [
    `const Cloudflare = require("cloudflare-oauth-clients");
const { APIError } = Cloudflare;
const { createSandbox } = require("cloudflare-oauth-clients/sandbox");
`,
    `const { MemoryJournal, rotateClientSecret } = require("cloudflare-oauth-clients/rotation");
`,
  ],
  "import in CommonJS": [
    `import Cloudflare = require("cloudflare-oauth-clients");
import { APIError } from "cloudflare-oauth-clients";
import { createSandbox } from "cloudflare-oauth-clients/sandbox";
`,
    `import { MemoryJournal, rotateClientSecret } from "cloudflare-oauth-clients/rotation";
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
`;

/** A program's text: what it imports, and the functions `callClient` and, with a rotation, `rotate`. */
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
    hasRotation ? rotate.replace("ASCONST", isTyped ? "as const" : "") : "",
    isTyped ? typed : "",
    `\nasync function call() {\n  return { ...(await callClient())${hasRotation ? ", lost: await rotate()" : ""} };\n}\n`,
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
