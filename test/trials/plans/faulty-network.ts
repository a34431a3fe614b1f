import type { Fetch } from "../../../src/client/index.ts";
import type { FaultKind, FaultyOperation, Sandbox } from "../../../src/sandbox/index.ts";
import type { Random } from "../../support/random.ts";

/** What befalls a request; those that are never answered take a time-out each. */
const kinds = [
  "error",
  "error-applied",
  "reset",
  "reset-applied",
  "malformed",
  "throttled",
  "challenge",
  "lost",
  "silent",
] as const satisfies readonly FaultKind[];

/** What Cloudflare documents. */
export const limit = { requests: 1200, window: 300_000 };

/**
 * A sandbox's `fetch` in which a share of all requests fails. It calls `onRequest` for each request to the API, and its
 * responses say, as the API's do, how many requests are left in five minutes.
 */
export function faultyNetwork(
  sandbox: Sandbox,
  { rate, random, onRequest }: { rate: number; random: Random; onRequest: (at: number, url: string) => void },
): Fetch & { readonly faults: Map<FaultKind, number> } {
  const faults = new Map<FaultKind, number>();
  const lately: number[] = [];
  const fetch: Fetch = async (url, init) => {
    const operation = operationOf(url, init.method ?? "GET");
    const isOfAPI = url.startsWith(sandbox.baseURL);
    const now = Date.now();
    while (now - (lately[0] ?? now) >= limit.window) lately.shift();
    if (isOfAPI) {
      lately.push(now);
      onRequest(now, url);
    }
    const kind = random.fraction() < rate ? random.pick(kinds) : undefined;
    if (kind && operation) {
      faults.set(kind, (faults.get(kind) ?? 0) + 1);
      sandbox.faults.push({ operation, kind });
    }
    const response = await sandbox.fetch(url, init);
    if (isOfAPI && response.status !== 429) {
      const reset = Math.ceil(((lately[0] ?? now) + limit.window - now) / 1000);
      response.headers.set("Ratelimit", `"default";r=${Math.max(0, limit.requests - lately.length)};t=${reset}`);
    }
    return response;
  };
  return Object.assign(fetch, { faults });
}

function operationOf(url: string, method: string): FaultyOperation | undefined {
  if (url.includes("/oauth2/token")) return "token";
  if (url.endsWith("/rotate_secret"))
    return method === "POST" ? "oauth-clients-rotate-secret" : "oauth-clients-delete-rotated-secret";
  return /\/oauth_clients\/[^/]+$/.test(url) && method === "GET" ? "oauth-clients-get" : undefined;
}
