import { operations } from "../../../generated/operations.ts";
import { isAPIError } from "../../client/error-kind.ts";

const rotationNeeds = new Set(
  (["oauth-clients-get", "oauth-clients-rotate-secret", "oauth-clients-delete-rotated-secret"] as const).map(
    (id) => operations[id].permission,
  ),
);

/**
 * Where the token comes from, and what a rotation needs. A 403 names the permission of the request that it refused.
 *
 * @param accountId empty if the command is not for an account.
 */
export function credentialsHint(cause: unknown, accountId: string): string {
  const isNamed = isAPIError(cause) && cause.status === 403;
  const needs = isNamed ? "" : ` A rotation needs the permissions ${[...rotationNeeds].join(" and ")}.`;
  const account =
    isNamed && accountId !== "" ? ` It must be a token for the account ${accountId}. ${accountSource}` : "";
  return `The token is taken from CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN.${needs}${account}`;
}

const accountSource = "The account id is taken from --account-id, else CLOUDFLARE_ACCOUNT_ID.";

/** What to do if the API knows nothing at an address that has no other id than the account's. */
export function accountHint(accountId: string): string {
  return `Check the account id ${accountId}. ${accountSource}`;
}
