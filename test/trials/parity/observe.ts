import { operations } from "../../../generated/operations.ts";
import { type Call, loadClient, type Sdk } from "./load-sdk.ts";
import type { Recorded, RecordingServer } from "./recording-server.ts";

/** What a call showed its user, and the server. */
export interface Observation {
  readonly seen?: unknown;
  readonly sent: readonly Recorded[];
  /** What it rejected with: a call is written to catch what it expects. */
  readonly failure?: unknown;
}

/** Makes a call, with an environment that names neither credentials nor a base URL. */
export async function observe(server: RecordingServer, sdk: Sdk, call: Call): Promise<Observation> {
  const Client = await loadClient(sdk);
  const options = { baseURL: server.url, apiToken: "token-of-the-run", maxRetries: 0 };
  const environment = process.env;
  process.env = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("CLOUDFLARE_")));
  server.take();
  try {
    const seen = await call(new Client(options), options);
    return { seen, sent: inOrder(server.take()) };
  } catch (failure) {
    return { failure, sent: server.take() };
  } finally {
    process.env = environment;
  }
}

/** Requests that are made together may arrive in any order. */
function inOrder(requests: readonly Recorded[]): Recorded[] {
  return [...requests].sort((a, b) => a.path.localeCompare(b.path));
}

/** The operations of the description that none of the requests performs. */
export function unreached(requests: readonly Recorded[]): string[] {
  return Object.entries(operations)
    .filter(([, { method, path }]) => {
      const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
      return !requests.some((request) => request.method === method && pattern.test(request.path));
    })
    .map(([id]) => id);
}
