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
 * The environment has CLOUDFLARE_API_TOKEN, and what is read just below. To try it without an account, `cf-oauth sandbox`
 * prints what to set.
 */
import Cloudflare from "cloudflare-oauth-clients";
import { FileJournal } from "cloudflare-oauth-clients/node";
import { RotationError, rotateClientSecret } from "cloudflare-oauth-clients/rotation";

const {
  CLOUDFLARE_ACCOUNT_ID: accountId = "",
  OAUTH_CLIENT_ID: clientId = "",
  /** Where the secret is kept: the address takes it by PUT, and gives it back by GET. */
  STORE_URL = "",
  STORE_TOKEN = "",
  /** Of the service: POST has it read its secret anew, GET answers with the SHA-256, in hex, of the one that it uses. */
  SERVICE_URL = "",
  /** Must outlast the machine's next start: the new secret is kept there until the rotation is done. */
  STATE_DIRECTORY = "rotations",
} = process.env;

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

const headers = { Authorization: `Bearer ${STORE_TOKEN}` };

/** @type {import("cloudflare-oauth-clients/rotation").Sink} */
const store = {
  name: "store",
  // Before a new secret is asked for: with a store that is shut, or a wrong token, nothing is changed.
  preflight: async ({ signal }) => void (await send(STORE_URL, { headers, signal })),
  deliver: async (secret, { signal }) => void (await send(STORE_URL, { method: "PUT", headers, body: secret, signal })),
  readBack: ({ signal }) => send(STORE_URL, { headers, signal }),
};

/** Has nothing to read back, so that the check must vouch for it. @type {import("cloudflare-oauth-clients/rotation").Sink} */
const service = {
  name: "service",
  deliver: async (_secret, { signal }) => void (await send(SERVICE_URL, { method: "POST", signal })),
};

/** @type {import("cloudflare-oauth-clients/rotation").Check} */
const check = async (sha256, { signal }) => (await send(SERVICE_URL, { signal })) === sha256;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

try {
  const { phase } = await rotateClientSecret(
    new Cloudflare(),
    { accountId, clientId },
    {
      journal: new FileJournal(STATE_DIRECTORY),
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
  switch (error.nextStep) {
    case "rotate":
    case "resume":
    case "finish":
      process.exitCode = 75;
      break;
    case "recover":
      console.error("If a time without a secret that works is acceptable: run it again with --accept-downtime.");
      process.exitCode = 1;
      break;
    default:
      process.exitCode = 1;
  }
}
