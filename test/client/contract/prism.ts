import { inject } from "vitest";
import { type OperationId, operations } from "../../../generated/operations.ts";
import { type ClientOptions, Cloudflare } from "../../../src/client/index.ts";
import { apiToken } from "../examples.ts";
import { type Input, rows } from "./operations.ts";

/** The address of Prism, which holds requests and answers to the description. */
export const baseURL: string = inject("prism");

/** A request that went to Prism, and its response. */
export interface Exchange {
  readonly method: string;
  /** Below the base URL. */
  readonly path: string;
  readonly headers: Headers;
  /** The request's body, parsed; undefined if it has none. */
  readonly sent: unknown;
  readonly status: number;
  /** What Prism has to say against the request; null if the description allows it. */
  readonly violations: string | null;
  /** The response's body, parsed. */
  readonly served: unknown;
}

/** A client of Prism's, and what passes between the two. */
export interface Recorded {
  readonly client: Cloudflare;
  readonly exchanges: readonly Exchange[];
}

/** Makes a client whose `fetch` keeps a copy of each answer. */
export function recordedClient(options: ClientOptions = { apiToken }): Recorded {
  const exchanges: Exchange[] = [];
  const client = new Cloudflare({
    ...options,
    baseURL,
    maxRetries: 0,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      exchanges.push({
        method: init.method ?? "",
        path: url.slice(baseURL.length),
        headers: new Headers(init.headers),
        sent: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
        status: response.status,
        violations: response.headers.get("sl-violations"),
        // Of the copy; the client reads the original.
        served: await response.clone().json(),
      });
      return response;
    },
  });
  return { client, exchanges };
}

/** The path of an operation, with an input's identifiers in it. */
export function pathOf(id: OperationId, { account_id, oauth_client_id }: Input): string {
  return operations[id].path
    .replace("{account_id}", () => encodeURIComponent(account_id))
    .replace("{oauth_client_id}", () => encodeURIComponent(oauth_client_id));
}

/** Sends to Prism what the client might refuse to send. */
export function sendRaw(id: OperationId, input: Input, headers: Readonly<Record<string, string>>): Promise<Response> {
  const body = rows[id].body(input);
  return fetch(baseURL + pathOf(id, input), {
    method: operations[id].method,
    headers: body ? { ...headers, "Content-Type": "application/json" } : headers,
    ...(body && { body: JSON.stringify(body) }),
    // Prism never answers a body that it cannot parse.
    signal: AbortSignal.timeout(5000),
  });
}
