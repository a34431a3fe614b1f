import type { OAuthClientSettings } from "../../generated/openapi.ts";
import type { Account } from "./account.ts";
import type { IssuerOptions } from "./options.ts";
import type { Secret } from "./secret.ts";

/**
 * How a client authenticates itself at the token endpoint.
 *
 * @inline
 */
export type AuthMethod = Exclude<OAuthClientSettings["token_endpoint_auth_method"], undefined>;

/** What a request to the issuer presents. */
export interface PresentedCredentials {
  /** Absent if it cannot be told. */
  readonly clientId?: string;
  readonly secret?: string;
  readonly authMethod: AuthMethod | "several";
}

/** Reads a client's credentials, as RFC 6749 §2.3.1 has them. */
export function presentedCredentials(headers: Headers, form: URLSearchParams): PresentedCredentials {
  const authorization = headers.get("Authorization");
  const clientId = form.get("client_id");
  const secret = form.get("client_secret");
  if (authorization !== null)
    return { ...basic(authorization), authMethod: secret === null ? "client_secret_basic" : "several" };
  return {
    ...(clientId !== null && { clientId }),
    ...(secret !== null && { secret }),
    authMethod: secret === null ? "none" : "client_secret_post",
  };
}

function basic(authorization: string): { clientId?: string; secret?: string } {
  const [, encoded = ""] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  try {
    const [, id, secret] = /^([^:]*):(.*)$/s.exec(atob(encoded)) ?? [];
    return id === undefined || secret === undefined ? {} : { clientId: formDecoded(id), secret: formDecoded(secret) };
  } catch {
    return {};
  }
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

/** Tells whether a client is who it says. */
export class Authenticator {
  readonly #account: Account;
  readonly #options: IssuerOptions;
  readonly #presented = new WeakMap<Secret, number>();
  readonly #failures = new Map<string, number>();

  constructor(account: Account, options: IssuerOptions) {
    this.#account = account;
    this.#options = options;
  }

  isLockedOut({ clientId }: PresentedCredentials): boolean {
    return (
      clientId !== undefined &&
      (this.#failures.get(clientId) ?? 0) >= (this.#options.lockOutAfter ?? Number.POSITIVE_INFINITY)
    );
  }

  authenticates(credentials: PresentedCredentials): boolean {
    const good = this.#check(credentials);
    const { clientId } = credentials;
    if (!good && clientId !== undefined) this.#failures.set(clientId, (this.#failures.get(clientId) ?? 0) + 1);
    return good;
  }

  #check({ clientId = "", secret, authMethod }: PresentedCredentials): boolean {
    const registration = this.#account.clients.get(clientId);
    if (registration?.client.token_endpoint_auth_method !== authMethod) return false;
    if (authMethod === "none") return true;
    const live = registration.secrets.find(({ value }) => value === secret);
    return live !== undefined && this.#knows(live);
  }

  #knows(secret: Secret): boolean {
    if (!secret.rotated) return true;
    if (this.#options.learnsNever) return false;
    const before = this.#presented.get(secret) ?? 0;
    this.#presented.set(secret, before + 1);
    return this.#options.learning?.[before] ?? true;
  }
}
