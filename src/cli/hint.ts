import { NotFoundError } from "../client/index.ts";
import type { RotationError, RotationErrorCode } from "../rotation/index.ts";

/** The options of this command for what a message says in the library's words. */
const hints: Partial<Readonly<Record<RotationErrorCode, string>>> = {
  "check-failed":
    "To decline the check: --no-check. To deliver to a sink again, or to another in its place: resume --replace-sink <name>=<sink>.",
  "client-changed": "To accept a change: finish --accept-change <updated_at>.",
  "verification-inconclusive": "To verify in another way: --verify-with <command>. To decline: --no-verify.",
  "delivery-failed": "If the sink is mistyped: resume --replace-sink <name>=<sink>.",
  "credentials-refused":
    "The token is taken from CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN; it needs the permission called OAuth Client Write (or OAuth Clients Write, or OAuth App Registrations Write).",
};

/** How to do by options what an error says; empty if there is nothing to add. */
export function hintFor({ code, nextStep, cause }: RotationError): string {
  if (cause instanceof NotFoundError) return " `cf-oauth list` shows the account's clients.";
  // Where only recovering helps, what else could be declined does not.
  const hint = nextStep === "recover" ? undefined : hints[code];
  return hint === undefined ? "" : ` ${hint}`;
}
