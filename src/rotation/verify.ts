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
import { randomHex } from "./digest.ts";
import { RotationError } from "./error.ts";
import { wait } from "./wait.ts";

/** Whether a client secret authenticates: as far as could be told. */
export type Verdict = "accepted" | "refused" | "inconclusive";

/** What {@link verifyClientSecret} found. */
export interface Verification {
  readonly verdict: Verdict;
  /** What was seen, for a person: statuses, content types, Ray IDs; no secret. */
  readonly reason: string;
}

/** Told before each request, and again with the verdict when it has been answered. */
export interface ProbeEvent {
  readonly type: "probe" | "probed";
  readonly endpoint: "token" | "revocation";
  /** Whether it is the control: a wrong secret, which must be refused. */
  readonly control: boolean;
  /** Counts the requests with the secret, from 1. */
  readonly attempt: number;
  /** When the request is sent, in ms since the epoch. */
  readonly at: number;
  /** What the answer says of the secret; only in `probed`. A control must be refused. */
  readonly verdict?: Verdict | undefined;
}

/** Told before a wait. */
export interface WaitEvent {
  readonly type: "wait";
  readonly why: string;
  /** In ms since the epoch. */
  readonly until: number;
}

type Endpoint = "token" | "revocation";

/** A client, and how to reach its issuer. */
export interface IssuerOptions {
  /** The authorization server. Default: `https://dash.cloudflare.com`. */
  readonly issuer?: string | undefined;
  readonly clientId: string;
  /** The client's registered `token_endpoint_auth_method`; with the other one even a good secret is refused. */
  readonly method: "client_secret_basic" | "client_secret_post";
  /** The endpoints that may be asked, in this order. Default: token, then revocation. */
  readonly endpoints?: readonly Endpoint[] | undefined;
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ProbeEvent | WaitEvent) => void) | undefined;
}

/** Where Cloudflare's OAuth clients authenticate. */
export const defaultIssuer = "https://dash.cloudflare.com";

/** Acceptances in a row that are a proof: replicas learn of a new secret one after another, so one alone is luck. */
const enough = 3;
/** Requests with the secret, at most. */
const budget = 12;
/** Milliseconds before each request with the secret; the last stands for all that follow. */
const gaps = [0, 1000, 2000, 4000, 8000, 15_000];
/** Inconclusive answers of an endpoint after which it is not asked again. */
const patience = 2;
/** Milliseconds until a request is given up. */
const requestTimeout = 30_000;
/** The longest body that is read, in bytes. */
const bodyLimit = 65_536;

interface Answer {
  readonly verdict: Verdict;
  readonly reason: string;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined;
}

/**
 * Proves a client secret without a user: authenticates with it at the issuer, with a code or token that cannot exist.
 *
 * First the control: a freshly made wrong secret must be refused, or the endpoint proves nothing. Then three acceptances
 * in a row, in at most twelve requests. The token endpoint is asked first; the revocation endpoint where that cannot tell.
 *
 * @returns The verdict. `inconclusive` means that nothing was learned: a bot challenge, a 5xx, no working control.
 * @throws {RotationError} `usage` for an empty `clientId`; and the signal's reason, when it is aborted.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2.2
 */
export async function verifyClientSecret(
  options: IssuerOptions & { readonly clientSecret: string },
): Promise<Verification> {
  if (options.clientId === "") throw new RotationError("usage", "clientId is empty. Nothing was sent.");
  if (options.clientSecret === "") return { verdict: "refused", reason: "an empty secret is none" };
  const prover = await findProver(options);
  return "verdict" in prover ? prover : prover.prove(options.clientSecret);
}

/**
 * Whether secrets can be proved from here: sends the control alone, a freshly made wrong secret.
 *
 * @returns The first endpoint that refuses it, as it must; none with the reason why there is none.
 * @throws The signal's reason, when it is aborted.
 */
export async function probeIssuer(
  options: IssuerOptions,
): Promise<{ readonly endpoint: Endpoint | undefined; readonly reason: string }> {
  const found = await findProver(options);
  if ("verdict" in found) return { endpoint: undefined, reason: found.reason };
  return { endpoint: found.endpoint, reason: `the ${found.endpoint} endpoint refuses a made-up secret, as it must` };
}

/** An endpoint whose control was refused, as it must be. */
export interface Prover {
  readonly endpoint: Endpoint;
  prove(secret: string): Promise<Verification>;
}

/** Finds an endpoint that tells a right secret from a wrong one; an inconclusive verification if there is none. */
export async function findProver(options: IssuerOptions): Promise<Prover | Verification> {
  const server = await discover(options);
  const reasons: string[] = [];
  for (const endpoint of options.endpoints ?? (["token", "revocation"] as const)) {
    for (let attempt = 1; attempt <= patience; attempt++) {
      const { verdict, reason, retryAfter } = await probe(server, endpoint, options, wrongSecret(), true, attempt);
      if (verdict === "refused") return { endpoint, prove: (secret) => prove(server, endpoint, options, secret) };
      if (verdict === "accepted") {
        reasons.push(`the ${endpoint} endpoint accepted a made-up secret (${reason}), so it proves nothing`);
        break;
      }
      if (attempt === patience) reasons.push(`the ${endpoint} endpoint: ${reason}`);
      else await wait(retryAfter ?? 1000, options.signal);
    }
  }
  return { verdict: "inconclusive", reason: reasons.join("; ") };
}

/** Long enough for any server's rule, and plainly no real secret. */
function wrongSecret(): string {
  return `deliberately-wrong-${randomHex(16)}`;
}

async function prove(
  server: AuthorizationServer,
  endpoint: Endpoint,
  options: IssuerOptions,
  secret: string,
): Promise<Verification> {
  let inARow = 0;
  let unclear = 0;
  let asked: number | undefined;
  let last: Answer = { verdict: "inconclusive", reason: "not asked" };
  for (let attempt = 1; attempt <= budget; attempt++) {
    const gap = gaps[Math.min(attempt, gaps.length) - 1] ?? 0;
    const pause = Math.max(gap, asked ?? 0);
    if (pause > 0) options.onEvent?.({ type: "wait", why: "until the next proof", until: Date.now() + pause });
    await wait(pause, options.signal);
    last = await probe(server, endpoint, options, secret, false, attempt);
    asked = last.retryAfter;
    if (last.verdict === "accepted") inARow++;
    else if (last.verdict === "refused") inARow = 0;
    // A 429 that says how long to wait is no trouble: the wait is obeyed.
    else if (asked === undefined && ++unclear >= patience) break;
    if (inARow >= enough)
      return { verdict: "accepted", reason: `accepted ${enough} times in a row at the ${endpoint} endpoint` };
  }
  const verdict = last.verdict === "accepted" ? "refused" : last.verdict;
  const reason = last.verdict === "accepted" ? `accepted now and then, but not ${enough} times in a row` : last.reason;
  return { verdict, reason: `the ${endpoint} endpoint: ${reason}` };
}

async function probe(
  server: AuthorizationServer,
  endpoint: Endpoint,
  options: IssuerOptions,
  secret: string,
  control: boolean,
  attempt: number,
): Promise<Answer> {
  const event: ProbeEvent = { type: "probe", endpoint, control, attempt, at: Date.now() };
  options.onEvent?.(event);
  const answer = await ask(server, endpoint, options, secret);
  options.onEvent?.({ ...event, type: "probed", verdict: answer.verdict });
  return answer;
}

async function ask(
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
    return { verdict: "inconclusive", reason: `no answer (${codeOf(error)})` };
  }
}

interface HowToRequest {
  signal: AbortSignal;
  [allowInsecureRequests]: boolean;
  [customFetch]?: (url: string, init: object) => Promise<Response>;
}

/** Makes a request, its body included, and gives it up after a time or when the caller's signal is aborted. */
async function request<T>(
  { fetch, issuer, signal }: IssuerOptions,
  send: (how: HowToRequest) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const timer = setTimeout(abort, requestTimeout);
  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted();
    return await send({
      signal: controller.signal,
      [allowInsecureRequests]: isLoopback(issuer),
      ...(fetch && { [customFetch]: (url: string, init: object) => fetch(url, init) }),
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function isLoopback(issuer: string = defaultIssuer): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(issuer).hostname);
}

/** What an answer to a probe says of the secret. */
async function judge(response: Response, endpoint: Endpoint): Promise<Answer> {
  const { status, headers } = response;
  const type = headers.get("content-type")?.split(";", 1)[0] ?? "no content type";
  const ray = headers.get("cf-ray");
  const error = await errorOf(response);
  const reason = `${status} ${error ?? type}${ray ? `, Ray ID ${ray}` : ""}`;
  if (error === "invalid_client" && (status === 400 || status === 401)) return { verdict: "refused", reason };
  if (endpoint === "token" && status === 400 && error === "invalid_grant") return { verdict: "accepted", reason };
  if (endpoint === "revocation" && status === 200 && error === undefined) return { verdict: "accepted", reason };
  const seconds = Number(headers.get("retry-after"));
  const retryAfter = status === 429 && seconds > 0 && seconds <= 60 ? seconds * 1000 : undefined;
  return { verdict: "inconclusive", reason, retryAfter };
}

/** The OAuth error code of a body; undefined if it is no JSON with one. */
async function errorOf(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > bodyLimit) {
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
  try {
    const body: unknown = JSON.parse(text);
    const code = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
    // Shown in messages, so only what a code may look like (RFC 6749 §5.2 allows more, but no code needs it).
    return typeof code === "string" && /^\w{1,40}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** The issuer's endpoints, by its discovery document where that is one, else where Cloudflare documents them. */
async function discover(options: IssuerOptions): Promise<AuthorizationServer> {
  const issuer = options.issuer ?? defaultIssuer;
  const url = new URL(issuer);
  try {
    const found = await request(options, async (how) =>
      processDiscoveryResponse(url, await discoveryRequest(url, how)),
    );
    if (found.token_endpoint) return found;
  } catch {
    // A challenge, HTML, a 404: the documented addresses are as good.
    options.signal?.throwIfAborted();
  }
  const base = issuer.replace(/\/$/, "");
  return { issuer, token_endpoint: `${base}/oauth2/token`, revocation_endpoint: `${base}/oauth2/revoke` };
}

/** The code of a failed connection, which stands in the innermost cause. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  if (error.cause instanceof Error) return codeOf(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
