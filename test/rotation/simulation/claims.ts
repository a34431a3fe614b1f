import {
  type Claimed,
  countOf,
  hasChanged,
  hasDeployed,
  hasForeign,
  hasSentNoDeletion,
  hasSentNothing,
  holds,
  isBeyondLimits,
  isConfirmedDeletion,
  isOldDead,
  ownChanges,
  ownRequests,
  ownSecret,
  viewOf,
  wasAccepted,
} from "./knowledge.ts";

/** A sentence that claims facts, and whether they are so; `said` are the groups of the pattern. */
export interface Claim {
  readonly words: RegExp;
  readonly isTrue: (claimed: Claimed, said: readonly string[]) => boolean;
}

/** Sentences, and what must be true when they are said. To follow the wording, change the pattern. */
export const claims: readonly Claim[] = [
  {
    words: /^The client was changed since this rotation, at /,
    isTrue: (claimed) => hasForeign(claimed, () => true) || isBeyondLimits(claimed),
  },
  {
    words: /^This rotation has deleted no secret\.$/,
    isTrue: (claimed) => ownChanges(claimed, "DELETE").length === 0 || isBeyondLimits(claimed),
  },
  {
    words: /^The new secret is in the journal, and (\d+) of (\d+) sinks have it\.$/,
    isTrue: (claimed, [has, all]) =>
      holds(claimed) && countOf(claimed) >= Number(has) && viewOf(claimed)?.sinks?.length === Number(all),
  },
  {
    words: /^Every sink has the new secret; it is not verified yet\.$/,
    isTrue: (claimed) => countOf(claimed) >= (viewOf(claimed)?.sinks?.length ?? 0),
  },
  {
    words: /^The new secret was verified\.$/,
    isTrue: wasAccepted,
  },
  { words: /^Its deployment was confirmed by [\w -]+\.$/, isTrue: hasDeployed },
  {
    words: /^(?:The new secret was delivered|(?:It|The new one) was not verified, because that was declined)\.$/,
    isTrue: (claimed) => viewOf(claimed)?.declined?.verify === true,
  },
  {
    words: /^The API confirmed that the old secret is deleted, and the new one works\.$/,
    isTrue: (claimed) => isConfirmedDeletion(claimed) && isOldDead(claimed) && wasAccepted(claimed),
  },
  {
    words: /^The API confirmed that the old secret is deleted\.$/,
    isTrue: (claimed) => isConfirmedDeletion(claimed) && isOldDead(claimed),
  },
  { words: /^The new one, which is in the journal, has to be verified once more\.$/, isTrue: holds },
  { words: /^The API shows no old secret any more\.$/, isTrue: isOldDead },
  {
    words: /^The API shows no old secret any more, and the new one works\.$/,
    isTrue: (claimed) => isOldDead(claimed) && wasAccepted(claimed),
  },
  {
    words: /^The old secret is gone\.$/,
    isTrue: (claimed) => {
      const own = ownSecret(claimed);
      return own?.diedAt !== undefined || hasForeign(claimed, ({ kind }) => kind === "PATCH");
    },
  },
  {
    words: /^Another person or process has changed the client since this rotation/,
    isTrue: (claimed) => hasForeign(claimed, () => true) || isBeyondLimits(claimed),
  },
  {
    words:
      /^The response to the request for a new secret was lost, and another person or process has changed the client later/,
    isTrue: (claimed) => claimed.ledger.foreignTo(claimed.process).length > 0 || isBeyondLimits(claimed),
  },
  {
    words: /^Another person or process has deleted an old secret/,
    isTrue: (claimed) =>
      isBeyondLimits(claimed) ||
      hasForeign(claimed, (change) => claimed.ledger.secrets.some(({ killedBy }) => killedBy === change)),
  },
  {
    words: /^The client (?:exists \(.*\), but the response with its secret was lost\.$|.* exists with other settings)/,
    isTrue: ({ server }) => server.exists,
  },
  { words: /^This client was created earlier /, isTrue: ({ server }) => server.exists },
  { words: /^A client named .* exists already: /, isTrue: ({ server }) => server.exists },
  { words: /^The client was created, but /, isTrue: (claimed) => hasChanged(claimed, ["POST"]) },
  { words: /^The client was not created: /, isTrue: (claimed) => !hasChanged(claimed, ["POST"]) },
  { words: /^The new secret was delivered and verified\.$/, isTrue: wasAccepted },
  {
    words: /^This rotation ended without a new secret: the response with the client's first secret was lost\.$/,
    isTrue: ({ server }) => server.exists,
  },
  {
    words: /^The secret was rotated, but /,
    isTrue: (claimed) => hasChanged(claimed, ["POST"]),
  },
  {
    words: /^The secret was not rotated/,
    isTrue: (claimed) => !hasChanged(claimed, ["POST"]),
  },
  {
    words: /^These sinks hold it: (.*)\.$/,
    isTrue: (claimed, [names = ""]) =>
      names
        .split(", ")
        .every((name) =>
          claimed.ledger.deliveries.some(
            ({ sink, value, by }) => sink === name && by === claimed.process && value === ownSecret(claimed)?.value,
          ),
        ),
  },
  {
    words: /^The client already has an old secret that is not deleted/,
    isTrue: ({ process }) => process.reads.some(({ hasOld }) => hasOld === true),
  },
  {
    words:
      /^(?:There is nothing to recover: the|The) new secret is in the journal( and works)?, and (?:nobody has changed|nothing shows) /,
    isTrue: (claimed, [works]) => holds(claimed) && (works === undefined || wasAccepted(claimed)),
  },
  {
    words: /^The issuer refuses the new secret: /,
    isTrue: (claimed) => (claimed.ledger.refusals.get(ownSecret(claimed)?.value ?? "") ?? []).length > 0,
  },
  {
    words: /^The new secret could not be verified: /,
    isTrue: (claimed) => {
      const { probes, command } = claimed.process;
      const isAbout = probes.value === ownSecret(claimed)?.value && command.isVerifyOwn !== true;
      return !isAbout || probes.refused === 0 || probes.accepted > 0;
    },
  },
  { words: /^Nothing was changed\.$/, isTrue: (claimed) => !hasChanged(claimed, ["POST", "DELETE"]) },
  { words: /^(?:Nothing was sent|It was not changed, and nothing was sent)\.$/, isTrue: hasSentNothing },
  {
    words: /^Nothing was (?:sent or written|recorded)\.$/,
    isTrue: (claimed) => hasSentNothing(claimed) && claimed.process.won === undefined,
  },
  {
    words:
      /^None was sent\.$|could not be sent in time\. It was not sent\.$|^It was not sent\.$|which was not sent\.$|^The deletion was not sent: /,
    isTrue: hasSentNoDeletion,
  },
  {
    words: /^Nothing was delivered: /,
    isTrue: (claimed) => !claimed.ledger.deliveries.some(({ by, at }) => by === claimed.process && at >= claimed.now),
  },
  {
    words: /^The journal failed: .* The entry is written\.$|^The entry is written\.$/,
    isTrue: ({ journals, process }) => journals.some(({ appends }) => appends.some(({ by }) => by === process)),
  },
  {
    words: /^This rotation ended without a new secret: the issuer refused its secret a short time ago\.$/,
    isTrue: (claimed) => {
      const own = claimed.ledger.refusals.get(ownSecret(claimed)?.value ?? "") ?? [];
      return own.some((at) => claimed.now - at < 660_000);
    },
  },
  {
    words: /^This rotation ended without a new secret: the issuer refused its secret \(/,
    isTrue: (claimed) => (claimed.ledger.refusals.get(ownSecret(claimed)?.value ?? "") ?? []).length > 0,
  },
  {
    words: /^This rotation ended without a new secret: another person or process has changed the client since\.$/,
    isTrue: (claimed) => hasForeign(claimed, () => true) || isBeyondLimits(claimed),
  },
  {
    words: /^This rotation ended without a new secret: the API refused it with status/,
    isTrue: (claimed) =>
      ownChanges(claimed, "POST").at(-1) !== ownRequests(claimed, "POST").at(-1) || !hasChanged(claimed, ["POST"]),
  },
  {
    words: /^This rotation ended without a new secret: another person or process rotated the client first\.$/,
    isTrue: ({ ledger, process }) =>
      ledger.changes.some(({ kind, by, appliedAt }) => kind === "POST" && by !== process && appliedAt !== undefined),
  },
  {
    words:
      /^The API does not show whether an old secret exists|and the API does not show whether an old secret exists\.$/,
    isTrue: ({ server }) => server.manners.flag === "absent",
  },
  {
    words: /^A second secret was created, but the response with it was lost/,
    // That it is not another's is judged with `secret-missing`.
    isTrue: ({ ledger, now }) => ledger.secrets.some(({ number, bornAt }) => number > 0 && bornAt <= now),
  },
  {
    words: /the sink (.*) holds a secret that it did not hold before, and the issuer accepts it\.$/,
    isTrue: ({ places, ledger }, [name]) => places.some((place) => place.name === name && ledger.lifeOf(place.stored)),
  },
  {
    words: /^Another process has changed this rotation\.$/,
    isTrue: ({ journals, process }) => journals.some(({ appends }) => appends.some(({ by }) => by !== process)),
  },
  {
    words: /^No rotation of this client is under way in the journal(; the last one is done)?\.$/,
    isTrue: (claimed, [isDone]) => (viewOf(claimed)?.phase ?? "none") === (isDone ? "done" : "none"),
  },
  {
    words: /^A rotation of this client is under way in the journal, which knows its age\.$/,
    isTrue: (claimed) => viewOf(claimed)?.phase !== "done",
  },
  {
    words: /^Only this error holds it \(revealSecret\(\)\)\.$/,
    isTrue: (claimed) =>
      !claimed.ledger.deliveries.some(
        ({ by, value, isTold }) => by === claimed.process && isTold && value === ownSecret(claimed)?.value,
      ),
  },
  {
    words: /^The client has no second secret/,
    isTrue: ({ process }) => process.reads.some(({ hasOld }) => hasOld === false),
  },
  {
    words: /^The date of this secret was recorded by hand\.$/,
    isTrue: (claimed) => viewOf(claimed)?.sha256 === undefined,
  },
  { words: /^Stopped by a signal\.$/, isTrue: ({ process }) => process.isInterrupted },
  {
    words: /^These fields differ: /,
    isTrue: ({ ledger }) => ledger.changes.some(({ kind, appliedAt }) => kind === "PATCH" && appliedAt !== undefined),
  },
  {
    words: /^This machine's clock is (\d+) s (ahead of|behind) the server's\.$/,
    isTrue: ({ process, now }, [seconds, where]) =>
      process.ahead(now) * (where === "behind" ? -1 : 1) > 15_000 && Number(seconds) > 0,
  },
  // Never said of an old secret: that it works is not seen.
  { words: /only the new secret works|nobody holds it|the old secret (still|goes on) work/i, isTrue: () => false },
];
