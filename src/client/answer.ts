import type { Operation } from "../../generated/operations.ts";
import { readText } from "./body.ts";
import type { Call } from "./call.ts";
import { APIError, APIResponseError, type ErrorData, errorClass, type ProblemDetails } from "./errors.ts";
import { mayBeApplied } from "./failure.ts";
import { isObject } from "./is-object.ts";
import { redact, redactHeaders } from "./redact.ts";
import { retryAfter } from "./retry-after.ts";

/** The envelope of a good answer. */
export interface Envelope {
  readonly result?: unknown;
  readonly result_info?: unknown;
}

/** A good answer, read and checked. openapi-fetch takes it for a `Response`. */
export interface Answer {
  readonly ok: true;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Envelope;
}

/** Sends a call and resolves to a good answer; rejects with an `APIError` otherwise. A layer takes one and makes one. */
export type Send = (call: Call, signal?: AbortSignal) => Promise<Answer>;

/** What a call asked for. */
export type Asked = Pick<Call, "headers" | "operation">;

/** What the server sent, as a real `Response`. */
export function realResponse(answer: Answer | Response): Response {
  if (answer instanceof Response) return answer;
  const { text, status, statusText, headers } = answer;
  return new Response(text, { status, statusText, headers });
}

/** The response of an error; undefined if no response arrived, or if it does not say why. */
export function responseOf(error: unknown): Response | undefined {
  if (!(error instanceof APIError) || error instanceof APIResponseError) return undefined;
  const { status = 0, headers, error: body } = error;
  // `Response` takes no other status.
  return status >= 200 && status <= 599 && headers
    ? new Response(body ? JSON.stringify(body) : null, { status, headers })
    : undefined;
}

/**
 * Reads a response, and returns it if it is the envelope that the operation promises.
 *
 * @throws {APIError} For anything else. It holds the entries of `errors` and `messages`, and no more of the body: a secret may be in it.
 */
export async function readAnswer(response: Response, call: Asked): Promise<Answer> {
  // A test's stand-in may have no more than `ok` and a body.
  const { status = 200, statusText, ok = status >= 200 && status < 300 } = response;
  const headers = realHeaders(response.headers);
  const head = { status, headers };
  const isRedirect = response.redirected || response.type === "opaqueredirect" || (status >= 300 && status < 400);
  if (isRedirect) {
    // The body of node-fetch is a stream of Node's, which has no `cancel`.
    response.body?.cancel?.().catch(() => undefined);
    throw refusal(head, call, undefined, "a redirect, which is not followed");
  }

  // In MiB. A list of all clients comes as one page: of a thousand, half a MiB or more.
  const limit = call.operation?.result === "array" ? 64 : 1;
  const text = await readText(response, limit << 20);
  const envelope = parseObject(text);
  if (ok) {
    const fault = text === undefined ? `a body of more than ${limit} MiB` : faultOf(envelope, call.operation);
    if (fault || !envelope) throw refusal(head, call, envelope, fault);
    return { ok: true, status, statusText, headers, text: text ?? "", body: envelope };
  }
  throw refusal(head, call, envelope);
}

/** Headers of another library, a record or a map as the platform's `Headers`; none if they cannot be read. */
function realHeaders(headers: HeadersInit | undefined): Headers {
  try {
    return new Headers(headers);
  } catch {
    // Read the body anyway: it may hold a secret that is shown only once.
    return new Headers();
  }
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // What JSON.parse complains of could be part of a secret.
  }
}

/** What is wrong with the envelope of a 2xx; undefined if nothing is. */
function faultOf(envelope: Record<string, unknown> | undefined, operation: Operation | undefined): string | undefined {
  if (envelope?.success !== true) return envelope && "success" in envelope ? "success: false" : "no envelope";
  if (!operation) return undefined;
  const { result } = envelope;
  if (operation.result === "array") return Array.isArray(result) ? undefined : "no list";
  if (result === null && operation.result === "nullable") return undefined;
  if (!isObject(result)) return "no result";
  const missing = operation.promised.find((name) => typeof result[name] !== "string" || result[name] === "");
  return missing && `no ${missing}`;
}

/** @param fault what is wrong with a response whose status is not a refusal. */
function refusal(
  { status, headers: shown }: Pick<Answer, "status" | "headers">,
  call: Asked,
  body: Record<string, unknown> | undefined,
  fault?: string,
): APIError {
  const kind = fault ? APIResponseError : errorClass(status);
  const outcome = !fault && status >= 400 && status < 500 && status !== 408 ? "not-applied" : "unknown";
  const headers = redactHeaders(shown, call.headers);
  const wait = status === 429 || status >= 500 ? retryAfter(headers, status) : undefined;
  const permission = call.operation?.permission ?? "none";

  const problem = body && problemOf(body, call.headers);
  const error = new kind("", outcome, {
    status,
    headers,
    problem,
    // No more than these: anything else in a body could be a secret.
    error: body && {
      success: false,
      errors: entriesOf(body.errors, call.headers),
      messages: entriesOf(body.messages, call.headers),
      result: null,
      ...problem,
    },
  });
  const reasons =
    [fault, ...error.errors.map(describe), ...Object.values(problem ?? {})].filter(Boolean).join("; ") ||
    "without a reason";
  const ray = headers.get("cf-ray");
  error.message = [
    `${status} ${reasons} (${headers.get("content-type") ?? "no content type"}${ray ? `, Ray ID ${ray}` : ""}).`,
    wait && `The server asks to wait ${Math.ceil(wait / 1000)} s.`,
    status === 403 &&
      permission !== "none" &&
      `The credentials need the permission "${permission}", also called "${permission.replace("Client", "Clients")}" and "${permission.replace("Client", "App Registrations")}".`,
    outcome === "unknown" && !call.operation?.idempotent && mayBeApplied,
  ]
    .filter(Boolean)
    .join(" ");
  return error;
}

/** What a problem details object says in words; undefined for any other body. */
function problemOf(body: Record<string, unknown>, request: Headers): ProblemDetails | undefined {
  const problem = textsOf(body, ["title", "detail", "type", "instance"], request);
  return problem.title || problem.detail ? problem : undefined;
}

/** The entries of `errors` or `messages`, as far as they are what the description says. */
function entriesOf(value: unknown, request: Headers, depth = 0): ErrorData[] {
  // A chain without an end says nothing more, and could exhaust the stack.
  if (!Array.isArray(value) || depth > 4) return [];
  return value.filter(isObject).map((one) => {
    const { code, source, error_chain } = one;
    const entry: ErrorData = textsOf(one, ["message", "documentation_url"], request);
    if (Number.isInteger(code)) entry.code = Number(code);
    if (isObject(source)) entry.source = textsOf(source, ["pointer"], request);
    if (Array.isArray(error_chain)) entry.error_chain = entriesOf(error_chain, request, depth + 1);
    return entry;
  });
}

/** Those of the named properties that are text, without credentials. */
function textsOf<Name extends string>(
  from: Record<string, unknown>,
  names: readonly Name[],
  request: Headers,
): { [name in Name]?: string } {
  const texts: { [name in Name]?: string } = {};
  for (const name of names) {
    const text = from[name];
    if (typeof text === "string") texts[name] = redact(text, request);
  }
  return texts;
}

function describe({ code, message, documentation_url, error_chain }: ErrorData): string {
  const chain = error_chain?.length ? `: ${error_chain.map(describe).join("; ")}` : "";
  return [message, code !== undefined && `(${code})`, documentation_url].filter(Boolean).join(" ") + chain;
}
