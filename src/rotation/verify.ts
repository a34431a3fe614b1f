import type { AuthorizationServer } from "oauth4webapi";
import { wait } from "../client/wait.ts";
import { age, type Moment, now } from "./clock.ts";
import { randomHex } from "./digest.ts";
import { RotationError } from "./error.ts";
import {
  type Answer,
  ask,
  conventionalServer,
  discover,
  documentedServer,
  type Endpoint,
  type IssuerOptions,
  type Verdict,
  type VerifyEvent,
} from "./issuer.ts";

/** What {@link verifyClientSecret} found. */
export interface Verification {
  /** Whether the issuer accepts the secret. */
  readonly verdict: Verdict;
  /** What was seen, for a person: statuses, content types, Ray IDs; no secret. */
  readonly reason: string;
}

/** Acceptances in a row that are enough: replicas learn of a new secret one after another, so one alone is luck. */
const enough = 3;
/** Requests with the secret, at most. */
const budget = 12;
/** Milliseconds from one request with the secret to the next; the last stands for all that follow. */
const gaps = [0, 1000, 2000, 4000, 8000, 15_000];
/** Inconclusive answers of an endpoint after which it is not asked again. */
const patience = 2;
/** The longest wait that is obeyed where an endpoint asks for one, in ms. */
const longestWait = 60_000;

/**
 * Verifies a client secret without a user: authenticates with it at the issuer, with a code or token that cannot exist.
 *
 * First a freshly made wrong secret must be refused, or the endpoint shows nothing (the negative control). Then the secret
 * must be accepted three times in a row, in at most twelve requests. The token endpoint is asked first, and the revocation
 * endpoint where that one cannot tell.
 *
 * @param options the client, its registered method, and `clientSecret`, the secret to verify.
 * @returns The verdict. `refused`: it was refused and never accepted. `inconclusive`: nothing was learned (a bot challenge, a
 *   5xx, no endpoint that refuses a wrong secret), or replicas disagree.
 * @throws {RotationError} `usage` for an empty `clientId`; and the signal's reason, when it is aborted.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2.2
 */
export async function verifyClientSecret(
  options: IssuerOptions & { readonly clientSecret: string },
): Promise<Verification> {
  if (options.clientId === "") throw new RotationError("usage", "clientId is empty. Nothing was sent.");
  if (options.clientSecret === "") return { verdict: "refused", reason: "the secret is empty" };
  const verifier = await findVerifier(options);
  const { verdict, reason } = "verdict" in verifier ? verifier : await verifier.verify(options.clientSecret);
  return { verdict, reason };
}

/**
 * Tells whether secrets can be verified from here: sends the negative control alone, a freshly made wrong secret.
 *
 * @param options the client, and its registered method.
 * @returns `endpoint`, the first that refuses it; undefined, with the `reason`, if none does.
 * @throws The signal's reason, when it is aborted.
 */
export async function inspectIssuer(
  options: IssuerOptions,
): Promise<{ readonly endpoint: Endpoint | undefined; readonly reason: string }> {
  const found = await findVerifier(options);
  if ("verdict" in found) return { endpoint: undefined, reason: found.reason };
  return { endpoint: found.endpoint, reason: `the ${found.endpoint} endpoint refuses a deliberately wrong secret` };
}

/** A verification, with the moment that it speaks of. */
export interface DatedVerification extends Verification {
  /** When the request was sent whose response decided: what it shows may be as old as that. */
  readonly sent: Moment;
}

/** An endpoint whose control was refused, as it must be. */
export interface Verifier {
  readonly endpoint: Endpoint;
  verify(secret: string): Promise<DatedVerification>;
}

/** Finds an endpoint that tells a right secret from a wrong one; an inconclusive verification if no endpoint does. */
export async function findVerifier(options: IssuerOptions): Promise<Verifier | Verification> {
  const documented = documentedServer(options);
  const found = documented && (await findEndpoint(documented, options));
  if (found && ("verify" in found || found.mustWait)) return found;
  // Discovery is asked only where the documented addresses cannot tell.
  const discovered = await discover(options);
  const isNew = discovered && !isSameServer(discovered, documented);
  if (found && !isNew) return found;
  return findEndpoint(discovered ?? conventionalServer(options), options);
}

function isSameServer(one: AuthorizationServer, other: AuthorizationServer | undefined): boolean {
  return one.token_endpoint === other?.token_endpoint && one.revocation_endpoint === other?.revocation_endpoint;
}

/** That no endpoint was found that tells secrets apart. */
interface NotFound extends Verification {
  /** Whether the server has asked for a wait that is too long, so that nothing else should be asked of it. */
  readonly mustWait?: boolean;
}

async function findEndpoint(server: AuthorizationServer, options: IssuerOptions): Promise<Verifier | NotFound> {
  const reasons: string[] = [];
  for (const endpoint of options.endpoints ?? (["token", "revocation"] as const)) {
    const place = { server, endpoint, options };
    for (let attempt = 1; attempt <= patience; attempt++) {
      const { verdict, reason, retryAfter = 1000 } = await tryOnce(place, wrongSecret(), { control: true, attempt });
      if (verdict === "refused") return { endpoint, verify: (secret) => verifyAt(place, secret) };
      if (verdict === "accepted") {
        reasons.push(
          `the ${endpoint} endpoint accepts a deliberately wrong secret (${reason}), so it cannot verify any`,
        );
        break;
      }
      // The other endpoint is the same server's, which has asked for so long a wait.
      if (retryAfter > longestWait)
        return { verdict: "inconclusive", reason: `the ${endpoint} endpoint: ${reason}`, mustWait: true };
      if (attempt === patience) reasons.push(`the ${endpoint} endpoint: ${reason}`);
      else await wait(retryAfter, options.signal);
    }
  }
  return { verdict: "inconclusive", reason: reasons.join("; ") };
}

/** Long enough for any server's rule, and plainly no real secret. */
function wrongSecret(): string {
  return `deliberately-wrong-${randomHex(16)}`;
}

/** Where secrets are tried. */
interface Place {
  readonly server: AuthorizationServer;
  readonly endpoint: Endpoint;
  readonly options: IssuerOptions;
}

async function verifyAt(place: Place, secret: string): Promise<DatedVerification> {
  const { endpoint, options } = place;
  let inARow = 0;
  let acceptances = 0;
  let refusal: DatedVerification | undefined;
  let unclear = 0;
  let sent = now();
  let pause = 0;
  let last: Answer = { verdict: "inconclusive", reason: "not asked" };
  for (let attempt = 1; attempt <= budget; attempt++) {
    if (pause > 0) options.onEvent?.({ type: "wait", why: "until the next verification", until: Date.now() + pause });
    await wait(pause, options.signal);
    sent = now();
    last = await tryOnce(place, secret, { control: false, attempt });
    if (last.verdict === "accepted") {
      acceptances++;
      inARow++;
    } else inARow = 0;
    if (last.verdict === "refused")
      refusal = { verdict: "refused", reason: `the ${endpoint} endpoint: ${last.reason}`, sent };
    if (inARow >= enough)
      return { verdict: "accepted", reason: `accepted ${enough} times in a row at the ${endpoint} endpoint`, sent };
    const { retryAfter = 0 } = last;
    // A 429 that says how long to wait is no trouble, unless it is too long.
    if (retryAfter > longestWait) break;
    if (last.verdict === "inconclusive" && retryAfter === 0 && ++unclear >= patience) break;
    // From one request to the next: the time that a response took counts.
    const gap = gaps[Math.min(attempt, gaps.length - 1)] ?? 0;
    pause = Math.max(gap - age(sent), retryAfter);
  }
  const reason = `the ${endpoint} endpoint: ${last.reason}`;
  if (acceptances > 0)
    return {
      verdict: "inconclusive",
      reason: `${reason}; it accepted the secret ${acceptances} times, but not ${enough} times in a row`,
      sent,
    };
  return refusal ?? { verdict: "inconclusive", reason, sent };
}

async function tryOnce(
  { server, endpoint, options }: Place,
  secret: string,
  which: Pick<VerifyEvent, "control" | "attempt">,
): Promise<Answer> {
  const event: VerifyEvent = { type: "verify", endpoint, ...which, at: Date.now() };
  options.onEvent?.(event);
  const answer = await ask(server, endpoint, options, secret);
  options.onEvent?.({ ...event, type: "verdict", verdict: answer.verdict });
  return answer;
}
