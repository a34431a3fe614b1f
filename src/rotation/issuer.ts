import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discoveryRequest,
  genericTokenEndpointRequest,
  processDiscoveryResponse,
  revocationRequest,
} from "oauth4webapi";
import { readText } from "../client/body.ts";
import { startDeadline } from "../client/deadline.ts";
import { retryAfter } from "../client/retry-after.ts";
import { randomHex } from "./digest.ts";

/** Whether a client secret authenticates: as far as could be told. */
export type Verdict = "accepted" | "refused" | "inconclusive";

/** Told before each request, and again with the verdict when it has been answered. */
export interface VerifyEvent {
  /** `verify` before the request, `verdict` after the response. */
  readonly type: "verify" | "verdict";
  /** The endpoint that is asked. */
  readonly endpoint: "token" | "revocation";
  /** Whether it is the control: a wrong secret, which must be refused. */
  readonly control: boolean;
  /** Counts the requests with the secret, from 1. */
  readonly attempt: number;
  /** When the request is sent, in ms since the epoch. */
  readonly at: number;
  /** Whether the issuer accepts the secret; only in `verdict`. It must refuse the negative control. */
  readonly verdict?: Verdict | undefined;
}

/** Told before a wait. */
export interface WaitEvent {
  /** Tells it from the other events. */
  readonly type: "wait";
  /** What is waited for, for a person. */
  readonly why: string;
  /** When the wait ends at the latest, in ms since the epoch. */
  readonly until: number;
}

/**
 * Where a client authenticates.
 *
 * @inline
 */
export type Endpoint = "token" | "revocation";

/** A client, and how to reach its issuer. */
export interface IssuerOptions {
  /** The authorization server. Default: `https://dash.cloudflare.com`. */
  readonly issuer?: string | undefined;
  /** The client's `client_id`. */
  readonly clientId: string;
  /** The client's registered `token_endpoint_auth_method`; with the other one even a good secret is refused. */
  readonly method: "client_secret_basic" | "client_secret_post";
  /** The endpoints that may be asked, in this order. Default: token, then revocation. */
  readonly endpoints?: readonly Endpoint[] | undefined;
  /** What to send requests with, called by URL and init. Default: the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Ends the verification; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each request and each wait, for a progress display. */
  readonly onEvent?: ((event: VerifyEvent | WaitEvent) => void) | undefined;
}

/** Where Cloudflare's OAuth clients authenticate. */
export const defaultIssuer = "https://dash.cloudflare.com";

/** Time limit of a request, in milliseconds. */
const requestTimeout = 30_000;
/** The longest body that is read, in bytes. */
const bodyLimit = 65_536;

/** What a response shows about the secret. */
export interface Answer {
  readonly verdict: Verdict;
  readonly reason: string;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined;
}

/** Authenticates with a secret, and a code or token that cannot exist. */
export async function ask(
  server: AuthorizationServer,
  endpoint: Endpoint,
  options: IssuerOptions,
  secret: string,
): Promise<Answer> {
  const client: Client = { client_id: options.clientId };
  const authentication: ClientAuth =
    options.method === "client_secret_basic" ? ClientSecretBasic(secret) : ClientSecretPost(secret);
  // Recognisable in the server's log, random so that it cannot exist, and new each time.
  const madeUp = `cf-oauth-made-up-${randomHex(16)}`;
  try {
    return await request(options, async (how) =>
      judge(
        endpoint === "token"
          ? await genericTokenEndpointRequest(
              server,
              client,
              authentication,
              "authorization_code",
              { code: madeUp, redirect_uri: "https://localhost/made-up" },
              how,
            )
          : await revocationRequest(server, client, authentication, madeUp, how),
        endpoint,
      ),
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    return { verdict: "inconclusive", reason: `no response (${codeOf(error)})` };
  }
}

interface HowToRequest {
  signal: AbortSignal;
  [allowInsecureRequests]: boolean;
  [customFetch]: (url: string, init: object) => Promise<Response>;
}

/** Makes a request, its body included, and gives it up after a time or when the caller's signal is aborted. */
async function request<T>(
  { fetch, issuer, signal }: IssuerOptions,
  send: (how: HowToRequest) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const endDeadline = startDeadline(requestTimeout, abort);
  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted();
    return await send({
      signal: controller.signal,
      [allowInsecureRequests]: isLoopback(issuer),
      [customFetch]: async (url: string, init: object) => {
        // Also where the issuer is on this machine, its metadata may lead elsewhere.
        if (new URL(url).protocol === "http:" && !isLoopback(url)) throw new InsecureEndpointError();
        return (fetch ?? globalThis.fetch)(url, init);
      },
    });
  } finally {
    endDeadline();
    signal?.removeEventListener("abort", abort);
  }
}

class InsecureEndpointError extends Error {
  readonly code = "OAUTH_HTTP_REQUEST_FORBIDDEN";
}

/** Whether an address is on this very machine, where plain http harms nobody. */
export function isLoopback(issuer: string = defaultIssuer): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(issuer).hostname);
}

/** Judges a response: does the issuer accept the secret? */
async function judge(response: Response, endpoint: Endpoint): Promise<Answer> {
  const { status, headers } = response;
  const type = headers.get("content-type")?.split(";", 1)[0] ?? "no content type";
  const ray = headers.get("cf-ray");
  const error = await errorOf(response);
  const reason = `${status} ${error ?? type}${ray ? `, Ray ID ${ray}` : ""}`;
  if (error === "invalid_client" && (status === 400 || status === 401)) return { verdict: "refused", reason };
  if (endpoint === "token" && status === 400 && error === "invalid_grant") return { verdict: "accepted", reason };
  if (endpoint === "revocation" && status === 200 && error === undefined) return { verdict: "accepted", reason };
  const asked = status === 429 ? retryAfter(headers, status) : undefined;
  const until = asked === undefined ? "" : `, which asks to wait until ${new Date(Date.now() + asked).toISOString()}`;
  return { verdict: "inconclusive", reason: reason + until, retryAfter: asked };
}

/** The OAuth error code of a body; undefined if it is no JSON with one. */
async function errorOf(response: Response): Promise<string | undefined> {
  const text = await readText(response, bodyLimit);
  try {
    const { error: code } = JSON.parse(text ?? "");
    // Shown in messages, so only what a code may look like (RFC 6749 §5.2 allows more, but no code needs it).
    return typeof code === "string" && /^\w{1,40}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Cloudflare's own endpoints, which are documented; undefined for any other issuer. */
export function documentedServer({ issuer = defaultIssuer }: IssuerOptions): AuthorizationServer | undefined {
  return issuer.replace(/\/$/, "") === defaultIssuer ? conventionalServer({}) : undefined;
}

/** The endpoints at the same paths as Cloudflare's. */
export function conventionalServer({ issuer = defaultIssuer }: Pick<IssuerOptions, "issuer">): AuthorizationServer {
  const base = issuer.replace(/\/$/, "");
  return { issuer, token_endpoint: `${base}/oauth2/token`, revocation_endpoint: `${base}/oauth2/revoke` };
}

/** The issuer's endpoints by its discovery document; undefined if it has no usable one. */
export async function discover(options: IssuerOptions): Promise<AuthorizationServer | undefined> {
  const url = new URL(options.issuer ?? defaultIssuer);
  try {
    const found = await request(options, async (how) =>
      processDiscoveryResponse(url, await bounded(await discoveryRequest(url, how))),
    );
    return found.token_endpoint ? found : undefined;
  } catch {
    // A challenge, HTML, a 404.
    options.signal?.throwIfAborted();
    return undefined;
  }
}

/** The response with its body, so that nothing reads gigabytes of it later; with none, if that is longer than the limit. */
async function bounded(response: Response): Promise<Response> {
  return new Response(await readText(response, bodyLimit), { status: response.status });
}

/** The code of a failed connection, from the innermost cause. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  if (error.cause instanceof Error) return codeOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
