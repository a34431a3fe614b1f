// Generated from openapi/openapi.yaml by `npm run generate`. Do not edit.

import type { operations as Operations } from "./openapi.ts";

/** The `operationId` of an operation. */
export type OperationId = keyof Operations;

/** Limits of a path parameter's length, in characters. */
export interface Length {
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** What the code needs to know of an operation at run time. */
export interface Operation {
  readonly method: string;
  /** The path below the base URL, with `{name}` for each path parameter. */
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, Length>>;
  /** Whether sending it twice leaves what sending it once leaves. */
  readonly idempotent: boolean;
  /** What the credentials must be granted; `none` means any valid credentials. */
  readonly permission: string;
  /** What `result` is in a good answer; `nullable` is an object or null. */
  readonly result: "array" | "object" | "nullable";
  /** Properties that `result` must have, each a string that is not empty. */
  readonly promised: readonly string[];
}

export const operations: Readonly<Record<OperationId, Operation>> = {
  "oauth-clients-list": {"method":"GET","path":"/accounts/{account_id}/oauth_clients","pathParameters":{"account_id":{"minLength":32,"maxLength":32}},"idempotent":true,"permission":"OAuth Client Read","result":"array","promised":[]},
  "oauth-clients-create": {"method":"POST","path":"/accounts/{account_id}/oauth_clients","pathParameters":{"account_id":{"minLength":32,"maxLength":32}},"idempotent":false,"permission":"OAuth Client Write","result":"object","promised":["client_id","visibility"]},
  "oauth-clients-get": {"method":"GET","path":"/accounts/{account_id}/oauth_clients/{oauth_client_id}","pathParameters":{"account_id":{"minLength":32,"maxLength":32},"oauth_client_id":{"minLength":1}},"idempotent":true,"permission":"OAuth Client Read","result":"object","promised":["client_id","visibility"]},
  "oauth-clients-update": {"method":"PATCH","path":"/accounts/{account_id}/oauth_clients/{oauth_client_id}","pathParameters":{"account_id":{"minLength":32,"maxLength":32},"oauth_client_id":{"minLength":1}},"idempotent":false,"permission":"OAuth Client Write","result":"object","promised":["client_id","visibility"]},
  "oauth-clients-delete": {"method":"DELETE","path":"/accounts/{account_id}/oauth_clients/{oauth_client_id}","pathParameters":{"account_id":{"minLength":32,"maxLength":32},"oauth_client_id":{"minLength":1}},"idempotent":true,"permission":"OAuth Client Write","result":"nullable","promised":["id"]},
  "oauth-clients-rotate-secret": {"method":"POST","path":"/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret","pathParameters":{"account_id":{"minLength":32,"maxLength":32},"oauth_client_id":{"minLength":1}},"idempotent":false,"permission":"OAuth Client Write","result":"object","promised":["client_secret"]},
  "oauth-clients-delete-rotated-secret": {"method":"DELETE","path":"/accounts/{account_id}/oauth_clients/{oauth_client_id}/rotate_secret","pathParameters":{"account_id":{"minLength":32,"maxLength":32},"oauth_client_id":{"minLength":1}},"idempotent":false,"permission":"OAuth Client Write","result":"nullable","promised":["id"]},
  "oauth-scopes-list": {"method":"GET","path":"/oauth/scopes","pathParameters":{},"idempotent":true,"permission":"none","result":"array","promised":[]},
};
