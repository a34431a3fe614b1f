import { randomHex } from "./digest.ts";
import { journalKey } from "./entry.ts";
import type { Journal } from "./journal.ts";
import { Log, readJournal } from "./log.ts";
import type { Target } from "./options.ts";
import { type RotationState, stateOf } from "./state.ts";

/**
 * Counts in the journal that a try on a client has failed, so that a scheduler can wait longer each time, and stop. What
 * reaches `verified` or `done` sets the count back.
 *
 * @param target which client.
 * @param options the journal.
 * @returns The state with the new count; undefined if the journal has no rotation of the client.
 * @throws {RotationError} `journal-failed` or `journal-mismatch` if the journal cannot be read. A count that cannot be written is left as
 *   it was.
 */
export async function countFailure(
  target: Target,
  options: { readonly journal: Journal },
): Promise<RotationState | undefined> {
  const latest = await readJournal(options.journal, target);
  if (!latest) return undefined;
  const key = journalKey(target.accountId, target.clientId);
  const log = new Log(options.journal, key, randomHex(8), new AbortController().signal);
  log.open(latest);
  const { failed } = latest.entry;
  // Another process may have continued, or the journal may be what fails.
  await log
    .append({ ...latest.entry, failed: { count: (failed?.count ?? 0) + 1, at: Date.now() } })
    .then(() => log.erase())
    .catch(() => undefined);
  return log.entry && stateOf(log.entry);
}
