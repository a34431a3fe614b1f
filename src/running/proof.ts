/** What a response is about: the replica that names itself uses the secret for this client. */
export interface Question {
  /** The client's `client_id`. */
  readonly clientId: string;
  /** Random, and of one question only, so that no response can be given twice. */
  readonly nonce: string;
  /** The name that the replica gives itself. */
  readonly replica: string;
}

/** Names the key and the message, so that neither is of any other use. */
const domain = "cloudflare-oauth-clients running secret 1";

/**
 * The key of the responses for one secret. It is derived from the secret's SHA-256, which a journal keeps when the secret is gone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export async function proofKey(sha256: BufferSource): Promise<CryptoKey> {
  const { subtle } = crypto;
  const base = await subtle.importKey("raw", sha256, "HKDF", false, ["deriveKey"]);
  const derivation = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new TextEncoder().encode(domain) };
  const hmac = { name: "HMAC", hash: "SHA-256", length: 256 };
  return subtle.deriveKey(derivation, base, hmac, false, ["sign", "verify"]);
}

/** What the proof is the HMAC of. It begins with a bracket, and so is never what a JWT is signed over: base64url and dots. */
export function proofMessage({ clientId, nonce, replica }: Question): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([domain, clientId, nonce, replica]));
}
