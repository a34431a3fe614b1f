import type { Fetch } from "../../src/client/index.ts";
import type { FaultKind, FaultyOperation, Sandbox } from "../../src/sandbox/index.ts";
import type { Random } from "../kills/iteration.ts";

/** What befalls a request; those that are never answered take a time-out each. */
const kinds: readonly FaultKind[] = [
  ...([
    "error",
    "error-applied",
    "reset",
    "reset-applied",
    "malformed",
    "throttled",
    "challenge",
    "lost",
    "silent",
  ] as const),
];

/** A sandbox's `fetch` in which a share of all requests fails, and which tells of each request to the API. */
export function faultyNetwork(
  sandbox: Sandbox,
  { rate, random, onRequest }: { rate: number; random: Random; onRequest: (at: number) => void },
): Fetch & { readonly faults: Map<FaultKind, number> } {
  const faults = new Map<FaultKind, number>();
  const fetch: Fetch = (url, init) => {
    const operation = operationOf(url, init.method ?? "GET");
    if (url.startsWith(sandbox.baseURL)) onRequest(Date.now());
    const kind = random() < rate ? kinds[Math.floor(random() * kinds.length)] : undefined;
    if (kind && operation) {
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
      sandbox.faults.push({ operation, kind });
    }
    return sandbox.fetch(url, init);
  };
  return Object.assign(fetch, { faults });
}

function operationOf(url: string, method: string): FaultyOperation | undefined {
  if (url.includes("/oauth2/token")) return "token";
  if (url.endsWith("/rotate_secret"))
    return method === "POST" ? "oauth-clients-rotate-secret" : "oauth-clients-delete-rotated-secret";
  return /\/oauth_clients\/[^/]+$/.test(url) && method === "GET" ? "oauth-clients-get" : undefined;
}
