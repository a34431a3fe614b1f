import type { Cloudflare } from "../client/cloudflare.ts";
import { journalKey } from "./entry.ts";
import type { Journal } from "./journal.ts";
import { readJournal } from "./log.ts";
import { runToEnd } from "./loop.ts";
import type { RotationOptions, Target } from "./options.ts";
import { Run } from "./run.ts";
import { type Rotation, type RotationState, stateOf } from "./state.ts";
import type { Adoption } from "./steps/adopt.ts";

/**
 * Rotates a client's secret: creates a new one, delivers it to the sinks, verifies it and confirms that it is deployed. Both
 * secrets work then; with `finish` it also deletes the old one. It continues a rotation that is under way, so running it
 * again is always right.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options the journal, the sinks and how to go about it. `acceptDowntime` creates a usable secret where a second one
 *   exists that nobody has.
 * @returns The rotation, `verified` or `done`.
 * @throws {RotationError} `code` says why it stopped, `nextStep` what continues it.
 * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/rotate_secret/
 */
export function rotateClientSecret(client: Cloudflare, target: Target, options: RotationOptions): Promise<Rotation> {
  return runToEnd(new Run(client, target, options, options.acceptDowntime ? "recover" : "rotate"));
}

/**
 * Continues an interrupted rotation, wherever it stopped.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options only the journal is needed, and the sinks that do not have the secret yet. `acceptChange` delivers although
 *   the client was changed since. `acceptDowntime` recovers, as in {@link rotateClientSecret}.
 * @returns The rotation, `verified` or `done`.
 * @throws {RotationError} `no-rotation` if none is under way.
 */
export function resumeRotation(client: Cloudflare, target: Target, options: RotationOptions): Promise<Rotation> {
  const goal = options.acceptDowntime ? "recover" : "rotate";
  return runToEnd(new Run(client, target, options, goal), { need: "under way" });
}

/**
 * Continues a rotation whose journal is lost, with the new secret that a sink still holds. It starts a new journal, delivers the
 * secret to every sink and verifies it. To finish later you must accept the client as it is then (`acceptChange`), because nobody
 * knows what happened in between.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options `secret`, and the `sha256` that the rotation reported: a secret with another one is refused.
 * @returns The rotation, `verified` or `done`.
 * @throws {RotationError} `check-failed` for another secret; `rotation-in-progress` if the journal knows of a rotation under
 *   way; `no-rotation` if the client has no second secret; `verification-failed` if the secret is refused.
 */
export function adoptRotation(
  client: Cloudflare,
  target: Target,
  options: RotationOptions & Adoption,
): Promise<Rotation> {
  return runToEnd(new Run(client, target, options, "rotate"), { adoption: options });
}

/**
 * Deletes the old secret. First it verifies the new one and confirms its deployment again, and checks that nobody has changed
 * the client since. If the rotation is done already, it does nothing.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options only the journal is needed, and the sinks or the check that confirm the deployment.
 * @returns The rotation, `done`.
 * @throws {RotationError} `no-rotation` if the journal has none. `overlap-not-over`, `client-changed`, `check-failed`,
 *   `verification-failed`, `verification-inconclusive`: nothing was deleted. `outcome-unknown`: it may have been; finish again.
 * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/delete_rotated_secret/
 */
export function finishRotation(client: Cloudflare, target: Target, options: RotationOptions): Promise<Rotation> {
  return runToEnd(new Run(client, target, options, "finish"), { need: "known" });
}

/**
 * Reads the state of a client's latest rotation from the journal. Sends nothing.
 *
 * @param target which client's secret.
 * @param options the journal.
 * @returns Its state; undefined if the journal has no rotation of the client.
 * @throws {RotationError} `journal-failed`, or `journal-mismatch` for an entry that is cut or of another client.
 */
export async function inspectRotation(
  target: Target,
  options: { readonly journal: Journal },
): Promise<RotationState | undefined> {
  const { journal } = options;
  const latest = await readJournal(journal, target);
  // A run that was interrupted after `done` leaves older entries, which hold the secret.
  if (latest?.entry.phase === "done" && latest.hasOlder)
    await journal.erase(journalKey(target.accountId, target.clientId), latest.sequence).catch(() => undefined);
  return latest && stateOf(latest.entry);
}
