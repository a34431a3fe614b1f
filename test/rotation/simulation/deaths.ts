import { last } from "./last.ts";
import type { Change, Ledger, SecretLife } from "./ledger.ts";
import type { Process } from "./process.ts";
import type { Server } from "./server.ts";
import type { Place } from "./services.ts";

/** How near to ours a foreign rotation cannot be seen, and how long a read counts, in ms: design.md, R12. */
const nearness = 2000;
/** The round trip before a DELETE, in ms: R17. */
const roundTrip = 1000;
/** How long a verification counts where nothing else shows whether a secret is the newest, in ms. */
const longestVerified = 10_000;
/** The longest lag of reads that is allowed for, in ms. */
const longestLag = 30_000;

/** What the rule needs to know besides the ledger. */
export interface Scene {
  readonly ledger: Ledger;
  readonly server: Server;
  readonly places: readonly Place[];
  now(): number;
  /** Where the sinks of a process lead. */
  placesOf(process: Process): readonly Place[];
  /** What operators accepted, by the journal's name. */
  readonly accepted: ReadonlyMap<string, ReadonlySet<string>>;
  /** What `updated_at` was when a change was sent. */
  readonly shownAt: ReadonlyMap<Change, string>;
  /** Whether the server's time is known, or every machine's clock is right. */
  areClocksKnowable(): boolean;
}

/** `deployed-died`, for a request of ours that was just applied. */
export function judgeDeaths(scene: Scene, change: Change): void {
  const { ledger, places } = scene;
  const { by } = change;
  if (!by) return;
  for (const secret of ledger.secrets.filter(({ killedBy }) => killedBy === change))
    for (const place of places.filter(({ value }) => value === secret.value))
      judgeDeath(scene, change, by, secret, place);
}

function judgeDeath(scene: Scene, change: Change, by: Process, dead: SecretLife, place: Place): void {
  const { ledger } = scene;
  const entry = change.announcement?.entry;
  const ours = ledger.lifeOf(entry?.secret ?? "");
  const isOlder = ours !== undefined && dead.number < ours.number;
  // What came after ours, or beside it, and should have been seen.
  const cause = change.kind === "DELETE" && !isOlder ? ledger.alive.at(-1)?.madeBy : lastForeign(scene, by);
  const at = isOlder ? place.changedAt : (cause?.appliedAt ?? 0);
  const isForeign = cause?.by?.journal !== by.journal;
  const stalled = by.frozen > 0 ? ", after a freeze" : by.delayed > 0 ? ", after a delay" : "";
  const what = `the ${change.kind} of ${by.name} killed S${dead.number}, which ${place.name} uses${stalled}`;
  ledger.judge("deployed-died", what, {
    ...consents(scene, by, change),
    "none of its sinks leads there": () => isOlder && !scene.placesOf(by).includes(place),
    "check declined": () => isOlder && (by.command.check === "declined" || entry?.declined?.check === true),
    "the sink changed after it was confirmed": () =>
      isOlder && (by.confirmed.get(place.name) ?? Number.POSITIVE_INFINITY) < place.changedAt,
    "verify declined, and ours was dead": () =>
      ours !== undefined &&
      ours.diedAt !== undefined &&
      (by.command.isVerifyDeclined || entry?.declined?.verify) === true,
    "foreign rotation within two seconds of ours": () => !isOlder && isForeign && isNearOurs(scene, ours, at),
    "within the round trip": () =>
      isForeign && isUnseen(by, at, change.calledAt, change.kind === "POST" ? nearness : roundTrip),
    "a rotation does not show, and an edit passed for ours": () => isForeign && hasEditForOurs(scene, ours),
    "the flag is never shown": () =>
      change.kind === "POST" && scene.server.manners.flag === "absent" && isForeign && cause !== undefined,
    ...limits(scene, by, [change, ...(cause ? [cause] : [])], isOlder ? undefined : at),
  });
}

/** `deployed-died`, for a delivery of ours that just took effect. */
export function judgeDelivery(
  scene: Scene,
  by: Process,
  place: Place,
  before: string,
  value: string,
  calledAt: number,
): void {
  const { ledger, server } = scene;
  const [old, now] = [ledger.lifeOf(before), ledger.lifeOf(value)];
  if (!old || !now || old.diedAt !== undefined || old === now) return;
  const isDead = now.diedAt !== undefined;
  if (!isDead && now.number > old.number) return;
  const at = now.diedAt ?? old.madeBy?.appliedAt ?? 0;
  const declined = by.look?.entry?.declined?.verify;
  const what = `${by.name} delivered ${isDead ? "the dead" : "the older"} S${now.number} over S${old.number} in ${place.name}`;
  ledger.judge("deployed-died", what, {
    ...consents(scene, by, undefined),
    "verify declined": () => isDead && (by.command.isVerifyDeclined || declined) === true,
    "within two seconds of the last look": () => isUnseen(by, at, calledAt, nearness),
    "foreign rotation within two seconds of ours": () =>
      (isDead ? now.killedBy : old.madeBy)?.by?.journal !== by.journal && isNearOurs(scene, now, at),
    "a rotation does not show": () => !isDead && server.manners.updatedAt !== "moves",
    "a rotation does not show, and an edit passed for ours": () => hasEditForOurs(scene, now),
    // R8: only what was seen stops the delivery of a secret that the journal does not take.
    "unjournaled, and nothing shows a change": () =>
      by.unjournaled === value &&
      (server.manners.updatedAt !== "moves" ||
        !server.manners.hasDate ||
        by.reads.every(({ snapshotAt }) => snapshotAt < at)),
    // Without the server's Date it is not known when ours was made: R12 calls that a state of which nothing is known.
    "no Date, so a rotation cannot be dated": () => !isDead && !server.manners.hasDate,
    // Documented: where nothing shows a change, the secret is verified at most ten seconds before a delivery.
    "verified within ten seconds": () =>
      isDead && by.acceptedSentAt < at && by.acceptedSentAt > calledAt - longestVerified,
    "the issuer still accepted it": () => isDead && server.forgottenAt(value) > calledAt - nearness,
    // Of an adopted secret it is not known when it was made, so nothing is known of what came after.
    "adopted by the operator's word": () => ledger.adopted.has(value) && (!isDead || by.command.name === "adopt"),
    ...limits(scene, by, now.madeBy ? [now.madeBy] : [], at),
  });
}

function consents(scene: Scene, by: Process, change: Change | undefined): Record<string, () => boolean> {
  const { accepted, server, shownAt } = scene;
  return {
    "downtime accepted": () => by.command.name === "recover" || by.won?.entry.acceptDowntime === true,
    "change accepted": () => {
      const shown = (change && shownAt.get(change)) ?? server.updatedAtShown;
      const read = by.reads.at(-1)?.updatedAt ?? shown;
      return [shown, read].some((one) => accepted.get(by.journal)?.has(one));
    },
  };
}

function limits(
  { ledger, areClocksKnowable }: Scene,
  by: Process,
  changes: readonly Change[],
  at: number | undefined,
): Record<string, () => boolean> {
  return {
    "frozen between check and fetch": () => changes.some(({ sentAt, calledAt, by }) => by && sentAt > calledAt),
    "no Date, and a wrong clock": () => !areClocksKnowable(),
    // One clock stood still, and the other was set back: neither shows how much time has passed.
    "it slept, and its clock was set": () => by.slept > 0 && by.clock.setAt !== undefined,
    "reads lagged longer than 30 s": () => by.reads.some((read) => read.servedAt - read.snapshotAt > longestLag),
    "applied after its settling time": () =>
      ledger.changes.some(
        (one) => one.by?.journal === by.journal && (one.appliedAt ?? 0) > one.calledAt + one.by.timeout + longestLag,
      ),
    // Not in design.md's list, and nothing can be done about it: to be documented.
    "lagging reads hid it (not documented)": () => {
      if (at === undefined) return false;
      const since = by.reads.filter(({ servedAt }) => servedAt >= at);
      return since.length > 0 && since.every(({ snapshotAt }) => snapshotAt < at);
    },
  };
}

function lastForeign({ ledger }: Scene, by: Process): Change | undefined {
  return last(ledger.foreignTo(by), ({ kind }) => kind === "POST");
}

/** Whether something happened after the last read that counts was sent, and no read has shown it. */
function isUnseen({ reads }: Process, at: number, calledAt: number, fresh: number): boolean {
  const latest = last(reads, ({ sentAt }) => sentAt <= calledAt);
  // A moment more, for what is between the look at the clock and `fetch`.
  const isFresh = at > calledAt - fresh - 10;
  return isFresh && (!latest || latest.sentAt <= at || latest.servedAt < at || latest.snapshotAt < at);
}

/** Whether rotations do not show, and an edit came so near to ours that it passes for it. */
function hasEditForOurs({ ledger, server }: Scene, ours: SecretLife | undefined): boolean {
  const bornAt = ours?.bornAt ?? 0;
  if (server.manners.updatedAt !== "still") return false;
  return ledger.changes.some(
    ({ kind, appliedAt = 0 }) => kind === "PATCH" && Math.abs(appliedAt - bornAt) <= nearness + 1000,
  );
}

/** Whether something happened so near to the birth of ours that it passes for a part of it. */
function isNearOurs({ server }: Scene, ours: SecretLife | undefined, at: number): boolean {
  const made = ours?.madeBy;
  if (!ours || !made) return false;
  // Without the server's Date, the moment is known only as that at which the response came.
  const until = server.manners.hasDate ? ours.bornAt : (made.confirmedAt ?? ours.bornAt);
  // Without milliseconds, two seconds by the server's dates are up to three.
  const cut = server.manners.hasMilliseconds ? 0 : 1000;
  return at >= ours.bornAt - nearness && at <= until + nearness + cut;
}
