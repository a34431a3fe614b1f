/** As many as are remembered; the oldest is forgotten first. */
const most = 100;

const known = new Set<string>();

/**
 * Remembers a secret, so that this process can remove it from texts of other programs. It is kept in memory alone.
 *
 * @param secret the secret; an empty one is ignored.
 */
export function rememberSecret(secret: string): void {
  if (secret === "") return;
  known.delete(secret);
  known.add(secret);
  const [oldest] = known;
  if (known.size > most && oldest !== undefined) known.delete(oldest);
}

/** The secrets that this process has had to do with, the latest last. */
export function knownSecrets(): readonly string[] {
  return [...known];
}
