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

/** Codes of Node's TLS for a certificate that it does not trust. */
const untrusted = /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/;

/** What to do about a message of Node's own; empty if there is nothing to add. */
export function hintForMessage(message: string): string {
  if (!untrusted.test(message)) return "";
  return " If that certificate is of your own authority: set NODE_EXTRA_CA_CERTS to the file with its root certificate.";
}

/** How to do by options what an error says; empty if there is nothing to add. */
export function hintFor({ code, nextStep, cause, message }: RotationError): string {
  const known = hintForMessage(message);
  if (known) return known;
  if (cause instanceof NotFoundError) return " `cf-oauth list` shows the account's clients.";
  // Nothing has begun that could be resumed.
  if (code === "delivery-failed" && nextStep === "rotate") return "";
  // Where only recovering helps, what else could be declined does not.
  const hint = nextStep === "recover" ? undefined : hints[code];
  return hint === undefined ? "" : ` ${hint}`;
}
