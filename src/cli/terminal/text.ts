import { stripVTControlCharacters } from "node:util";

/** The message of an error, with the names that a user of the command knows. Anything may be thrown. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .replace(
      "No credentials: pass apiToken, or set CLOUDFLARE_API_TOKEN (or apiEmail and apiKey: CLOUDFLARE_EMAIL and CLOUDFLARE_API_KEY).",
      "No API token: set CF_OAUTH_API_TOKEN.",
    )
    .replace(/^The URL of a running service /, "--running ")
    .replace(/\bapiToken holds/, "The API token holds")
    .replace("Only this error holds it (revealSecret()).", "No sink has it either.");
}

/** The longest line that is printed, in UTF-16 units. */
const longest = 16_384;

/**
 * Makes text safe to print as one line, even if an attacker wrote it.
 *
 * Line breaks become blanks. Other control, format and bidirectional characters become a replacement character, so that nothing
 * moves the cursor, colours the screen or turns the writing round. More than four marks on one letter are left out, as is what
 * is beyond 16,384 characters.
 */
export function plain(text: string): string {
  const bounded = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return (
    bounded
      .replace(/[\r\n\t\u2028\u2029]+/g, " ")
      // But the joiner of emoji, which moves nothing.
      .replace(/(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}]/gu, "�")
      .replace(/(\p{M}{4})\p{M}+/gu, "$1")
  );
}

/** Lines that no CI runner takes for a command of its own: GitHub's and Azure's begin with `::`, or have `##[` in them. */
export function withoutWorkflowCommands(text: string): string {
  // Blanks of the line itself: with the line breaks that follow, a long run of them would take quadratic time.
  return text.replace(/^([^\S\n\r\u2028\u2029]*):(?=:)/gm, "$1: ").replace(/##(?=\[|vso\[)/g, "## ");
}

/** What the user's own commands print, made harmless as it comes. Lines and tabs stay; colours and cursor movements go. */
export class ForeignOutput {
  /** What was shown of the line that is not complete yet. */
  #line = "";

  /** @returns What to show of a piece of the output, which may begin and end anywhere. */
  push(piece: string): string {
    const clean = stripVTControlCharacters(piece)
      .replace(/\r\n?|[\u2028\u2029]/g, "\n")
      .replace(/(?![\n\t\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu, "�")
      .replace(/(\p{M}{4})\p{M}+/gu, "$1");
    const shown = withoutWorkflowCommands(this.#line + clean).slice(this.#line.length);
    this.#line = (this.#line + shown).slice((this.#line + shown).lastIndexOf("\n") + 1).slice(-longest);
    return shown;
  }
}

/** Codes of Node's TLS for a certificate that it does not trust. */
const untrusted = /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/;

/** Node's words for a host that cannot be reached, but not for one of this machine. */
const unreachable =
  /getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|connect E(?:CONNREFUSED|TIMEDOUT|HOSTUNREACH|NETUNREACH)(?! (?:127\.|::1))|Connect Timeout Error/;

/** What to do about a message of Node's; empty if there is nothing to add. A proxy that was used has its name in the message. */
export function hintForMessage(message: string): string {
  if (untrusted.test(message))
    return " If that certificate is of your own authority: set NODE_EXTRA_CA_CERTS to the file with its root certificate.";
  if (unreachable.test(message) && !/\bproxy\b/.test(message))
    return " If this machine needs a proxy to reach the internet: set HTTPS_PROXY to its address.";
  return "";
}
