/** What an error says; what is thrown may be anything. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Text of somebody else's, which must not move the cursor, colour the screen or look like another line. */
export function plain(text: string): string {
  // But the joiner of emoji, which moves nothing.
  return text.replace(/(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]/gu, "�");
}

/** Codes of Node's TLS for a certificate that it does not trust. */
const untrusted = /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/;

/** What to do about a message of Node's own; empty if there is nothing to add. */
export function hintForMessage(message: string): string {
  if (!untrusted.test(message)) return "";
  return " If that certificate is of your own authority: set NODE_EXTRA_CA_CERTS to the file with its root certificate.";
}
