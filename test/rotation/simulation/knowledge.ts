import type { SimulatedJournal } from "./journals.ts";
import { last } from "./last.ts";
import type { Change, EntryFields, Ledger, SecretLife } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Server } from "./server.ts";
import type { Place } from "./services.ts";

/** What a claim is held against. */
export interface Claimed {
  readonly ledger: Ledger;
  readonly server: Server;
  readonly process: Process;
  readonly journal: SimulatedJournal;
  readonly journals: readonly SimulatedJournal[];
  readonly places: readonly Place[];
  readonly now: number;
}

/** Whether something is so. */
export type Known = (claimed: Claimed) => boolean;

/** The longest lag of reads that is allowed for, and how near a foreign change may be to ours, in ms. */
const [longestLag, nearness] = [30_000, 2000];

/** The latest entry that the process knows. */
export function viewOf({ process }: Claimed): EntryFields | undefined {
  const { won, look } = process;
  // What it has ended itself it speaks of, even if it has seen the next rotation since. A creation's own log has no sinks.
  const isEnd = won?.entry.phase === "done" && won.entry.sinks?.length;
  const hasEnded = isEnd && look?.entry?.rotation !== won.entry.rotation;
  return hasEnded ? won.entry : look?.entry;
}

/** The secret that the process is about: the one of its view, or the one that it was just sent. */
export function ownSecret(claimed: Claimed): SecretLife | undefined {
  const { ledger, journal, process } = claimed;
  const made = last(ledger.changes, ({ by, secret }) => by === process && secret !== undefined)?.secret;
  const rotation = viewOf(claimed)?.rotation;
  const issued = last(journal.appends, ({ entry }) => entry.secret !== undefined && entry.rotation === rotation);
  return made ?? ledger.lifeOf(issued?.entry.secret ?? "");
}

export function isOwn({ journal }: Claimed, { by, announcement }: Change, rotation: string | undefined): boolean {
  return by?.journal === journal.name && announcement?.entry.rotation === rotation;
}

/** Requests of the process's rotation. */
export function ownRequests(claimed: Claimed, kind: Change["kind"]): Change[] {
  const rotation = viewOf(claimed)?.rotation;
  return claimed.ledger.changes.filter((change) => change.kind === kind && isOwn(claimed, change, rotation));
}

/** Those that were applied. */
export function ownChanges(claimed: Claimed, kind: Change["kind"]): Change[] {
  return ownRequests(claimed, kind).filter(({ appliedAt }) => appliedAt !== undefined);
}

/** Whether something was applied, since our secret was asked for, that is not this rotation's. */
export function hasForeign(claimed: Claimed, holds: (change: Change) => boolean): boolean {
  const rotation = viewOf(claimed)?.rotation;
  const own = ownSecret(claimed);
  // Two seconds by the server's Date, which is cut to whole ones.
  const since = (own?.madeBy?.calledAt ?? own?.bornAt ?? 0) - nearness - 1000;
  return claimed.ledger.changes.some(
    (change) =>
      (change.appliedAt ?? Number.NEGATIVE_INFINITY) >= since &&
      !(isOwn(claimed, change, rotation) && change.secret === own) &&
      !(isOwn(claimed, change, rotation) && change.kind === "DELETE") &&
      holds(change),
  );
}

export function hasChanged({ ledger, process }: Claimed, kinds: readonly string[]): boolean {
  return ledger.changes.some(
    ({ by, kind, appliedAt }) => by === process && kinds.includes(kind) && appliedAt !== undefined,
  );
}

/** Whether reads that lag longer than is allowed for, or a request applied later than that, excuse what is said. */
export function isBeyondLimits({ ledger }: Claimed): boolean {
  return (
    ledger.longestLag > longestLag ||
    ledger.changes.some(
      ({ by, appliedAt = 0, sentAt, announcement }) =>
        by &&
        (appliedAt > sentAt + by.timeout + longestLag || sentAt > (announcement?.calledAt ?? sentAt) + longestLag),
    )
  );
}

export function holds(claimed: Claimed): boolean {
  const own = ownSecret(claimed);
  return own === undefined || claimed.journal.holds(own.value);
}

export function countOf(claimed: Claimed): number {
  const own = ownSecret(claimed);
  const has = claimed.ledger.deliveries.filter(({ value }) => value === own?.value);
  return new Set(has.map(({ sink }) => sink)).size;
}

export const wasAccepted: Known = (claimed) => {
  const own = ownSecret(claimed);
  return own === undefined || claimed.ledger.acceptances.has(own.value);
};

export const isOldDead: Known = (claimed) => {
  const own = ownSecret(claimed);
  return (
    own === undefined || isBeyondLimits(claimed) || claimed.ledger.alive.every(({ number }) => number >= own.number)
  );
};

export const isConfirmedDeletion: Known = (claimed) =>
  ownChanges(claimed, "DELETE").some(({ confirmedAt }) => confirmedAt !== undefined);

export const hasDeployed: Known = (claimed) => {
  const own = ownSecret(claimed);
  const sinks = viewOf(claimed)?.sinks ?? [];
  return own === undefined || sinks.every(({ name }) => claimed.ledger.confirmations.has(`${name} ${own.value}`));
};

export const hasSentNothing: Known = ({ process }) => process.requests === 0;
export const hasSentNoDeletion: Known = ({ ledger, process }) =>
  !ledger.changes.some(
    ({ by, kind, announcement }) => by === process && kind === "DELETE" && announcement === process.won,
  );
