import type { OAuthClientGetResponse } from "../client/iam.ts";
import { rememberSecret } from "../client/known-secrets.ts";

/**
 * The phase of a rotation.
 *
 * `requesting`: a POST was sent, or was about to be. `issued`: the new secret is here. `delivered`: every sink has it.
 * `verified`: it works and is deployed; the old one still works. `finishing`: the DELETE was sent, or was about to be.
 * `recovering`: the DELETE that makes room for a new secret was sent, or was about to be. `done`: nothing is under way.
 */
export type Phase = "requesting" | "issued" | "delivered" | "verified" | "finishing" | "recovering" | "done";

const phases: readonly Phase[] = ["requesting", "issued", "delivered", "verified", "finishing", "recovering", "done"];

/** How a sink was shown to hold the new secret. */
export interface SinkConfirmation {
  /** Read back from the sink, or vouched for by the check. */
  readonly by: "read-back" | "check";
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** Whether the check vouched for a sink that was read back, too. */
  readonly isChecked?: true;
}

/** How the end of an old secret was seen: the API confirmed our DELETE, or reads show no old secret any more. */
export type Deletion = "confirmed" | "shown";

/** What the journal knows of a rotation. Each entry is complete: the latest is enough to continue. Times: ms since the epoch. */
export interface Entry {
  /** The version of this form. */
  readonly version: 1;
  /** The phase of the rotation. */
  readonly phase: Phase;
  /** Names this rotation; random. */
  readonly rotation: string;
  /** The run that wrote this entry; random. If two runs write the same entry, this shows which one won. */
  readonly writtenBy: string;
  /** The account, 32 characters. */
  readonly accountId: string;
  /** The client's `client_id`. */
  readonly clientId: string;
  /** The base URL of the API at which it began; it can only continue there. */
  readonly baseURL: string;
  /** The authorization server that verifies the secret. */
  readonly issuer: string;
  /** The client as it was before the POST. */
  readonly client: OAuthClientGetResponse;
  /** The sinks, in order; `spec` is the caller's, to make them again from. */
  readonly sinks: readonly { readonly name: string; readonly spec?: string | undefined }[];
  /** Names of the sinks that have the secret. */
  readonly delivered: readonly string[];
  /** How each sink was shown to hold the new secret, by its name. */
  readonly proofs: Readonly<Record<string, SinkConfirmation>>;
  /** The caller's notes for later runs; no secret. */
  readonly memo?: Readonly<Record<string, string>> | undefined;
  /** What the caller declined: `verify`, the verification at the issuer; `check`, the confirmation of the deployment. */
  readonly declined: { readonly verify: boolean; readonly check: boolean };
  /** Whether the client has no other secret: it was created with this one. Then there is no old one to delete. */
  readonly isOnly?: true;
  /** Whether to delete the old secret without being asked again. */
  readonly finish: boolean;
  /** Milliseconds between the last verification and the deletion of the old secret. */
  readonly overlap: number;
  /** Whether the caller accepted a downtime, since another secret existed that nobody holds. */
  readonly acceptDowntime: boolean;
  /** When the rotation began. */
  readonly startedAt: number;
  /** From this time a read shows whether the latest POST or DELETE was applied. */
  readonly settleUntil?: number;
  /** Milliseconds that the process which announced it allowed for that. */
  readonly settling?: number;
  /** When the server sent the response to the POST, by its own clock; undefined where that is not known. */
  readonly issuedAt?: number;
  /** Some of these times by the server's clock, as far as its `Date` was known. A machine's own clock may be wrong. */
  readonly server?: {
    readonly settleUntil?: number | undefined;
    /** At the last read before the POST. */
    readonly requestedAt?: number | undefined;
    readonly verifiedAt?: number | undefined;
  };
  /** For each sink that is a file, by its name: an HMAC under `rotation` of its content before the POST; dropped at `issued`. */
  readonly held?: Readonly<Record<string, string>>;
  /** When the issuer last refused the new secret, in all attempts of a verification. */
  readonly refusedAt?: number | undefined;
  /** From when on no deployed secret may have worked, because the caller accepted it. */
  readonly downtimeFrom?: number;
  /** When every sink had the new secret; only with `downtimeFrom`. */
  readonly downtimeUntil?: number;
  /** When what uses the secret was last made to take the new one, after a delivery. */
  readonly activatedAt?: number;
  /** The activation that did so, if it has a `spec`. */
  readonly activatedBy?: string | undefined;
  /** How often a scheduled try has failed since the last success, and when it last did, in ms since the epoch. */
  readonly failed?: { readonly count: number; readonly at: number } | undefined;
  /** When the new secret was last verified, and its deployment confirmed; the overlap is counted from it. */
  readonly verifiedAt?: number;
  /** When it was done or abandoned; only in `done`. */
  readonly finishedAt?: number;
  /** Why the rotation was abandoned; only in `done`. */
  readonly abandoned?: string;
  /** How the end of the old secret was seen; in `done`, and before it where the last verification failed. */
  readonly deletion?: Deletion;
  /** The client's `updated_at` just after our rotation, or as a person has accepted it since. Any other is a change. */
  readonly baseline?: string;
  /** The latest `updated_at` of a change that this rotation did not make; equal to `baseline` once accepted. */
  readonly changeSeen?: string;
  /** Whether the first read that shows the rotation was made. Without a `baseline` then, there will never be one. */
  readonly isBaselineSought?: boolean;
  /** The new secret; not in `done`. */
  readonly secret?: string;
  /** The SHA-256 of the new secret, in hex; kept for ever. */
  readonly sha256?: string;
}

/** The log's key for a client. */
export function journalKey(accountId: string, clientId: string): string {
  return `${accountId}/${clientId}`;
}

/** The entry that a text holds; undefined if it is empty, cut, or no entry. */
export function parseEntry(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isEntry(value)) return undefined;
    if (typeof value.secret === "string") rememberSecret(value.secret);
    return value;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is Entry {
  const entry = Object(value) as Partial<Record<keyof Entry, unknown>>;
  return (
    entry.version === 1 &&
    phases.some((phase) => phase === entry.phase) &&
    [
      entry.rotation,
      entry.writtenBy,
      entry.accountId,
      entry.clientId,
      entry.baseURL,
      entry.issuer,
      ...secrets(entry),
    ].every((part) => typeof part === "string") &&
    [entry.sinks, entry.delivered].every(Array.isArray) &&
    [entry.client, entry.declined, entry.proofs].every((part) => typeof part === "object" && part !== null)
  );
}

/** What an entry cannot do without in the phases that have a new secret. */
function secrets({ phase, secret, sha256 }: Partial<Record<keyof Entry, unknown>>): unknown[] {
  return phase === "requesting" || phase === "recovering" || phase === "done" ? [] : [secret, sha256];
}
