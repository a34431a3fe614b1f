import { operations } from "../../../generated/operations.ts";
import { PermissionDeniedError } from "../../client/index.ts";

const rotationNeeds = new Set(
  (["oauth-clients-get", "oauth-clients-rotate-secret", "oauth-clients-delete-rotated-secret"] as const).map(
    (id) => operations[id].permission,
  ),
);

/** Where the token comes from, and what a rotation needs. A 403 names the permission of the request that it refused. */
export function credentialsHint(cause: unknown): string {
  const needs =
    cause instanceof PermissionDeniedError
      ? ""
      : ` A rotation needs the permissions ${[...rotationNeeds].join(" and ")}.`;
  return `The token is taken from CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN.${needs}`;
}
