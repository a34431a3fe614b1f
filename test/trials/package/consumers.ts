import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Manifest, specifiers } from "../../support/manifest.ts";
import { root } from "../../support/packed-package.ts";

const execute = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));

const compilers = { "5.9": "typescript/bin/tsc", "7.0": "typescript-7/bin/tsc" };

/** Where `fetch`, `Headers` and so on come from. The compiler options say nothing of the package's own needs. */
const platforms = {
  "lib dom": { lib: ["es2022", "dom"], types: [] },
  "@types/node": { lib: ["es2022"], types: ["node"], typeRoots: [join(root, "node_modules/@types")] },
  "@cloudflare/workers-types": {
    lib: ["es2022"],
    types: ["workers-types"],
    typeRoots: [join(here, "node_modules/@cloudflare")],
  },
};

const resolutions = { bundler: "esnext", nodenext: "nodenext" };

/** Programs of users. Each has a line that must be refused, or else all would be `any`. */
const programs = {
  "client.ts": `
import Cloudflare, { APIError, type ClientOptions, type IAM, type Outcome } from "cloudflare-oauth-clients";

const options: ClientOptions = { apiToken: "token", timeout: 1000, fetch: (url, init) => fetch(url, init) };
const client = new Cloudflare(options);

export async function rotate(id: string, account_id: string): Promise<string | undefined> {
  try {
    const { client_secret } = await client.iam.oauthClients.rotateSecret(id, { account_id });
    // @ts-expect-error
    const wrong: number = client_secret;
    return client_secret ?? String(wrong);
  } catch (error) {
    const outcome: Outcome | undefined = error instanceof APIError ? error.outcome : undefined;
    return outcome;
  }
}

export async function list(account_id: string): Promise<IAM.OAuthClientListResponse[]> {
  const clients: IAM.OAuthClientListResponse[] = [];
  for await (const one of client.iam.oauthClients.list({ account_id })) clients.push(one);
  const { response } = await client.iam.oauthClients.list({ account_id }).withResponse();
  const { data, error } = await client.api.GET("/accounts/{account_id}/oauth_clients", { params: { path: { account_id } } });
  // @ts-expect-error
  await client.api.GET("/accounts/{account_id}/nothing", { params: { path: { account_id } } });
  if (error || !response.ok) throw new Error("refused");
  return data.result ?? clients;
}
`,
  "rotation.ts": `
import Cloudflare from "cloudflare-oauth-clients";
import { MemoryJournal, type Rotation, RotationError, type Sink, finishRotation, rotateClientSecret } from "cloudflare-oauth-clients/rotation";
import { createSandbox } from "cloudflare-oauth-clients/sandbox";

const { apiToken, accountId, issuer, fetch } = createSandbox({ onSecondRotation: "refuse" });
const client = new Cloudflare({ apiToken, fetch });
const sink: Sink = { name: "memory", deliver: async () => undefined };

export async function rotate(clientId: string): Promise<Rotation | undefined> {
  const options = { journal: new MemoryJournal(), sinks: [sink], issuer, fetch };
  try {
    const { phase } = await rotateClientSecret(client, { accountId, clientId }, options);
    // @ts-expect-error
    if (phase === "no phase") return undefined;
    return await finishRotation(client, { accountId, clientId }, options);
  } catch (error) {
    if (error instanceof RotationError && error.code === "locked") return undefined;
    throw error;
  }
}
`,
};

/** What a program in CommonJS is given may come from an ES module of the same program, and back. */
const commonJs = {
  "commonjs.cts": `
import Cloudflare = require("cloudflare-oauth-clients");
import Default, { APIError, Cloudflare as Named } from "cloudflare-oauth-clients";
import rotation = require("cloudflare-oauth-clients/rotation");
import sandbox = require("cloudflare-oauth-clients/sandbox");

const { apiToken, accountId, issuer, fetch } = sandbox.createSandbox({ onSecondRotation: "refuse" });
const client: Cloudflare = new Cloudflare({ apiToken, fetch });
// @ts-expect-error
new Cloudflare({ apiToken: 1 });
const same: [Default, Named] = [client, client];
class Own extends Cloudflare.APIError {}

async function rotate(clientId: string, pages: Cloudflare.SinglePage<Cloudflare.IAM.OAuthClientListResponse>): Promise<string> {
  const options: rotation.RotationOptions = { journal: new rotation.MemoryJournal(), sinks: [], issuer, fetch };
  try {
    await rotation.rotateClientSecret(client, { accountId, clientId }, options);
    const { rotateClientSecret } = await import("cloudflare-oauth-clients/rotation");
    return (await rotateClientSecret(client, { accountId, clientId }, options)).phase;
  } catch (error) {
    const known: APIError | undefined = error instanceof Own || error instanceof Cloudflare.APIError ? error : undefined;
    if (known) return known.outcome;
    return error instanceof rotation.RotationError ? error.code : String(pages.result.length);
  }
}
export = { client, rotate, same };
`,
  "both.mts": `
import Cloudflare from "cloudflare-oauth-clients";
import own from "./commonjs.cjs";

export const same: Cloudflare = own.client;
`,
};

/** A way to compile the programs. */
export interface Consumer {
  readonly typescript: string;
  readonly resolution: string;
  readonly platform: string;
  /** What the compiler said; empty if nothing. */
  readonly errors: string;
}

/** Compiles users' programs, and one that imports every entry, in every way that we promise. */
export async function compileConsumers(project: string, manifest: Manifest): Promise<Consumer[]> {
  const imports = specifiers(manifest).map((name, index) => {
    const attributes = name.endsWith(".json") ? ' with { type: "json" }' : "";
    const clause = attributes ? `entry${index}` : `* as entry${index}`;
    return `import ${clause} from "${name}"${attributes};\nexport { entry${index} };`;
  });
  const files = { ...programs, "entries.ts": imports.join("\n") };
  for (const [name, text] of Object.entries({ ...files, ...commonJs })) writeFileSync(join(project, name), text);

  const consumers: Consumer[] = [];
  for (const typescript of Object.keys(compilers) as (keyof typeof compilers)[])
    for (const resolution of Object.keys(resolutions) as (keyof typeof resolutions)[])
      consumers.push(
        ...(await Promise.all(
          Object.entries(platforms).map(async ([platform, options]) => {
            const folder = join(project, `${typescript}-${resolution}-${options.types[0] ?? "dom"}`);
            mkdirSync(folder);
            const compilerOptions = {
              ...options,
              module: resolutions[resolution],
              moduleResolution: resolution,
              target: "es2022",
              strict: true,
              exactOptionalPropertyTypes: true,
              noUncheckedIndexedAccess: true,
              // With it, a file that is CommonJS could not be written with `import`.
              verbatimModuleSyntax: resolution === "bundler",
              resolveJsonModule: true,
              skipLibCheck: false,
              noEmit: true,
            };
            // A bundler takes no `import x = require()`.
            const names = Object.keys(resolution === "bundler" ? files : { ...files, ...commonJs });
            const config = { compilerOptions, files: names.map((name) => join(project, name)) };
            writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
            const compiler = join(root, "node_modules", compilers[typescript]);
            const errors = await execute(process.execPath, [compiler, "-p", folder, "--pretty", "false"]).then(
              () => "",
              (error: { stdout?: string; message: string }) => error.stdout || error.message,
            );
            return { typescript, resolution, platform, errors };
          }),
        )),
      );
  return consumers;
}
