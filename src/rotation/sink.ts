/** Somewhere that the new secret must go. */
export interface Sink {
  /** Names it in the journal and in messages; unique in a rotation. */
  readonly name: string;
  /** What the caller needs to make it again when a rotation is resumed; kept in the journal, so no secret. */
  readonly spec?: string | undefined;
  /** Rejects if the sink could not take a secret, as far as that shows without changing anything; before one is asked for. */
  preflight?(context: { readonly signal: AbortSignal }): Promise<void>;
  /** Stores the secret. May be called again with the same secret. */
  deliver(secret: string, context: { readonly signal: AbortSignal }): Promise<void>;
  /** Reads back what is stored, where that is possible: the best proof of deployment. */
  readBack?(context: { readonly signal: AbortSignal }): Promise<string>;
}

/**
 * Vouches that the new secret is what is deployed, in every sink.
 *
 * @param sha256 the SHA-256 of the new secret, in hex; never the secret itself. A deployed service can compare it with
 *   that of the secret that it uses.
 */
export type Check = (sha256: string, context: { readonly signal: AbortSignal }) => Promise<boolean>;
