import type { Deleted, OAuthClient, operations, ResultInfo, Success } from "../../generated/openapi.ts";
import type { OperationId } from "../../generated/operations.ts";
import type { Account, Registration } from "./account.ts";
import { Refusal } from "./envelope.ts";
import { scopes } from "./oauth-scopes.ts";
import type { SandboxOptions } from "./options.ts";
import { checkSettings, createRequest, updateRequest } from "./request-body.ts";
import { freshId, freshSecret, rotated } from "./secret.ts";

/** The fields of a good response in addition to the envelope's own. */
type Result<Id extends OperationId> = Omit<
  operations[Id]["responses"][200]["content"]["application/json"],
  keyof Success
>;

/** A request whose path and credentials are good. */
export interface Call {
  /** Empty where the path has none. */
  readonly clientId: string;
  readonly body: string;
}

/** What each operation does. */
export type Handlers = { readonly [Id in OperationId]: (call: Call) => Result<Id> };

/** The operations on an account's clients. Each throws a {@link Refusal} if it refuses the request. */
export function handlers(account: Account, options: SandboxOptions): Handlers {
  const { updatedAt = "moves" } = options;

  function shown({ client, secrets }: Registration): OAuthClient {
    const { updated_at, ...rest } = { ...client, has_rotated_secret: secrets.length > 1 };
    return updatedAt === "absent" || updated_at === undefined ? rest : { ...rest, updated_at };
  }

  /** After a secret was created or deleted. */
  function touched(client: OAuthClient): OAuthClient {
    return updatedAt === "still" ? client : changed(client);
  }

  return {
    "oauth-clients-list": () => {
      const result = [...account.clientsAsRead.values()].map(shown);
      return { result, result_info: extent(result) };
    },
    "oauth-clients-create": ({ body }) => {
      const settings = createRequest(body);
      checkSettings(settings);
      const now = new Date().toISOString();
      const client: OAuthClient = {
        ...settings,
        client_id: freshId(),
        visibility: "private",
        created_at: now,
        updated_at: now,
      };
      if (settings.token_endpoint_auth_method === "none") {
        account.put({ client, secrets: [] });
        return { result: shown({ client, secrets: [] }) };
      }
      const secret = { value: freshSecret(), rotated: false };
      account.put({ client, secrets: [secret] });
      return { result: { ...shown({ client, secrets: [secret] }), client_secret: secret.value } };
    },
    "oauth-clients-get": ({ clientId }) => ({ result: shown(found(account.clientsAsRead, clientId)) }),
    "oauth-clients-update": ({ clientId, body }) => {
      const { visibility, ...settings } = updateRequest(body);
      const { client: before, secrets } = found(account.clients, clientId);
      const client = changed({ ...before, ...settings });
      checkSettings(client);
      const promoted: OAuthClient =
        visibility && before.visibility !== visibility
          ? { ...client, visibility, promoted_at: client.updated_at ?? new Date().toISOString() }
          : client;
      const after = { client: promoted, secrets: client.token_endpoint_auth_method === "none" ? [] : secrets };
      account.put(after);
      return { result: shown(after) };
    },
    "oauth-clients-delete": ({ clientId }) => {
      found(account.clients, clientId);
      account.remove(clientId);
      return { result: deleted(clientId) };
    },
    "oauth-clients-rotate-secret": ({ clientId }) => {
      const { client, secrets } = withSecrets(found(account.clients, clientId));
      const after = rotated(secrets, options);
      const newest = after?.at(-1);
      if (!after || !newest)
        throw new Refusal(409, [{ code: 10409, message: "Delete the old client secret before you create another" }]);
      account.put({ client: touched(client), secrets: after });
      return { result: { client_secret: newest.value } };
    },
    "oauth-clients-delete-rotated-secret": ({ clientId }) => {
      const { client, secrets } = withSecrets(found(account.clients, clientId));
      if (secrets.length < 2) return { result: null };
      account.put({ client: touched(client), secrets: secrets.slice(-1) });
      return { result: deleted(clientId) };
    },
    "oauth-scopes-list": () => ({ result: [...scopes], result_info: extent(scopes) }),
  };
}

function found(clients: ReadonlyMap<string, Registration>, clientId: string): Registration {
  const registration = clients.get(clientId);
  if (!registration)
    throw new Refusal(404, [
      { code: 7003, message: "Could not route to the client, perhaps its identifier is invalid?" },
    ]);
  return registration;
}

function withSecrets(registration: Registration): Registration {
  if (registration.client.token_endpoint_auth_method === "none")
    throw new Refusal(400, [{ code: 10400, message: "A client that does not authenticate has no client secret" }]);
  return registration;
}

/** Two changes within a millisecond must not look like one. */
function changed(client: OAuthClient): OAuthClient {
  const before = Date.parse(client.updated_at ?? "") || 0;
  return { ...client, updated_at: new Date(Math.max(Date.now(), before + 1)).toISOString() };
}

/** The description allows an id of 32 characters only, though a `client_id` may be any string. */
function deleted(clientId: string): Deleted {
  return clientId.length === 32 ? { id: clientId } : null;
}

function extent({ length }: readonly unknown[]): ResultInfo {
  return { count: length, page: 1, per_page: Math.max(length, 20), total_count: length };
}
