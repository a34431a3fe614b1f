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
   * @returns What the user should know, if anything: that the place is new, say, so that nothing may be reading it. It becomes
   *   a warning.
   * @throws If it could not: the rotation is not begun.
   */
  preflight?(context: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /**
   * Stores the secret. May be called again with the same secret. Whoever resolves is taken to hold it: what only passes it on,
   * or has something reloaded, must reject unless that is done.
   *
   * @param secret the new secret.
   * @param context `signal` is aborted when the run is to end.
   * @throws If it is not stored, or that is not known: the rotation stops, and delivers again when it is resumed.
   */
  deliver(secret: string, context: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Reads back what is stored, where that is possible: the best way to confirm its deployment.
   *
   * @param context `signal` is aborted when the run is to end; `warn` tells the user of a doubt about what was read.
   * @returns The secret that is stored, whichever it is, exactly as the service gets it.
   * @throws If it cannot be read: nothing is deleted then.
   */
  readBack?(context: ReadBackContext): Promise<string>;
  /**
   * Reads what the sink holds now, where that needs no command: a file. Used to notice, after a response was lost, that a
   * sink holds a secret that it did not hold before.
   *
   * @returns What is stored; undefined if nothing is.
   * @throws If it cannot be read; that does no harm.
   */
  peek?(): Promise<string | undefined>;
}

/** What a {@link Sink.readBack} is given. */
export interface ReadBackContext {
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Tells the user of a doubt about what was read. */
  readonly warn?: (message: string) => void;
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
