import { NotFoundError } from "../client/index.ts";
import type { RotationError } from "../rotation/index.ts";
import type { Session } from "./session.ts";

/** Codes of Node's TLS for a certificate that it does not trust. */
const untrusted = /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/;

/** What to do about a message of Node's own; empty if there is nothing to add. */
export function hintForMessage(message: string): string {
  if (!untrusted.test(message)) return "";
  return " If that certificate is of your own authority: set NODE_EXTRA_CA_CERTS to the file with its root certificate.";
}

/** The options of this command for what a message says in the library's words; empty if there is nothing to add. */
export function hintFor(session: Session, error: RotationError): string {
  const { message, cause } = error;
  const hint =
    hintForMessage(message).trim() || (cause instanceof NotFoundError ? clientHint : hintForCode(session, error));
  return hint ? ` ${hint}` : "";
}

const clientHint = "`cf-oauth list` shows the account's clients.";

function hintForCode({ directory, options }: Session, { code, phase, nextStep, state }: RotationError): string {
  const finishes = phase === "verified" || phase === "finishing";
  const accept = `${finishes ? "finish" : "resume"} --accept-change <updated_at>`;
  switch (code) {
    case "check-failed":
      return "To decline the check: --no-check. To deliver to a sink again, or to another in its place: resume --replace-sink <name>=<sink>.";
    case "client-changed":
      return phase === "requesting" || state === undefined ? "" : `To accept the change: ${accept}.`;
    case "outcome-unknown":
      if (nextStep !== undefined) return "";
      return finishes ? `To accept it: ${accept}.` : "To recover: recover --accept-downtime.";
    case "secret-missing":
      return "To adopt a secret: adopt --secret-from <source>. To recover: recover --accept-downtime.";
    case "rotation-in-progress":
      if (phase !== undefined && phase !== "done") return "";
      return `The journal that was searched is ${options.journal ? "the one kept by your command" : `in ${directory}`}. To adopt: adopt --secret-from <source>. To recover: recover --accept-downtime.`;
    case "verification-failed":
      return nextStep === undefined ? "To recover: recover --accept-downtime." : "";
    case "verification-inconclusive":
      return "To verify in another way: --verify-with <command>. To decline: --no-verify.";
    case "delivery-failed":
      // Nothing has begun that could be resumed.
      return nextStep === "rotate" ? "" : "If the sink is mistyped: resume --replace-sink <name>=<sink>.";
    case "credentials-refused":
      return "The token is taken from CF_OAUTH_API_TOKEN, else CLOUDFLARE_API_TOKEN; it needs the permission called OAuth Client Write (or OAuth Clients Write, or OAuth App Registrations Write).";
    default:
      return "";
  }
}
