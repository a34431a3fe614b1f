import { Account } from "./account.ts";
import { apiToken, baseURL, createApi } from "./api.ts";
import type { PresentedCredentials } from "./client-authentication.ts";
import { type Fault, Faults, type FaultyOperation } from "./fault.ts";
import { createIssuer, documentedIssuer } from "./issuer.ts";
import { carry, connectionFailure } from "./network.ts";
import type { SandboxClient, SandboxOptions } from "./options.ts";
import type { Arrival } from "./server.ts";

/** A request that a sandbox has received. */
export interface SandboxRequest {
  /** `unknown` if it leads nowhere. */
  readonly operation: FaultyOperation | "unknown";
  /** The HTTP method. */
  readonly method: string;
  /** The whole address. */
  readonly url: string;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
  /** Whether the server has done what it asks; so far, as that can come late. */
  readonly applied: boolean;
  /** At the issuer: the client secret that it presented. */
  readonly secret?: string;
  /** At the issuer: how the client authenticated itself. */
  readonly authMethod?: PresentedCredentials["authMethod"];
  /** The status of the response, once there is one. */
  readonly status?: number;
}

/** An account and its authorization server, in memory. */
export interface Sandbox {
  /**
   * Replaces the global `fetch`, for the API and the issuer alike. Any other host fails like a name that does not
   * exist. An abort always rejects with the signal's reason.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** The issuer's URL. */
  readonly issuer: string;
  /** The account, 32 characters. */
  readonly accountId: string;
  /** The API's base URL. */
  readonly baseURL: string;
  /** The API token that is accepted, in addition to any pair of e-mail address and API key. */
  readonly apiToken: string;
  /**
   * The account's clients, with their secrets.
   *
   * @returns A value for the option of that name, to continue from this state.
   */
  clients(): SandboxClient[];
  /**
   * A client's live secrets.
   *
   * @param clientId the client's `client_id`.
   * @returns The secrets, oldest first; none for an unknown client.
   */
  secretsOf(clientId: string): string[];
  /**
   * Whether the issuer accepts a secret, or will, once it has learnt of it.
   *
   * @param clientId the client's `client_id`.
   * @param secret any.
   * @returns Whether it is one of the live ones.
   */
  accepts(clientId: string, secret: string): boolean;
  /** Every request so far, oldest first. */
  readonly requests: SandboxRequest[];
  /**
   * How many requests there were of an operation.
   *
   * @param operation of the API or the issuer; `unknown` for a path that leads nowhere.
   * @returns 0 or more.
   */
  count(operation: SandboxRequest["operation"]): number;
  /** What is still to go wrong; more may be added at any time. */
  readonly faults: Fault[];
}

/**
 * Makes a stand-in for the API and the authorization server, with state, for trying out and for tests.
 *
 * @param options how it is to behave. Default: as documented, with one client.
 * @returns The account and its authorization server; they live as long as the object.
 * @example
 * ```ts
 * const sandbox = createSandbox();
 * const client = new Cloudflare({ apiToken: sandbox.apiToken, fetch: sandbox.fetch });
 * ```
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const account = new Account(options);
  const issuer = options.issuer ?? {};
  const servers = [createApi(account, options), createIssuer(account, issuer)];
  const faults = new Faults(options.faults);
  const requests: SandboxRequest[] = [];
  const secretsOf = (clientId: string) => account.clients.get(clientId)?.secrets.map(({ value }) => value) ?? [];

  return {
    fetch: async (input, init) => {
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      signal?.throwIfAborted();
      const arrival = await arrive(input, init);
      const { method, url } = arrival;
      const received = servers.find(({ origin }) => origin === url.origin)?.receive(arrival);
      const { operation = "unknown", credentials: { secret, authMethod } = {} } = received ?? {};
      const request: { -readonly [Name in keyof SandboxRequest]: SandboxRequest[Name] } = {
        operation,
        method,
        url: url.href,
        at: Date.now(),
        applied: false,
        ...(secret !== undefined && { secret }),
        ...(authMethod && { authMethod }),
      };
      requests.push(request);
      if (!received)
        throw connectionFailure(`getaddrinfo ENOTFOUND ${url.hostname}`, { code: "ENOTFOUND", syscall: "getaddrinfo" });
      const apply = () => {
        const response = received.answer();
        request.applied = response.ok;
        return response;
      };
      const response = await carry(apply, {
        fault: faults.take(operation),
        latency: options.latency ?? 0,
        signal,
      });
      signal?.throwIfAborted();
      request.status = response.status;
      return response;
    },
    issuer: issuer.url ?? documentedIssuer,
    accountId: account.id,
    baseURL,
    apiToken,
    clients: () =>
      [...account.clients.values()].map(({ client, secrets }) => ({
        ...client,
        client_secrets: secrets.map(({ value }) => value),
      })),
    secretsOf,
    accepts: (clientId, secret) => secretsOf(clientId).includes(secret),
    requests,
    count: (operation) => requests.filter((request) => request.operation === operation).length,
    faults: faults.pending,
  };
}

/** The caller's signal stays out of it: it ends the waiting for a response, not the reading of the request. */
async function arrive(input: string | URL | Request, init: RequestInit | undefined): Promise<Arrival> {
  const request = new Request(input, { ...init, signal: null });
  return {
    method: request.method,
    url: new URL(request.url),
    headers: request.headers,
    body: await request.text(),
  };
}
