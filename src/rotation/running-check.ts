import { readText } from "../client/body.ts";
import { startDeadline } from "../client/deadline.ts";
import { proofKey, proofMessage } from "../running/proof.ts";
import { randomHex } from "./digest.ts";
import { codeOf } from "./issuer.ts";
import type { Check } from "./sink.ts";

/** Options of {@link runningCheck}. */
export interface RunningCheckOptions {
  /** The client's `client_id`. */
  readonly clientId: string;
  /** Where services answer with `runningSecret`; at least one. Each may be a load balancer in front of several replicas. */
  readonly urls: readonly string[];
  /** How many different replicas must answer for the new secret, from 1 to 1000. Default: as many as there are URLs. */
  readonly replicas?: number | undefined;
  /** What to ask with, called by URL and init. Default: the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** Some replica uses another secret; what else keeps a check from succeeding leaves open which one runs. */
export class AnotherRuns extends Error {}

/** The most replicas that can be asked for. */
const mostReplicas = 1000;
/** Time limit of a question, in ms. */
const questionTimeout = 10_000;
/** How many questions are asked at once; and how many may get no response before a run of the check asks no more. */
const atOnce = 8;
/** The longest answer that is read, in bytes. */
const answerLimit = 4096;
/** How many replicas a message names. */
const mostNames = 5;

/**
 * Makes a check that asks the running services themselves. It succeeds when enough different replicas answer for the new secret
 * and none for another. A question that gets no response is a failure, too.
 *
 * Behind a load balancer that chooses at random, it asks so often that one of your replicas is missed in about 1 of 150 runs of the
 * check; if more of them answer than you expect, it asks more often. The check is run several times in a row (`checkRuns`).
 *
 * @param options the client, the URLs, and how many replicas there are.
 * @returns The check. It rejects with what it found where it does not succeed.
 * @throws {RangeError} For a URL or a number of replicas that cannot be one.
 */
export function runningCheck(options: RunningCheckOptions): Check {
  const { clientId, urls } = options;
  const { replicas = urls.length, fetch = globalThis.fetch } = options;
  const targets = urls.map(questionURL);
  if (targets.length === 0) throw new RangeError("Give at least one URL at which a service answers.");
  if (!(Number.isInteger(replicas) && replicas >= 1 && replicas <= mostReplicas))
    throw new RangeError(`replicas must be a whole number from 1 to ${mostReplicas}.`);
  const ask = async (url: URL, signal: AbortSignal): Promise<Answer> => {
    signal.throwIfAborted();
    const nonce = randomHex(16);
    const asked = new URL(url);
    asked.searchParams.set("client_id", clientId);
    asked.searchParams.set("nonce", nonce);
    return { nonce, ...(await answerOf(asked, fetch, signal)) };
  };

  const check: Check = async (sha256, { signal }) => {
    const key = await proofKey(fromHex(sha256));
    const tally: Tally = { current: new Set(), other: new Set(), asked: 0, failures: [] };
    const nextPlace = inTurn(targets, Math.ceil(replicas / targets.length));
    await inParallel(async () => {
      const place = tally.failures.length < atOnce && !hasTooManyNames(tally) ? nextPlace() : undefined;
      if (!place) return false;
      tally.asked++;
      try {
        const { replica, proof, nonce } = await ask(place.url, signal);
        const message = proofMessage({ clientId, nonce, replica });
        const isCurrent = await crypto.subtle.verify("HMAC", key, fromHex(proof), message);
        tally[isCurrent ? "current" : "other"].add(replica);
        place.names.add(replica);
      } catch (error) {
        signal.throwIfAborted();
        tally.failures.push(error instanceof Error ? error.message : String(error));
      }
      return true;
    });
    const found = faultOf(tally, replicas);
    if (found !== undefined) throw tally.other.size > 0 ? new AnotherRuns(found) : new Error(found);
    return true;
  };
  check.preflight = async ({ signal }) => {
    for (const url of targets) await ask(url, signal);
  };
  return check;
}

interface Answer {
  readonly nonce: string;
  readonly replica: string;
  readonly proof: string;
}

/** What one run of the check has found. */
interface Tally {
  /** Replicas that answered for the new secret. */
  readonly current: Set<string>;
  /** Replicas that answered for another. */
  readonly other: Set<string>;
  asked: number;
  readonly failures: string[];
}

/** @throws {RangeError} */
function questionURL(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    // It may hold a password, which only a URL that is right shows as one.
    throw new RangeError(
      `The URL of a running service must be an http or https URL; not "${text.replace(/^.*@/s, "[redacted]@")}".`,
    );
  if (url.username || url.password)
    throw new RangeError("The URL of a running service must not hold a user or a password: the journal keeps it.");
  return url;
}

/** Where to ask. */
interface Place {
  readonly url: URL;
  /** The replicas that have answered there. */
  readonly names: Set<string>;
  asked: number;
}

/**
 * Gives where to ask next, in turn; undefined once each URL was asked often enough for the replicas that are expected there, or for those
 * that answered, if they are more.
 */
function inTurn(urls: readonly URL[], expected: number): () => Place | undefined {
  const places = urls.map((url): Place => ({ url, names: new Set(), asked: 0 }));
  const isWaiting = ({ names, asked }: Place) => asked < questions(Math.max(names.size, expected));
  return () => {
    const [next] = places.filter(isWaiting).sort((one, other) => one.asked - other.asked);
    if (next) next.asked++;
    return next;
  };
}

/** How often to ask. Of k replicas behind a load balancer that chooses at random, k · (ln k + 5) questions miss one in 1 of 150 cases. */
function questions(replicas: number): number {
  return Math.ceil(replicas * (Math.log(replicas) + 5));
}

async function answerOf(
  url: URL,
  fetch: NonNullable<RunningCheckOptions["fetch"]>,
  signal: AbortSignal,
): Promise<Omit<Answer, "nonce">> {
  // Not AbortSignal.any, which Next.js does not have on the edge.
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener("abort", stop);
  const late = new Error(`no response within ${questionTimeout / 1000} seconds`);
  const end = startDeadline(questionTimeout, () => controller.abort(late));
  // At once, even if `fetch` pays no attention to its signal.
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
  });
  const exchange = async () => {
    // A connection of its own: a load balancer keeps one on the same replica.
    const headers = { accept: "application/json", connection: "close" };
    const response = await fetch(url.href, { headers, redirect: "manual", signal: controller.signal });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return parse(await readText(response, answerLimit));
  };
  try {
    const { replica, proof } = await Promise.race([exchange(), stopped]);
    const isAnswer = typeof replica === "string" && /^[!-~]{1,253}$/.test(replica);
    if (!isAnswer || typeof proof !== "string" || !/^[0-9a-f]{64}$/.test(proof))
      throw new Error("a response of something other than runningSecret");
    return { replica, proof };
  } catch (cause) {
    signal.throwIfAborted();
    const { message = String(cause), cause: inner } = cause instanceof Error ? cause : {};
    throw new Error(`${url.host}${url.pathname}: ${message}${inner === undefined ? "" : ` (${codeOf(cause)})`}`, {
      cause,
    });
  } finally {
    end();
    signal.removeEventListener("abort", stop);
    // What was not read would hold the connection, and keep the process from ending.
    controller.abort();
  }
}

function parse(text: string | undefined): { replica?: unknown; proof?: unknown } {
  try {
    return Object(JSON.parse(text ?? ""));
  } catch {
    return {};
  }
}

function hasTooManyNames({ current, other }: Tally): boolean {
  return current.size + other.size > mostReplicas;
}

/** What keeps a run of the check from succeeding; undefined if nothing does. */
function faultOf(tally: Tally, replicas: number): string | undefined {
  const { current, other, asked, failures } = tally;
  if (hasTooManyNames(tally))
    return `the responses have more than ${mostReplicas} names, so a name is not that of a replica`;
  if (other.size === 0 && failures.length === 0 && current.size >= replicas) return undefined;
  // Without the word "secret", which secrets of the sandbox contain, so that it would be cut out.
  const isMore = current.size > replicas;
  const counted = isMore ? `${current.size} replicas` : `${current.size} of ${replicas} replicas`;
  const parts = [`${counted} use${current.size === 1 ? "s" : ""} the new one`];
  if (other.size > 0) parts.push(`${other.size} use${other.size === 1 ? "s" : ""} another (${shortList([...other])})`);
  const [first] = failures;
  if (first !== undefined) parts.push(`${failures.length} of ${asked} questions got no response (${first})`);
  return parts.join("; ");
}

function shortList(names: readonly string[]): string {
  const more = names.length - mostNames;
  return names.slice(0, mostNames).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

/** Acts again and again, on several at once, until each says that nothing is left. */
async function inParallel(act: () => Promise<boolean>): Promise<void> {
  const work = async () => {
    while (await act());
  };
  // All to their end, so that none is left asking.
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
