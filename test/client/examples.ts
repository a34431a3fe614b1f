import { APIError } from "../../src/client/index.ts";

// The values that the vendor's documentation uses.
export const accountId = "023e105f4ecef8ad9ca31a8372d0c353";
export const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
export const apiToken = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY";
export const apiEmail = "user@example.com";
export const apiKey = "144c9defac04969c7bfad8efaa8ea194";
export const clientSecret = "cf-oauth-secret-new-example";

export const account = { account_id: accountId };

/** What a client must be created with. */
export const registration = {
  ...account,
  client_name: "Example",
  grant_types: ["authorization_code" as const],
  redirect_uris: ["https://example.com/callback"],
  response_types: ["code" as const],
  scopes: ["account:read"],
  token_endpoint_auth_method: "client_secret_basic" as const,
};

/** The result of every operation on a client but the lists. */
export const oauthClient = {
  client_id: clientId,
  visibility: "private",
  client_secret: clientSecret,
  id: clientId,
  has_rotated_secret: true,
};

/** The body of a good answer. */
export function envelope(result: unknown, more: object = {}): string {
  return JSON.stringify({ success: true, errors: [], messages: [], result, ...more });
}

/** The body of a refusal. */
export function refusal(message: string, code = 1000, more: object = {}): string {
  return JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null, ...more });
}

export function response(status: number, body: string | null = null, headers: HeadersInit = {}): Response {
  return new Response(body, { status, headers: { "Content-Type": "application/json", ...headers } });
}

/** A good answer to every operation but the lists. */
export function success(): Response {
  return response(200, envelope(oauthClient));
}

/** What a promise is rejected with; fails unless that is an `APIError`. */
export async function failureOf(promise: Promise<unknown>): Promise<APIError> {
  const reason = await promise.then(
    () => "nothing: it was fulfilled",
    (reason: unknown) => reason,
  );
  if (reason instanceof APIError) return reason;
  throw new Error(`The promise was not rejected with an APIError, but with ${String(reason)}`, { cause: reason });
}
