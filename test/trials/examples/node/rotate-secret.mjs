// @ts-check
/**
 * Rotates the secret of an OAuth client into a key-value store over HTTP, has the service read it anew, and deletes the old
 * one once the service says that it uses the new one. Plain JavaScript, for Node 20.19 or later:
 *
 *     node rotate-secret.mjs [--accept-downtime]
 *
 * Killed at any moment, run it again: it goes on where it was. Exit codes: 0 done; 75 (`EX_TEMPFAIL` of sysexits.h) run it
 * again, now or when what it complained of is mended; 1 somebody must look.
 *
 * The environment has CLOUDFLARE_API_TOKEN, and what is read just below. To try it without an account, set what `cf-oauth
 * sandbox` prints, with its token as CLOUDFLARE_API_TOKEN.
 */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import Cloudflare from "cloudflare-oauth-clients";
import { FileJournal } from "cloudflare-oauth-clients/node";
import { RotationError, rotateClientSecret } from "cloudflare-oauth-clients/rotation";

const accountId = setting("CLOUDFLARE_ACCOUNT_ID");
const clientId = setting("OAUTH_CLIENT_ID");
/** Where the secret is kept: the address takes it by PUT, and gives it back by GET. */
const storeURL = setting("STORE_URL");
const headers = { Authorization: `Bearer ${setting("STORE_TOKEN")}` };
/** Of the service: POST has it read its secret anew, GET answers with the SHA-256, in hex, of the one that it uses. */
const serviceURL = setting("SERVICE_URL");
/** Must outlast the machine's next start: the new secret is kept there until the rotation is done. */
const stateDirectory = setting("STATE_DIRECTORY");

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}.`);
  return value;
}

/**
 * @param {string} url
 * @param {RequestInit & { signal: AbortSignal }} init
 */
async function send(url, { signal, ...init }) {
  const response = await fetch(url, {
    ...init,
    redirect: "error", // A secret goes nowhere else.
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response.text();
}

/** @type {import("cloudflare-oauth-clients/rotation").Sink} */
const store = {
  name: "store",
  // Before a new secret is asked for: with a store that is shut, or a wrong token, nothing is changed.
  preflight: async ({ signal }) => void (await send(storeURL, { headers, signal })),
  deliver: async (secret, { signal }) => void (await send(storeURL, { method: "PUT", headers, body: secret, signal })),
  readBack: ({ signal }) => send(storeURL, { headers, signal }),
};

/** @type {import("cloudflare-oauth-clients/rotation").Check} */
const check = async (sha256, { signal }) => (await send(serviceURL, { signal })) === sha256;

/** Has nothing to read back, so that the check must vouch for it. @type {import("cloudflare-oauth-clients/rotation").Sink} */
const service = {
  name: "service",
  deliver: async (secret, { signal }) => {
    await send(serviceURL, { method: "POST", signal });
    // A sink that has not got the secret must not say so.
    if (!(await check(createHash("sha256").update(secret).digest("hex"), { signal })))
      throw new Error("the service uses another secret");
  },
};

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

try {
  const { phase } = await rotateClientSecret(
    new Cloudflare(),
    { accountId, clientId },
    {
      journal: new FileJournal(stateDirectory),
      sinks: [store, service],
      check,
      finish: true,
      acceptDowntime: process.argv.includes("--accept-downtime"),
      issuer: process.env.CLOUDFLARE_OAUTH_ISSUER,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === "phase") console.log(event.phase);
      },
    },
  );
  console.log(`The rotation is ${phase}: the new secret works, and is the only one.`);
} catch (error) {
  if (!(error instanceof RotationError)) throw error;
  // Its message holds no secret: it says what was seen, and what is true now.
  console.error(`${error.code}, ${error.phase ?? "nothing begun"}: ${error.message}`);
  const secret = error.revealSecret();
  if (secret) {
    // Neither the journal nor the store took it: nothing else has it.
    const path = `${clientId}.secret`;
    await writeFile(path, secret, { mode: 0o600 });
    console.error(`The new secret is in ${path}.`);
  }
  if (error.code === "secret-missing")
    console.error(
      "If nobody has it, and a time without a secret that works is acceptable: run again with --accept-downtime.",
    );
  switch (error.nextStep) {
    case "rotate":
    case "resume":
    case "finish":
      process.exitCode = 75;
      break;
    default:
      process.exitCode = 1;
  }
}
