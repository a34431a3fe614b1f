import type { operations as Operations } from "../../../generated/openapi.ts";
import type { OperationId } from "../../../generated/operations.ts";
import type { Cloudflare, RequestOptions, SinglePage } from "../../../src/client/index.ts";
import { accountId, clientId, registration as created } from "../examples.ts";

/** The whole good answer of an operation. */
type Envelope<Id extends OperationId> = Operations[Id]["responses"][200]["content"]["application/json"];

type Result<Id extends OperationId> = Exclude<Envelope<Id>["result"], undefined>;

/** What the description lets an operation send. */
export type Body<Id extends OperationId> = Operations[Id] extends {
  requestBody: { content: { "application/json": infer Body } };
}
  ? Body
  : undefined;

/** What a call is made with; each operation takes what it needs. */
export interface Input {
  readonly account_id: string;
  readonly oauth_client_id: string;
  readonly registration: Body<"oauth-clients-create">;
  readonly change: Body<"oauth-clients-update">;
}

type Headers = Readonly<Record<string, string>>;

/** An operation, called in every way that there is. */
interface Row<Id extends OperationId> {
  /** By the method of `client.iam`. */
  readonly call: (
    client: Cloudflare,
    input: Input,
    options?: RequestOptions,
  ) => PromiseLike<Result<Id> extends readonly (infer Item)[] ? SinglePage<Item> : Result<Id>>;
  /** By the openapi-fetch client underneath. */
  readonly api: (
    client: Cloudflare,
    input: Input,
    headers?: Headers,
  ) => Promise<{ readonly data?: Envelope<Id>; readonly error?: unknown; readonly response: Response }>;
  /** What either must send. */
  readonly body: (input: Input) => Body<Id>;
}

const none = () => undefined;

const account = ({ account_id }: Input) => ({ account_id });
const client = ({ account_id, oauth_client_id }: Input) => ({ account_id, oauth_client_id });

const clients = "/accounts/{account_id}/oauth_clients";
const oneClient = `${clients}/{oauth_client_id}` as const;
const rotation = `${oneClient}/rotate_secret` as const;

/** Every operation of the description: one that has no row here, or a wrong one, does not compile. */
export const rows: { readonly [Id in OperationId]: Row<Id> } = {
  "oauth-clients-list": {
    call: ({ iam }, input, options) => iam.oauthClients.list(account(input), options),
    api: ({ api }, input, headers = {}) => api.GET(clients, { params: { path: account(input) }, headers }),
    body: none,
  },
  "oauth-clients-create": {
    call: ({ iam }, input, options) => iam.oauthClients.create({ ...account(input), ...input.registration }, options),
    api: ({ api }, input, headers = {}) =>
      api.POST(clients, { params: { path: account(input) }, body: input.registration, headers }),
    body: ({ registration }) => registration,
  },
  "oauth-clients-get": {
    call: ({ iam }, input, options) => iam.oauthClients.get(input.oauth_client_id, account(input), options),
    api: ({ api }, input, headers = {}) => api.GET(oneClient, { params: { path: client(input) }, headers }),
    body: none,
  },
  "oauth-clients-update": {
    call: ({ iam }, input, options) =>
      iam.oauthClients.update(input.oauth_client_id, { ...account(input), ...input.change }, options),
    api: ({ api }, input, headers = {}) =>
      api.PATCH(oneClient, { params: { path: client(input) }, body: input.change, headers }),
    body: ({ change }) => change,
  },
  "oauth-clients-delete": {
    call: ({ iam }, input, options) => iam.oauthClients.delete(input.oauth_client_id, account(input), options),
    api: ({ api }, input, headers = {}) => api.DELETE(oneClient, { params: { path: client(input) }, headers }),
    body: none,
  },
  "oauth-clients-rotate-secret": {
    call: ({ iam }, input, options) => iam.oauthClients.rotateSecret(input.oauth_client_id, account(input), options),
    api: ({ api }, input, headers = {}) => api.POST(rotation, { params: { path: client(input) }, headers }),
    body: none,
  },
  "oauth-clients-delete-rotated-secret": {
    call: ({ iam }, input, options) =>
      iam.oauthClients.deleteRotatedSecret(input.oauth_client_id, account(input), options),
    api: ({ api }, input, headers = {}) => api.DELETE(rotation, { params: { path: client(input) }, headers }),
    body: none,
  },
  "oauth-scopes-list": {
    call: ({ iam }, _, options) => iam.oauthScopes.list(options),
    api: ({ api }, _, headers = {}) => api.GET("/oauth/scopes", { headers }),
    body: none,
  },
};

export const operationIds: readonly OperationId[] = Object.keys(rows).filter((id): id is OperationId => id in rows);

const { account_id: _, ...registration } = created;

/** An input that every operation takes. */
export const documented: Input = {
  account_id: accountId,
  oauth_client_id: clientId,
  registration,
  change: { client_name: "Dashboard" },
};
