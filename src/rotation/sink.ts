/** Somewhere that the new secret must go. */
export interface Sink {
  /** Names it in the journal and in messages; unique in a rotation. */
  readonly name: string;
  /** What the caller needs to make it again when a rotation is resumed; kept in the journal, so no secret. */
  readonly spec?: string | undefined;
  /**
   * Looks whether the sink could take a secret, as far as that shows without changing anything; before one is asked
   * for.
   *
   * @param context `signal` is aborted when the run is to end.
   * @returns A warning for the user, if there is one: for example that the file is new, so that nothing may be reading it.
   * @throws If it cannot take a secret. The rotation does not begin.
   */
  preflight?(context: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /**
   * Stores the secret. May be called twice with the same secret. Resolve only once it is stored: if you pass it on or trigger a
   * reload, wait for that to succeed, or reject.
   *
   * @param secret the new secret.
   * @param context `signal` is aborted when the run is to end.
   * @throws If the secret is not stored, or may not be. The rotation stops, and delivers again when it is resumed.
   */
  deliver(secret: string, context: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Reads the stored secret back, if that is possible. This is the best way to confirm the deployment.
   *
   * @param context `signal` is aborted when the run is to end; `warn` reports a doubt about the text that was read.
   * @returns The stored secret, exactly as the service gets it, even if it is another one.
   * @throws If it cannot be read. Nothing is deleted then.
   */
  readBack?(context: ReadBackContext): Promise<string>;
  /**
   * Reads what the sink holds now, if that needs no command, as for a file. After a lost response, this shows whether the sink
   * holds a secret that it did not hold before.
   *
   * @returns What is stored; undefined if nothing is.
   * @throws If it cannot be read; that does no harm.
   */
  peek?(): Promise<string | undefined>;
}

/** The context of {@link Sink.readBack}. */
export interface ReadBackContext {
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Reports a doubt about the text that was read. */
  readonly warn?: (message: string) => void;
}

/** Has what uses the secret take the new one, by a restart for example. A plain function will do. */
export interface Activate {
  /**
   * Resolve only once that is done, or surely will be. It may be called twice for the same secret.
   *
   * @param sha256 the SHA-256 of the new secret, in hex; never the secret itself.
   * @param context `signal` is aborted when the run is to end.
   * @throws If it failed: then nothing is confirmed and nothing deleted, and it is called again when the rotation is resumed.
   */
  (sha256: string, context: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Looks whether it can run, before a rotation begins.
   *
   * @param context `signal` is aborted when the run is to end.
   * @throws If it cannot: the rotation is not begun.
   */
  preflight?: ((context: { readonly signal: AbortSignal }) => Promise<void>) | undefined;
  /** Names it in the journal; no secret. One of another name is called although an earlier one has succeeded. */
  spec?: string | undefined;
}

/** Vouches that the new secret is what is deployed, in every sink. A plain function will do. */
export interface Check {
  /**
   * Vouches for the deployment.
   *
   * @param sha256 the SHA-256 of the new secret, in hex; never the secret itself. A deployed service can compare it with
   *   that of the secret that it uses.
   * @param context `signal` is aborted when the run is to end.
   * @returns Whether the new secret is what is deployed.
   * @throws Confirms nothing: then nothing is deleted.
   */
  (sha256: string, context: { readonly signal: AbortSignal }): Promise<boolean>;
  /**
   * Looks whether the check can run, before a rotation begins.
   *
   * @param context `signal` is aborted when the run is to end.
   * @throws If it cannot: the rotation is not begun.
   */
  preflight?: ((context: { readonly signal: AbortSignal }) => Promise<void>) | undefined;
}
