import { edgeFailure } from "./envelope.ts";
import type { Fault } from "./fault.ts";

/** How a request and its response get through. */
export interface Passage {
  readonly fault: Fault | undefined;
  /** Milliseconds. */
  readonly latency: number;
  readonly signal: AbortSignal | undefined;
}

/** Has a request applied and its response delivered, as far as a fault allows; an abort reaches the caller, never the server. */
export async function carry(apply: () => Response, { fault, latency, signal }: Passage): Promise<Response> {
  const answer = await meet(apply, fault);
  if (answer === "never") return untilAborted(signal);
  if (latency > 0) await pause(latency, signal);
  if (answer === "reset") throw connectionFailure("read ECONNRESET", { code: "ECONNRESET", syscall: "read" });
  return answer;
}

async function meet(apply: () => Response, fault: Fault | undefined): Promise<Response | "reset" | "never"> {
  switch (fault?.kind) {
    case undefined:
      return apply();
    case "error":
      return edgeFailure(500);
    case "error-applied":
      apply();
      return edgeFailure(500);
    case "late":
      setTimeout(apply, fault.delay ?? 0);
      return "never";
    case "lost":
      return "never";
    case "silent":
      apply();
      return "never";
    case "reset":
      return "reset";
    case "reset-applied":
      apply();
      return "reset";
    case "malformed":
      return cut(apply());
    case "throttled":
      return edgeFailure(429);
    case "challenge":
      return challenge();
  }
}

async function cut(response: Response): Promise<Response> {
  const body = await response.text();
  return new Response(body.slice(0, body.length / 2), response);
}

function challenge(): Response {
  const page = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>";
  return new Response(page, {
    status: 403,
    headers: {
      "Content-Type": "text/html; charset=UTF-8",
      "cf-mitigated": "challenge",
      "cf-ray": "8f0e1d2c3b4a5968-FRA",
    },
  });
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
  });
}

/** What `fetch` rejects with on Node; the other runtimes say less. */
export function connectionFailure(message: string, details: { code: string; syscall: string }): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), details) });
}
