import type { OAuthClient } from "../../generated/openapi.ts";
import { type OperationId, operations } from "../../generated/operations.ts";
import type { Sandbox } from "../../src/sandbox/index.ts";

/** The client that a sandbox has unless told otherwise. */
export const documentedId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";

export interface Call {
  readonly accountId?: string;
  readonly clientId?: string;
  /** Sent as JSON, unless it is a string. */
  readonly body?: unknown;
  /** Instead of the sandbox's API token. */
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** The path of an operation, below the base URL. */
export function path(operation: OperationId, { accountId, clientId = documentedId }: Call): string {
  const values: Record<string, string | undefined> = { account_id: accountId, oauth_client_id: clientId };
  return operations[operation].path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

/** Sends a request to the API, as a program would that does not use this package. */
export function send(sandbox: Sandbox, operation: OperationId, call: Call = {}): Promise<Response> {
  const { accountId = sandbox.accountId, body, signal } = call;
  const { headers = { Authorization: `Bearer ${sandbox.apiToken}` } } = call;
  return sandbox.fetch(`${sandbox.baseURL}${path(operation, { ...call, accountId })}`, {
    method: operations[operation].method,
    headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
}

/** The same, for requests that must succeed: resolves to the envelope's `result`. */
export async function result(sandbox: Sandbox, operation: OperationId, call?: Call): Promise<unknown> {
  const response = await send(sandbox, operation, call);
  const envelope: { success: boolean; result: unknown } = await response.json();
  if (!envelope.success) throw new Error(`${operation} was answered with ${response.status}.`);
  return envelope.result;
}

/** Rotates, and resolves to the new secret. */
export async function rotate(sandbox: Sandbox, call?: Call): Promise<string> {
  const rotated = await result(sandbox, "oauth-clients-rotate-secret", call);
  if (typeof rotated === "object" && rotated && "client_secret" in rotated && typeof rotated.client_secret === "string")
    return rotated.client_secret;
  throw new Error("There is no new secret.");
}

/** The client's record. */
export async function read(sandbox: Sandbox, call?: Call): Promise<Partial<OAuthClient>> {
  return (await result(sandbox, "oauth-clients-get", call)) ?? {};
}
