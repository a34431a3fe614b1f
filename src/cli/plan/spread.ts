import { createHash } from "node:crypto";

/** When a client is due, as far as the plan decides it. */
export interface DueRule {
  /** The age at which it is due at the latest, in ms. */
  readonly every: number;
  /** By how much it is due earlier at most, in ms. */
  readonly spread: number;
  /** Its own moment in each period of `every`, as a part of that, from 0 to 1; undefined if it shares `every` with no other client. */
  readonly share: number | undefined;
}

/**
 * By how much a client is due earlier at most, if the plan does not say: three quarters of `every`, but not into the overlap.
 *
 * Clients that were all rotated on one day then come due over the last three quarters of the period. A third more come in each
 * night than later, when they use the whole period.
 */
export function usualSpread(every: number, overlap: number): number {
  return Math.min(every * 0.75, every - overlap);
}

/**
 * The rule for each client of a plan. Clients with the same `every` get moments of their own in that period, evenly spaced, in
 * the order of a hash of their ids. So neither the order of the plan nor its length matters, and neighbours do not come together.
 *
 * Moments that the hash alone decides would cluster: of 500 clients with `every: 90d`, 12 or more would mostly meet in some night,
 * which is more than twice the mean.
 */
export function dueRules(clients: readonly (Omit<DueRule, "share"> & { readonly id: string })[]): DueRule[] {
  const sorted = clients
    .map(({ id, every, spread }, index) => ({ index, every, spread, hash: sha256(id) }))
    .sort((a, b) => a.every - b.every || (a.hash < b.hash ? -1 : 1));
  const rules: DueRule[] = [];
  for (let first = 0; first < sorted.length; ) {
    const every = sorted[first]?.every ?? 0;
    let end = first;
    while (sorted[end]?.every === every) end++;
    const count = end - first;
    for (const [place, { index, spread }] of sorted.slice(first, end).entries())
      rules[index] = { every, spread, share: count > 1 ? place / count : undefined };
    first = end;
  }
  return rules;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * When a secret is due: at the next own moment of its client. That is never later than `every` after its creation, and clients stay
 * spread, however they began and however late each is rotated.
 *
 * If the own moment comes earlier than `spread` allows, the secret is due the earlier, the further away that moment is. Each
 * rotation gets nearer to the own moment.
 *
 * @param rotatedAt when the secret was created, in ms since the epoch.
 * @returns In ms since the epoch.
 */
export function dueAt(rotatedAt: number, { every, spread, share }: DueRule): number {
  if (share === undefined) return rotatedAt + every;
  // From here to its own moment; after 0, and `every` at most.
  const toOwn = every - ((((rotatedAt - share * every) % every) + every) % every);
  const shortest = every - spread;
  return Math.floor(rotatedAt + (toOwn >= shortest ? toOwn : every - (toOwn / shortest) * spread));
}
