import type { AuthorizationServer } from "oauth4webapi";
import { randomHex } from "./digest.ts";
import { RotationError } from "./error.ts";
import {
  type Answer,
  ask,
  discover,
  type Endpoint,
  type IssuerOptions,
  type ProbeEvent,
  type Verdict,
} from "./issuer.ts";
import { wait } from "./wait.ts";

/** What {@link verifyClientSecret} found. */
export interface Verification {
  /** What the issuer says of the secret. */
  readonly verdict: Verdict;
  /** What was seen, for a person: statuses, content types, Ray IDs; no secret. */
  readonly reason: string;
}

/** Acceptances in a row that are a proof: replicas learn of a new secret one after another, so one alone is luck. */
const enough = 3;
/** Requests with the secret, at most. */
const budget = 12;
/** Milliseconds from one request with the secret to the next; the last stands for all that follow. */
const gaps = [0, 1000, 2000, 4000, 8000, 15_000];
/** Inconclusive answers of an endpoint after which it is not asked again. */
const patience = 2;
/**
 * Proves a client secret without a user: authenticates with it at the issuer, with a code or token that cannot exist.
 *
 * First the control: a freshly made wrong secret must be refused, or the endpoint proves nothing. Then three acceptances
 * in a row, in at most twelve requests. The token endpoint is asked first; the revocation endpoint where that cannot tell.
 *
 * @param options the client, its registered method, and `clientSecret`, the secret to prove.
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
 * @param options the client, and its registered method.
 * @returns `endpoint`, the first that refuses it, as it must; undefined, with the `reason`, if there is none.
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
  let sentAt = Date.now();
  let last: Answer = { verdict: "inconclusive", reason: "not asked" };
  for (let attempt = 1; attempt <= budget; attempt++) {
    const gap = gaps[Math.min(attempt, gaps.length) - 1] ?? 0;
    // From one request to the next: the time that an answer took counts.
    const pause = Math.max(gap - Math.max(0, Date.now() - sentAt), asked ?? 0);
    if (pause > 0) options.onEvent?.({ type: "wait", why: "until the next proof", until: Date.now() + pause });
    await wait(pause, options.signal);
    sentAt = Date.now();
    last = await probe(server, endpoint, options, secret, false, attempt);
    asked = last.retryAfter;
    if (last.verdict === "accepted") inARow++;
    else {
      inARow = 0;
      // A 429 that says how long to wait is no trouble: the wait is obeyed.
      if (last.verdict === "inconclusive" && asked === undefined && ++unclear >= patience) break;
    }
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
