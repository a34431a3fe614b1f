import Cloudflare, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  CloudflareError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from "sdk";
import type { CallSite } from "./call-sites.ts";

const account_id = "023e105f4ecef8ad9ca31a8372d0c353";
const clientID = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

/** By named import, and the same by the property of the class. */
const classes = {
  APIConnectionError: [APIConnectionError, Cloudflare.APIConnectionError],
  APIConnectionTimeoutError: [APIConnectionTimeoutError, Cloudflare.APIConnectionTimeoutError],
  APIError: [APIError, Cloudflare.APIError],
  APIUserAbortError: [APIUserAbortError, Cloudflare.APIUserAbortError],
  AuthenticationError: [AuthenticationError, Cloudflare.AuthenticationError],
  BadRequestError: [BadRequestError, Cloudflare.BadRequestError],
  CloudflareError: [CloudflareError, Cloudflare.CloudflareError],
  ConflictError: [ConflictError, Cloudflare.ConflictError],
  InternalServerError: [InternalServerError, Cloudflare.InternalServerError],
  NotFoundError: [NotFoundError, Cloudflare.NotFoundError],
  PermissionDeniedError: [PermissionDeniedError, Cloudflare.PermissionDeniedError],
  RateLimitError: [RateLimitError, Cloudflare.RateLimitError],
  UnprocessableEntityError: [UnprocessableEntityError, Cloudflare.UnprocessableEntityError],
};

/** What a user can read of the error that a promise rejects with. */
async function caught(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise };
  } catch (error) {
    const kinds = Object.entries(classes).filter(([, both]) => both.every((one) => error instanceof one));
    const readable = { kinds: kinds.map(([name]) => name), isError: error instanceof Error };
    if (!(error instanceof Cloudflare.APIError)) return readable;
    return {
      ...readable,
      status: error.status,
      ray: error.headers?.get("cf-ray"),
      error: error.error,
      errors: error.errors.map(({ code, message, documentation_url, source }) => [
        code,
        message,
        documentation_url,
        source?.pointer,
      ]),
      entries: error.errors,
    };
  }
}

/** A `fetch` that gets no response, and ends when it is told to. */
function unanswered(onSent = () => {}) {
  return (_: unknown, init?: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      onSent();
    });
}

const statuses = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 423, 429, 500, 501, 502, 503, 504, 520, 524];

/** What calls reject with. */
export const errors: Record<string, CallSite> = {
  ...Object.fromEntries(
    statuses.map((status): [string, CallSite] => [
      `status ${status}`,
      (client) =>
        caught(client.iam.oauthClients.get(clientID, { account_id }, { headers: { "X-Scene": String(status) } })),
    ]),
  ),
  "a refused list": (client) => caught(client.iam.oauthClients.list({ account_id }, { headers: { "X-Scene": "403" } })),
  "a refused list, iterated over": (client) => {
    const read = async () => {
      for await (const scope of client.iam.oauthScopes.list({ headers: { "X-Scene": "401" } })) return scope;
      return undefined;
    };
    return caught(read());
  },
  "a refusal, asResponse": (client) =>
    caught(
      client.iam.oauthClients.rotateSecret(clientID, { account_id }, { headers: { "X-Scene": "409" } }).asResponse(),
    ),
  "a refusal, withResponse": (client) =>
    caught(client.iam.oauthClients.delete(clientID, { account_id }, { headers: { "X-Scene": "404" } }).withResponse()),
  "a refusal without a body": (client) => caught(client.iam.oauthScopes.list({ headers: { "X-Scene": "no body" } })),
  "a refusal by HTML": (client) => caught(client.iam.oauthScopes.list({ headers: { "X-Scene": "html" } })),
  "an error that is branched on": async (client) => {
    try {
      return await client.iam.oauthClients.get(clientID, { account_id }, { headers: { "X-Scene": "429" } });
    } catch (error) {
      if (error instanceof Cloudflare.RateLimitError) return ["wait", error.headers?.get("retry-after")];
      if (error instanceof Cloudflare.APIError && error.errors.some(({ code }) => code === 10000)) return "credentials";
      throw error;
    }
  },

  "a connection that is cut": (client) => caught(client.iam.oauthScopes.list({ headers: { "X-Scene": "cut" } })),
  "a time-out": (_, options) =>
    caught(new Cloudflare({ ...options, fetch: unanswered(), timeout: 20 }).iam.oauthScopes.list()),
  "an aborted signal": (client) => caught(client.iam.oauthScopes.list({ signal: AbortSignal.abort() })),
  "an abort under way": (_, options) => {
    const controller = new AbortController();
    const client = new Cloudflare({ ...options, fetch: unanswered(() => controller.abort()) });
    return caught(client.iam.oauthScopes.list({ signal: controller.signal }));
  },
  "an id that is a dot segment": (client) => {
    const get = async () => client.iam.oauthClients.get("..", { account_id });
    return caught(get());
  },
};
