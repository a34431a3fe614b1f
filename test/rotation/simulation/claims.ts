import type { SimulatedJournal } from "./journals.ts";
import { last } from "./last.ts";
import type { Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Place } from "./services.ts";

/** What a claim is held against. */
export interface Claimed {
  readonly ledger: Ledger;
  readonly process: Process;
  readonly journal: SimulatedJournal;
  readonly journals: readonly SimulatedJournal[];
  readonly places: readonly Place[];
}

/** The secret that the process's journal is about. */
function ownSecret({ ledger, journal, process }: Claimed) {
  const known = journal.appends.find(({ sequence }) => sequence === process.look?.sequence)?.entry.rotation;
  return ledger.lifeOf(
    last(journal.appends, ({ entry }) => entry.secret !== undefined && entry.rotation === known)?.entry.secret ?? "",
  );
}

function changed({ ledger, process }: Claimed, kinds: readonly string[]): boolean {
  return ledger.changes.some(
    ({ by, kind, appliedAt }) => by === process && kinds.includes(kind) && appliedAt !== undefined,
  );
}

/** Words of messages, and what must be true when they are said. To follow the wording, change the pattern. */
export const claims: readonly { readonly words: RegExp; readonly isTrue: (claimed: Claimed) => boolean }[] = [
  {
    words: /only the new secret works|old secret is (gone|deleted)/i,
    isTrue: (claimed) => {
      const own = ownSecret(claimed);
      return own === undefined || claimed.ledger.alive.every(({ number }) => number >= own.number);
    },
  },
  { words: /nothing was changed/i, isTrue: (claimed) => !changed(claimed, ["POST", "DELETE"]) },
  {
    words: /(nothing|no secret) was deleted(?! by this step)/i,
    isTrue: (claimed) => !changed(claimed, ["DELETE"]),
  },
  { words: /no secret was (created|made)/i, isTrue: (claimed) => !changed(claimed, ["POST"]) },
  {
    words: /nobody holds it/i,
    isTrue: ({ ledger, journals, places }) => {
      const newest = ledger.alive.at(-1);
      if (!newest) return true;
      const isHeld = journals.some((journal) => journal.holds(newest.value));
      return !isHeld && !places.some(({ value }) => value === newest.value);
    },
  },
  {
    words: /journal does not (hold|have) (it|the new)/i,
    isTrue: ({ journal, ledger, process }) => {
      const made = last(ledger.changes, ({ by, secret }) => by === process && secret !== undefined)?.secret;
      return made === undefined || !journal.holds(made.value);
    },
  },
  {
    words: /(safe|still) in the journal/i,
    isTrue: ({ journal }) => journal.appends.some(({ entry, isErased }) => !isErased && entry.secret !== undefined),
  },
  { words: /the old secret still works/i, isTrue: () => false },
  {
    words: /the old secret goes on working/i,
    isTrue: ({ ledger }) => {
      const { alive } = ledger;
      return alive.length > 1;
    },
  },
];

/** Names of what a person must decide. */
export const decisions: RegExp =
  /recover|acceptDowntime|accept|adopt|declin|another (journal|folder|network)|where it (was )?beg[au]n|give a check|permission|credentials|other (journal|process|run)|was ended by a signal|delivered to it again|look at the reason|nothing is left to do/i;
