import type { Failure, Message, Success } from "../../generated/openapi.ts";

/** Why a request is refused: a status from 400 to 499, and what the envelope's `errors` say. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly Message[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errors: readonly Message[], headers: Readonly<Record<string, string>> = {}) {
    super(errors.map(({ message }) => message).join(" "));
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

/** The envelope around a result. */
export function success(result: object): Response {
  const envelope: Success = { success: true, errors: [], messages: [] };
  return respond(200, { ...envelope, ...result });
}

/** The envelope of a request that is refused. */
export function failure({ status, errors, headers }: Pick<Refusal, "status" | "errors" | "headers">): Response {
  const envelope: Failure = { success: false, errors: [...errors], messages: [], result: null };
  return respond(status, envelope, headers);
}

/** What Cloudflare's edge answers, for the API and the issuer alike, when it does not let a request through. */
export function edgeFailure(status: 429 | 500): Response {
  if (status === 500)
    return failure({ status, errors: [{ code: 7010, message: "Service temporarily unavailable" }], headers: {} });
  const errors = [{ code: 971, message: "Please wait and consider throttling your request speed" }];
  return failure({ status, errors, headers: { "Retry-After": "1", Ratelimit: '"default";r=0;t=1' } });
}

function respond(
  status: number,
  envelope: Success | Failure,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(envelope), {
    status,
    headers: {
      "Content-Type": "application/json",
      Date: new Date().toUTCString(),
      // The documented limit, announced but not enforced: a test that needs it sets a fault.
      Ratelimit: '"default";r=1199;t=300',
      "Ratelimit-Policy": '"default";q=1200;w=300',
      ...headers,
    },
  });
}
