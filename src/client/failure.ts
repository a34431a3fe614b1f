import type { Call } from "./call.ts";
import { APIConnectionError } from "./errors.ts";
import { isObject } from "./is-object.ts";
import { redact } from "./redact.ts";

/** Codes that mean that no connection was made; see also `syscall`. Bun has names of its own. */
const beforeSending = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket)$/;

/** Whether a code says that the server's certificate was refused. */
export function isCertificateFailure(code: string | undefined): boolean {
  return /CERT|VERIFY|MISMATCH/.test(code ?? "");
}

/** The `code` of an error; Deno gives none, but says as much in words. */
export function failureCode(error: unknown): string | undefined {
  if (!isObject(error)) return undefined;
  if (typeof error.code === "string") return error.code;
  const message = error instanceof Error ? error.message : "";
  if (message.includes("invalid peer certificate")) return "CERT_INVALID";
  return message.includes("client error (Connect)") ? "ECONNREFUSED" : undefined;
}

/** The errors at the ends of all `cause` and `errors` below an error: one for each address that was tried. */
function roots(error: unknown, depth = 0): unknown[] {
  if (!isObject(error) || depth > 8) return [error];
  const inner: unknown[] = Array.isArray(error.errors) ? error.errors : [];
  if (inner.length === 0 && error.cause) inner.push(error.cause);
  return inner.length === 0 ? [error] : inner.flatMap((one) => roots(one, depth + 1));
}

function wasNotSent(error: unknown): boolean {
  const code = failureCode(error) ?? "";
  const connecting = isObject(error) && /^(connect|getaddrinfo)$/.test(String(error.syscall));
  return connecting || beforeSending.test(code) || isCertificateFailure(code);
}

/** For a request that changes something and whose outcome is unknown. */
export const mayBeApplied = "It may have been applied.";

/**
 * Makes an error from the reason that `fetch` rejected with. That reason is not kept: a custom `fetch` may attach the request and its
 * headers to it.
 *
 * @param answered whether a response had begun to arrive.
 */
export function connectionError(reason: unknown, call: Call, answered: boolean): APIConnectionError {
  const { headers: request, operation } = call;
  const causes = roots(reason);
  const outcome = !answered && causes.every(wasNotSent) ? "not-applied" : "unknown";
  const code = redact(causes.map(failureCode).find(Boolean) ?? "", request);
  const [first] = causes;
  const text = redact(
    first instanceof Error ? first.message : typeof first === "string" ? first : "no reason given",
    request,
  );
  const cause = Object.assign(new Error(text), code && { code });
  const certainty = outcome === "unknown" ? (operation?.idempotent ? "" : ` ${mayBeApplied}`) : " Nothing was sent.";
  return new APIConnectionError(
    `Connection error: ${text}${code && !text.includes(code) ? ` (${code})` : ""}.${certainty}`,
    outcome,
    {
      cause,
    },
  );
}
