import { operations } from "../../../generated/operations.ts";
import { isAPIError } from "../../client/error-kind.ts";

const rotationNeeds = new Set(
  (["oauth-clients-get", "oauth-clients-rotate-secret", "oauth-clients-delete-rotated-secret"] as const).map(
    (id) => operations[id].permission,
  ),
);

/** Where the token comes from, and what a rotation needs. A 403 names the permission of the request that it refused. */
export function credentialsHint(cause: unknown): string {
  const isNamed = isAPIError(cause) && cause.status === 403;
  const needs = isNamed ? "" : ` A rotation needs the permissions ${[...rotationNeeds].join(" and ")}.`;
  return `The token is taken from CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN.${needs}`;
}
