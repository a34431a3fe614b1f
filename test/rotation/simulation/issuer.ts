import type { Answer } from "./network.ts";
import type { Process } from "./process.ts";
import type { Server } from "./server.ts";

const json: Readonly<Record<string, string>> = { "content-type": "application/json" };

/** The issuer's answer: discovery is not there, a made-up code and a made-up token lead nowhere. */
export function answerOfIssuer(
  process: Process,
  server: Server,
  url: string,
  init: RequestInit,
  sentAt: number,
): Answer {
  if (init.method !== "POST") return { status: 404, body: "", headers: {} };
  const { secret, method } = credentialsOf(init);
  const isAccepted = server.accepts(secret, method);
  // Only a response that is here tells the process anything.
  const onReceipt = () => process.probed(secret, isAccepted, sentAt);
  if (!isAccepted) return { status: 401, body: '{"error":"invalid_client"}', headers: json, onReceipt };
  if (url.endsWith("/revoke")) return { status: 200, body: "", headers: {}, onReceipt };
  return { status: 400, body: '{"error":"invalid_grant"}', headers: json, onReceipt };
}

function credentialsOf(init: RequestInit): { secret: string; method: string } {
  const authorization = new Headers(init.headers).get("authorization");
  if (authorization?.startsWith("Basic ")) {
    const pair = atob(authorization.slice(6));
    return { secret: decodeURIComponent(pair.slice(pair.indexOf(":") + 1)), method: "client_secret_basic" };
  }
  const form = new URLSearchParams(String(init.body));
  return { secret: form.get("client_secret") ?? "", method: "client_secret_post" };
}
