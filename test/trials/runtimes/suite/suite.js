import * as cloudflare from "cloudflare-oauth-clients";
import * as rotation from "cloudflare-oauth-clients/rotation";
import * as running from "cloudflare-oauth-clients/running";
import * as sandbox from "cloudflare-oauth-clients/sandbox";
import { runCheck } from "./check.js";
import { clientChecks } from "./client.js";
import { rotationChecks } from "./rotation.js";

/**
 * The behaviour that every runtime must show, without a test framework, which few of them could load.
 *
 * @param addresses of the servers.
 * @param inspect shows a value as the runtime's console would.
 * @returns A list of `{ name, ok, detail }`.
 */
export async function suite(addresses, inspect) {
  const world = { cloudflare, rotation, running, sandbox, addresses, inspect };
  // The rotations mostly wait, and do not use the network.
  const rotations = Object.entries(rotationChecks).map(([name, check]) => runCheck(name, check, world));
  const results = [];
  // One after another: a browser opens six connections to a host at most, and some checks stall theirs.
  for (const [name, check] of Object.entries(clientChecks)) results.push(await runCheck(name, check, world));
  return [...results, ...(await Promise.all(rotations))];
}
