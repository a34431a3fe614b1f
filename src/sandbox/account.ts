import type { OAuthClient } from "../../generated/openapi.ts";
import type { SandboxClient, SandboxOptions } from "./options.ts";
import { freshSecret, type Secret } from "./secret.ts";

/** A client, and the secrets that are live. */
export interface Registration {
  readonly client: OAuthClient;
  /** Oldest first. */
  readonly secrets: readonly Secret[];
}

type Registrations = ReadonlyMap<string, Registration>;

/** The account's clients, as they are and as reads that lag still show them. */
export class Account {
  readonly id: string;
  readonly #lag: number;
  #clients: Registrations;
  /** What was, and until when, oldest first. */
  readonly #past: { readonly clients: Registrations; readonly until: number }[] = [];

  constructor({
    accountId = "023e105f4ecef8ad9ca31a8372d0c353",
    clients = [{ ...exampleClient, client_secret: "cf-oauth-secret-example" }],
    readLag = 0,
  }: SandboxOptions) {
    this.id = accountId;
    this.#lag = readLag;
    this.#clients = new Map(clients.map((client) => [client.client_id, registered(client)]));
  }

  get clients(): Registrations {
    return this.#clients;
  }

  /** What reads show. */
  get clientsAsRead(): Registrations {
    const then = Date.now() - this.#lag;
    const shown = this.#past.find(({ until }) => until > then);
    return shown?.clients ?? this.#clients;
  }

  put(registration: Registration): void {
    this.#change(new Map(this.#clients).set(registration.client.client_id, registration));
  }

  remove(clientId: string): void {
    const clients = new Map(this.#clients);
    clients.delete(clientId);
    this.#change(clients);
  }

  #change(clients: Registrations): void {
    if (this.#lag > 0) this.#past.push({ clients: this.#clients, until: Date.now() });
    this.#clients = clients;
  }
}

/** The documentation's example: what a new sandbox has, in code and in the command. */
export const exampleClient: SandboxClient = {
  client_id: "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4",
  client_name: "My OAuth App",
  client_uri: "https://example.com",
  redirect_uris: ["https://example.com/callback"],
  scopes: ["account.read"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
};

function registered({ client_secret, client_secrets, has_rotated_secret, ...given }: SandboxClient): Registration {
  const now = new Date().toISOString();
  const { token_endpoint_auth_method = "client_secret_basic", created_at = now } = given;
  const client: OAuthClient = {
    visibility: "private",
    updated_at: created_at,
    ...given,
    token_endpoint_auth_method,
    created_at,
  };
  if (token_endpoint_auth_method === "none") return { client, secrets: [] };
  if (client_secrets) return { client, secrets: client_secrets.map((value, index) => ({ value, rotated: index > 0 })) };
  const first: Secret = { value: client_secret ?? freshSecret(), rotated: false };
  return { client, secrets: has_rotated_secret ? [first, { value: freshSecret(), rotated: true }] : [first] };
}
