/**
 * For a service that uses a client secret: {@link runningSecret} says which one it uses, without saying the secret, so that a rotation
 * deletes the old one only when every replica has the new one. It needs nothing but web standards, and imports nothing.
 *
 * @module cloudflare-oauth-clients/running
 */
import { proofKey, proofMessage } from "./proof.ts";

/** Options of {@link runningSecret}. */
export interface RunningSecretOptions {
  /**
   * Names this replica, in 1 to 253 visible ASCII characters: the name of the pod, for example. A check shows it.
   * Replicas of one name count as one. Default: random, the same for all handlers as long as the process runs.
   */
  readonly replica?: string | undefined;
}

/**
 * The name that this process chooses, for all its handlers: a service may make one for each request. Not before it is needed: a Worker
 * has no random numbers before its first request.
 */
let chosen: string | undefined;

/**
 * Makes a handler that shows which client secret this service uses. It answers `GET ?client_id=…&nonce=…` with the name of the
 * replica and an HMAC, from which the secret cannot be found.
 *
 * Everybody may ask it, so it needs no protection. Offer it where the check can reach it.
 *
 * @param secret gives the secret as the service uses it *now*; from where the service takes it, not from where it is stored. None
 *   where it gives nothing, or throws.
 * @param options the name of this replica.
 * @returns A handler on web standards, which never rejects: 200 with the response; 400 for another request than a question, 405 for another
 *   method than GET, 503 without a secret.
 * @throws {RangeError} For a name of the replica that cannot be one.
 */
export function runningSecret(
  secret: () => string | undefined | Promise<string | undefined>,
  { replica }: RunningSecretOptions = {},
): (request: Request) => Promise<Response> {
  if (replica !== undefined && !/^[!-~]{1,253}$/.test(replica))
    throw new RangeError(`replica must have 1 to 253 visible ASCII characters; not "${replica}".`);
  return async ({ method, url }) => {
    try {
      if (method !== "GET") return answer(405, { error: "Ask with GET." }, { allow: "GET" });
      const { searchParams } = new URL(url);
      const clientId = searchParams.get("client_id") ?? "";
      const nonce = searchParams.get("nonce") ?? "";
      if (!/^[!-~]{1,128}$/.test(clientId) || !/^[\w-]{16,128}$/.test(nonce))
        return answer(400, { error: "Ask with a client_id, and a nonce of 16 to 128 letters and digits." });
      const used = await secret();
      if (!used) return answer(503, { error: "This service has no client secret." });
      chosen ??= crypto.randomUUID().slice(0, 8);
      const name = replica ?? chosen;
      return answer(200, { replica: name, proof: await prove(used, proofMessage({ clientId, nonce, replica: name })) });
    } catch {
      // What it says may show the secret.
      return answer(503, { error: "This service could not read its client secret." });
    }
  };
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "cache-control": "no-store" } });
}

async function prove(secret: string, message: BufferSource): Promise<string> {
  const key = await proofKey(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
  const proof = new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  return Array.from(proof, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
