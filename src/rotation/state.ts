import type { Entry, Phase, SinkConfirmation } from "./entry.ts";
import { overlapEnd } from "./overlap.ts";

/**
 * What continues a rotation, with no decision of a person: following it alone leads to an end. `create`, `rotate`, `resume`,
 * `finish` and `adopt` stand for the functions of these names, and for the commands.
 */
export type NextStep = "create" | "rotate" | "resume" | "finish" | "adopt";

/** A rotation as the journal has it; without the secret. */
export interface RotationState {
  /** Its phase. */
  readonly phase: Phase;
  /** Its state in a few sentences, which say only what was seen. */
  readonly summary: string;
  /** The function that continues it. Undefined when it is done, and where a person has to decide something first. */
  readonly nextStep: NextStep | undefined;
  /** The account, 32 characters. */
  readonly accountId: string;
  /** The client's `client_id`. */
  readonly clientId: string;
  /** The API at which it began. */
  readonly baseURL: string;
  /** The authorization server that verifies the secret. */
  readonly issuer: string;
  /** The SHA-256 of the new secret, in hex; undefined until it is issued. */
  readonly sha256: string | undefined;
  /** The names of the sinks and, if the caller gave one, the `spec` to create each again. */
  readonly sinks: Entry["sinks"];
  /** Names of the sinks that have the secret. */
  readonly delivered: readonly string[];
  /** What the caller declined: `verify`, that the issuer accepts the secret; `check`, that it is deployed. */
  readonly declined: Entry["declined"];
  /** How each sink was shown to hold the new secret, by its name. */
  readonly confirmations: Readonly<Record<string, SinkConfirmation>>;
  /** Whether the client has no other secret: it was created with this one. */
  readonly isOnly: boolean;
  /** What the caller gave with the rotation. */
  readonly memo: Readonly<Record<string, string>>;
  /** Whether the caller accepted a downtime, so that an older secret may be gone. */
  readonly acceptDowntime: boolean;
  /** When it began. */
  readonly startedAt: Date;
  /** When the old secret may be deleted; undefined until the new one is verified. */
  readonly finishFrom: Date | undefined;
  /** When it was done or abandoned; undefined until then. */
  readonly finishedAt: Date | undefined;
  /** Milliseconds during which no deployed secret may have worked; undefined if there was no such time, or it is not over. */
  readonly downtime: number | undefined;
  /** Why it was abandoned; undefined if it was not. */
  readonly abandoned: string | undefined;
  /** How often a scheduled try has failed since the last success, and when it last did; undefined if none has. */
  readonly failed: { readonly count: number; readonly at: Date } | undefined;
}

/** A rotation, with the secret. */
export interface Rotation extends RotationState {
  /**
   * The new secret. A function, so that no log shows it by accident.
   *
   * @returns The secret; undefined once the rotation is done.
   */
  revealSecret(): string | undefined;
}

/** Describes a rotation: the one place that decides its summary and its next step. */
export function stateOf(entry: Entry): RotationState {
  const { finishedAt, downtimeFrom, downtimeUntil } = entry;
  const end = overlapEnd(entry);
  return {
    phase: entry.phase,
    summary: [factsOf(entry), decisionBeforeFinish(entry)].filter(Boolean).join(" "),
    nextStep: nextStepOf(entry),
    accountId: entry.accountId,
    clientId: entry.clientId,
    baseURL: entry.baseURL,
    issuer: entry.issuer,
    sha256: entry.sha256,
    sinks: entry.sinks,
    delivered: entry.delivered,
    confirmations: entry.proofs,
    declined: entry.declined,
    isOnly: entry.isOnly === true,
    memo: entry.memo ?? {},
    acceptDowntime: entry.acceptDowntime,
    startedAt: new Date(entry.startedAt),
    finishFrom: end === undefined ? undefined : new Date(end),
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
    downtime: downtimeUntil === undefined ? undefined : downtimeUntil - (downtimeFrom ?? downtimeUntil),
    abandoned: entry.abandoned,
    failed: entry.failed && { count: entry.failed.count, at: new Date(entry.failed.at) },
  };
}

/** What continues a rotation with no decision of a person; following it leads to an end. */
function nextStepOf(entry: Entry): NextStep | undefined {
  if (entry.phase === "done") return undefined;
  // The log of a creation has no other phase.
  if (entry.phase === "requesting" && entry.isOnly) return "create";
  if (entry.phase !== "verified" && entry.phase !== "finishing") return "resume";
  return decisionBeforeFinish(entry) === undefined ? "finish" : undefined;
}

/** What a person has to decide before the old secret can be deleted; undefined if nothing. */
export function decisionBeforeFinish(entry: Entry): string | undefined {
  const { phase, baseline, changeSeen, sinks, proofs, declined, isOnly } = entry;
  if (phase !== "verified") return undefined;
  const unconfirmed = sinks.filter(({ name }) => !proofs[name]).map(({ name }) => name);
  const lacking =
    unconfirmed.length > 0 && !declined.check
      ? `Finishing needs a check or a read-back for ${unconfirmed.join(", ")}, or the check declined.`
      : undefined;
  // Nothing is deleted, so that no change matters.
  if (isOnly) return lacking;
  if (baseline !== undefined && changeSeen !== undefined && changeSeen !== baseline)
    return `The client was changed since this rotation, at ${changeSeen}. Finishing needs this change to be accepted.`;
  if (baseline === undefined)
    return "Nothing shows whether anybody else has changed the client since. Finishing needs the client to be accepted as it is now.";
  return lacking;
}

/** Whether a rotation that has not come to its end has deleted a secret; empty for the only secret of a new client. */
export function deletedSoFar({ downtimeFrom, deletion, isOnly }: Entry): string {
  if (isOnly) return "";
  if (deletion === "confirmed") return "The API confirmed that the old secret is deleted.";
  if (deletion === "shown") return "The API shows no old secret any more.";
  return downtimeFrom === undefined ? "This rotation has deleted no secret." : "An older secret may be gone.";
}

/** What was seen of a rotation. */
export function factsOf(entry: Entry): string {
  const { phase, abandoned, sinks, delivered, deletion, isOnly, client } = entry;
  const deleted = deletedSoFar(entry);
  const kept = deleted && ` ${deleted}`;
  switch (phase) {
    case "requesting":
      if (isOnly) return `The client ${client.client_name} may have been created, but no response is recorded.`;
      return `A new secret may have been requested, but no response is recorded.${kept}`;
    case "issued":
      return `The new secret is in the journal, and ${delivered.length} of ${sinks.length} sinks have it.${kept}`;
    case "delivered":
      return `Every sink has the new secret; it is not verified yet.${kept}`;
    case "verified":
      return `${shownOf(entry)}${kept}`;
    case "finishing":
      if (deletion === "confirmed")
        return "The API confirmed that the old secret is deleted. The new one, which is in the journal, has to be verified once more.";
      return "The deletion of the old secret may have been requested, but no response is recorded.";
    case "recovering":
      return "An old secret is being deleted to make room for a new one. Until that is delivered, deployed secrets may not work.";
    case "done":
      return abandoned === undefined ? endOf(entry) : `This rotation ended without a new secret: ${abandoned}.`;
  }
}

function waysOf(confirmations: readonly SinkConfirmation[]): string {
  const ways = new Set(confirmations.flatMap(({ by, isChecked }) => (isChecked ? [by, "check"] : [by])));
  return [...ways].map((way) => (way === "check" ? "a check" : way)).join(" and ");
}

function shownOf({ declined, sinks, proofs }: Entry): string {
  const unconfirmed = sinks.filter(({ name }) => !proofs[name]).map(({ name }) => name);
  const works = declined.verify
    ? "The new secret was delivered. It was not verified, because that was declined."
    : "The new secret was verified.";
  return unconfirmed.length > 0
    ? `${works} Its deployment in ${unconfirmed.join(", ")} is not confirmed.`
    : `${works} Its deployment was confirmed by ${waysOf(Object.values(proofs))}.`;
}

/** Whether an entry is no rotation, but the date of a secret that a person has recorded. */
export function isRecordedByHand({
  phase,
  sha256,
  abandoned,
}: Pick<RotationState, "phase"> & Partial<Pick<RotationState, "sha256" | "abandoned">>): boolean {
  return phase === "done" && sha256 === undefined && abandoned === undefined;
}

function endOf(entry: Entry): string {
  const { deletion, declined, isOnly } = entry;
  if (isRecordedByHand(entry)) return "The date of this secret was recorded by hand.";
  if (isOnly)
    return declined.verify
      ? "The new secret was delivered. It was not verified, because that was declined."
      : "The new secret was delivered and verified.";
  if (deletion === undefined) return "This rotation is finished.";
  const gone =
    deletion === "confirmed"
      ? "The API confirmed that the old secret is deleted"
      : "The API shows no old secret any more";
  return declined.verify
    ? `${gone}. The new one was not verified, because that was declined.`
    : `${gone}, and the new one works.`;
}
