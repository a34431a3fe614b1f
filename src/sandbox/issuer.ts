import type { Account } from "./account.ts";
import { Authenticator, type PresentedCredentials, presentedCredentials } from "./client-authentication.ts";
import { edgeFailure } from "./envelope.ts";
import type { IssuerOptions } from "./options.ts";
import type { Arrival, Received, Server } from "./server.ts";

/** The authorization server's identifier, unless told otherwise. */
export const documentedIssuer = "https://dash.cloudflare.com";

/** The authorization server: its metadata, and its token and revocation endpoints. Nobody ever signs in there. */
export function createIssuer(account: Account, options: IssuerOptions): Server {
  const { url: issuer = documentedIssuer } = options;
  const base = issuer.replace(/\/$/, "");
  const clients = new Authenticator(account, options);

  return {
    origin: new URL(issuer).origin,
    receive: (arrival) => {
      const address = `${arrival.url.origin}${arrival.url.pathname}`;
      switch (address.startsWith(`${base}/`) && address.slice(base.length)) {
        case "/.well-known/openid-configuration":
          return { operation: "discovery", answer: () => discovery(issuer, options) };
        case "/.well-known/oauth-authorization-server":
          // As on the real one: not there, and yet 200.
          return { operation: "discovery", answer: () => page(200) };
        case "/oauth2/token":
          return endpoint("token", arrival, clients, options);
        case "/oauth2/revoke":
          return endpoint("revocation", arrival, clients, options);
        default:
          return { operation: "unknown", answer: () => page(404) };
      }
    },
  };
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
function discovery(issuer: string, options: IssuerOptions): Response {
  if (options.discovery === "absent") return page(404);
  if (options.discovery === "html") return page(200);
  const base = issuer.replace(/\/$/, "");
  const methods = ["none", "client_secret_basic", "client_secret_post"];
  return json(200, {
    issuer,
    authorization_endpoint: `${base}/oauth2/auth`,
    // Listed even if the endpoint is absent, because OpenID Connect requires it.
    token_endpoint: `${base}/oauth2/token`,
    ...(options.revocation !== "absent" && { revocation_endpoint: `${base}/oauth2/revoke` }),
    userinfo_endpoint: `${base}/oauth2/userinfo`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    grant_types_supported: ["authorization_code", "refresh_token"],
    response_types_supported: ["code", "id_token", "token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
  });
}

const answers = { token, revocation };

function endpoint(
  operation: "token" | "revocation",
  { method, headers, body }: Arrival,
  clients: Authenticator,
  options: IssuerOptions,
): Received {
  const form = new URLSearchParams(body);
  const credentials = presentedCredentials(headers, form);
  return {
    operation,
    credentials,
    answer: () => {
      if (options[operation] === "absent") return page(404);
      if (method !== "POST") return page(405);
      if (!/^application\/x-www-form-urlencoded\b/i.test(headers.get("Content-Type") ?? ""))
        return refused("invalid_request", "The body must be form-encoded");
      if (new Set(form.keys()).size < form.size) return refused("invalid_request", "A parameter is repeated");
      if (credentials.authMethod === "several")
        return refused("invalid_request", "More than one way of client authentication");
      if (clients.isLockedOut(credentials)) return edgeFailure(429);
      return answers[operation](form, credentials, clients, options);
    },
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
function token(
  form: URLSearchParams,
  credentials: PresentedCredentials,
  clients: Authenticator,
  options: IssuerOptions,
): Response {
  if (options.token !== "grant-first" && !clients.authenticates(credentials)) return invalidClient(credentials);
  const grant = form.get("grant_type");
  if (!grant) return refused("invalid_request", "grant_type is missing");
  if (grant !== "authorization_code" && grant !== "refresh_token")
    return refused("unsupported_grant_type", "The grant type is not supported");
  const name = grant === "refresh_token" ? "refresh_token" : "code";
  if (!form.get(name)) return refused("invalid_request", `${name} is missing`);
  return refused("invalid_grant", "The grant is invalid, expired, or was issued to another client");
}

/** @see https://www.rfc-editor.org/rfc/rfc7009#section-2.2 */
function revocation(
  form: URLSearchParams,
  credentials: PresentedCredentials,
  clients: Authenticator,
  options: IssuerOptions,
): Response {
  if (options.revocation !== "accepts-everything" && !clients.authenticates(credentials))
    return invalidClient(credentials);
  if (!form.get("token")) return refused("invalid_request", "token is missing");
  return new Response(null, { status: 200 });
}

function invalidClient({ authMethod }: PresentedCredentials): Response {
  const challenge: Record<string, string> =
    authMethod === "client_secret_basic" ? { "WWW-Authenticate": 'Basic realm="OAuth"' } : {};
  return json(401, { error: "invalid_client", error_description: "Client authentication failed" }, challenge);
}

function refused(error: string, error_description: string): Response {
  return json(400, { error, error_description });
}

function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers },
  });
}

function page(status: number): Response {
  const html = "<!DOCTYPE html><html><head><title>Cloudflare</title></head><body></body></html>";
  return new Response(html, { status, headers: { "Content-Type": "text/html; charset=UTF-8" } });
}
