/** A command line that cannot be meant. Nothing was sent or written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
