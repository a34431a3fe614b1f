import type { Journal } from "./journal.ts";

/**
 * The journal's key does not fit: an entry was sealed by another key or for another place, or it is not sealed. Nothing was
 * overwritten.
 */
export class JournalKeyError extends Error {
  /** Always "JournalKeyError". */
  override readonly name = "JournalKeyError";
  /** Always "journal-key"; stable. */
  readonly code = "journal-key";
}

/** An entry as it is stored. What is readable in it is bound to it: a change is found out. */
interface Envelope {
  readonly sealed: 1;
  readonly rotation: string;
  /** Base64. */
  readonly iv: string;
  /** Base64; AES-GCM, its tag included. */
  readonly data: string;
}

/**
 * Wraps a journal so that its entries are encrypted. Use it for every journal outside this machine.
 *
 * An entry can be opened only in the journal, at the sequence and for the rotation that it was written for. So a person who can
 * write to the store can neither read the secret nor replace an entry by another one.
 *
 * @param journal stores the encrypted entries.
 * @param key 32 random bytes, for AES-256-GCM.
 * @returns A journal that rejects with a {@link JournalKeyError} for an entry that the key does not fit.
 * @throws {TypeError} if the key does not have 32 bytes.
 * @see https://www.rfc-editor.org/rfc/rfc5116#section-5.2 for AEAD_AES_256_GCM
 */
export function sealed(journal: Journal, key: Uint8Array): Journal {
  if (key.length !== 32) throw new TypeError(`The journal's key must have 32 bytes, not ${key.length}.`);
  const bytes = new Uint8Array(key);
  let imported: Promise<CryptoKey> | undefined;
  const aes = () => {
    imported ??= crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    return imported;
  };
  return {
    async latest(log) {
      const latest = await journal.latest(log);
      return latest && { ...latest, entry: await open(await aes(), log, latest) };
    },
    async append(log, sequence, entry) {
      return journal.append(log, sequence, await seal(await aes(), log, sequence, entry));
    },
    erase: (log, before) => journal.erase(log, before),
  };
}

async function seal(key: CryptoKey, log: string, sequence: number, entry: string): Promise<string> {
  // 96 random bits: far from repeating, at some ten entries a rotation (NIST SP 800-38D §8.3 allows 2^32 for a key).
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const rotation = rotationOf(entry);
  const algorithm = { name: "AES-GCM", iv, additionalData: place(log, sequence, rotation) };
  const data = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode(entry));
  const envelope: Envelope = { sealed: 1, rotation, iv: base64(iv), data: base64(new Uint8Array(data)) };
  return JSON.stringify(envelope);
}

async function open(
  key: CryptoKey,
  log: string,
  { sequence, entry }: { readonly sequence: number; readonly entry: string },
): Promise<string> {
  const envelope = parse(entry);
  if (!envelope) throw new JournalKeyError("the latest entry is not sealed, or cut");
  const { rotation, iv, data } = envelope;
  try {
    const algorithm = { name: "AES-GCM", iv: bytes(iv), additionalData: place(log, sequence, rotation) };
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      await crypto.subtle.decrypt(algorithm, key, bytes(data)),
    );
  } catch {
    throw new JournalKeyError("the key does not fit the latest entry, or the entry was changed");
  }
}

function parse(text: string): Envelope | undefined {
  try {
    const value = JSON.parse(text);
    // If its other fields were changed, it cannot be opened.
    return value?.sealed === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The rotation that an entry belongs to; empty for any other text, which a journal takes as well. */
function rotationOf(entry: string): string {
  try {
    const { rotation } = JSON.parse(entry);
    return typeof rotation === "string" ? rotation : "";
  } catch {
    return "";
  }
}

/** Where an entry belongs, told apart from any other place. */
function place(log: string, sequence: number, rotation: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([log, sequence, rotation]));
}

function base64(data: Uint8Array): string {
  return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
