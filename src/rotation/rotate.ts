import type { Cloudflare } from "../client/cloudflare.ts";
import { type Adoption, adopt } from "./adopt.ts";
import { begin, checkOptions, mayGiveUp } from "./begin.ts";
import { deliver, redeliver } from "./deliver.ts";
import { type Entry, journalKey, type Phase, parseEntry, type SinkProof } from "./entry.ts";
import { type NextStep, RotationError } from "./error.ts";
import { eraseOlder, finish, prove, settleDelete, withWishes } from "./finish.ts";
import type { Journal } from "./journal.ts";
import type { RotationOptions, Target } from "./options.ts";
import { giveUpDead, makeRoom } from "./recover.ts";
import { request } from "./request.ts";
import { type Goal, Run } from "./run.ts";
import { JournalKeyError } from "./sealed.ts";

/** A rotation as the journal has it; without the secret. */
export interface RotationState {
  /** Where it stands. */
  readonly phase: Phase;
  /** What leads on; undefined when it is done. */
  readonly nextStep: NextStep | undefined;
  /** The account, 32 characters. */
  readonly accountId: string;
  /** The client's `client_id`. */
  readonly clientId: string;
  /** The API that it was begun at. */
  readonly baseURL: string;
  /** The authorization server that proves the secret. */
  readonly issuer: string;
  /** The SHA-256 of the new secret, in hex; undefined until it is issued. */
  readonly sha256: string | undefined;
  /** The sinks by name and, where the caller gave one, the `spec` to make them again from. */
  readonly sinks: Entry["sinks"];
  /** Names of the sinks that have the secret. */
  readonly delivered: readonly string[];
  /** What the caller declined by name: `verify`, that the secret works; `check`, that it is deployed. */
  readonly declined: Entry["declined"];
  /** How each sink was shown to hold the new secret, by its name. */
  readonly proofs: Readonly<Record<string, SinkProof>>;
  /** What the caller gave with the rotation. */
  readonly memo: Readonly<Record<string, string>>;
  /** Whether it gives up a secret that nobody holds, so that an older one may be gone. */
  readonly acceptDowntime: boolean;
  /** When it began. */
  readonly startedAt: Date;
  /** When the old secret may be deleted; undefined until the new one is verified. */
  readonly finishFrom: Date | undefined;
  /** When it was done, or given up; undefined until then. */
  readonly finishedAt: Date | undefined;
  /** Milliseconds during which no deployed secret may have worked; undefined if there was no such time, or it is not over. */
  readonly downtime: number | undefined;
  /** Why it was given up, if it was. */
  readonly abandoned: string | undefined;
}

/** What a run ended with. */
export interface Rotation extends RotationState {
  /**
   * The new secret. A function, so that no log shows it by accident.
   *
   * @returns The secret; undefined once the rotation is done.
   */
  revealSecret(): string | undefined;
}

/**
 * Rotates a client's secret: creates a new one, delivers it to the sinks, proves that it works and is deployed, and stops
 * there, with both secrets working; with `finish` it goes on to delete the old one. Goes on with a rotation that is under
 * way, so that running it again is always right.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options the journal, the sinks, and how to go about it; `acceptDowntime` is the way out when a second secret exists that nobody holds.
 * @returns At rest (`verified`), or `done`.
 * @throws {RotationError} `code` says why, `nextStep` what leads on.
 * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/rotate_secret/
 */
export function rotateClientSecret(client: Cloudflare, target: Target, options: RotationOptions): Promise<Rotation> {
  return run(new Run(client, target, options, options.acceptDowntime ? "recover" : "rotate"));
}

/**
 * Goes on with a rotation that was cut short, from whatever moment.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options need only the journal, and the sinks that have not had the secret.
 * @returns At rest (`verified`), or `done`.
 * @throws {RotationError} `no-rotation` if none is under way.
 */
export function resumeRotation(client: Cloudflare, target: Target, options: RotationOptions): Promise<Rotation> {
  return run(new Run(client, target, options, "rotate"), "must be under way");
}

/**
 * Goes on with a rotation whose journal is gone, by its secret, which a sink still has: begins a new log with it, delivers it
 * to every sink, and proves it. Finishing it later needs `acceptChange`, since what happened in between is not known.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options `secret`, and the `sha256` that the rotation reported: if they do not belong together, it is refused.
 * @returns At rest (`verified`), or `done`.
 * @throws {RotationError} `check-failed` for another secret; `rotation-in-progress` if the journal knows of a rotation under
 *   way; `no-rotation` if the client has no second secret; `verification-failed` if the secret is refused.
 */
export function adoptRotation(
  client: Cloudflare,
  target: Target,
  options: RotationOptions & Adoption,
): Promise<Rotation> {
  return run(new Run(client, target, options, "rotate"), undefined, options);
}

/**
 * Deletes the old secret: after verifying the new one and the deployment once more, and only if nobody has changed the
 * client since. Done already, it does nothing.
 *
 * @param client has the credentials, the time-out and the base URL.
 * @param target which client's secret.
 * @param options need only the journal, and the sinks or the check that prove the deployment.
 * @returns The rotation, `done`.
 * @throws {RotationError} `overlap-not-over`, `client-changed`, `check-failed`, `verification-failed`,
 *   `verification-inconclusive`: nothing was deleted. `outcome-unknown`: it may have been; finish again.
 * @see https://developers.cloudflare.com/api/resources/iam/subresources/oauth_clients/methods/delete_rotated_secret/
 */
export function finishRotation(client: Cloudflare, target: Target, options: RotationOptions): Promise<Rotation> {
  return run(new Run(client, target, options, "finish"), "must exist");
}

/**
 * What the journal knows of a client's latest rotation. Sends nothing.
 *
 * @param target which client's secret.
 * @param options the journal.
 * @returns Its state; undefined if the journal knows of none.
 * @throws {RotationError} `journal-failed`, or `journal-mismatch` for an entry that is cut or of another client.
 */
export async function inspectRotation(
  target: Target,
  options: { readonly journal: Journal },
): Promise<RotationState | undefined> {
  const { journal } = options;
  const latest = await readJournal(journal, target);
  // Whoever opens the log of a rotation that is done removes what a run that was cut short then left: the secret.
  if (latest?.entry.phase === "done")
    await journal.erase(journalKey(target.accountId, target.clientId), latest.sequence).catch(() => undefined);
  return latest && state(latest.entry);
}

type Step = (run: Run) => Promise<void>;

/** The one step that follows each entry. */
const steps: Readonly<Record<Phase, Step>> = {
  requesting: request,
  issued: deliver,
  delivered: prove,
  verified: finish,
  finishing: settleDelete,
  recovering: makeRoom,
  done: begin,
};

async function run(run: Run, need?: "must exist" | "must be under way", adoption?: Adoption): Promise<Rotation> {
  await open(run);
  if (need && !(need === "must exist" ? run.entry : run.isUnderWay))
    throw run.error(
      "no-rotation",
      `No rotation of this client is under way in the journal${run.entry ? "; the last one is done" : ""}.`,
      run.entry ? undefined : "rotate",
    );
  if (run.goal === "finish" && !run.isUnderWay) return rotation(run.current);
  checkOptions(run);
  try {
    if (adoption) await adopt(run, adoption);
    if (mayGiveUp(run)) await giveUpDead(run);
    if (run.isUnderWay && run.options.redeliver?.length) await redeliver(run, run.options.redeliver);
    // Otherwise it is kept once the secret is proved.
    if (run.entry?.phase === "verified" && (run.options.overlap ?? run.entry.overlap) !== run.entry.overlap)
      await run.append(withWishes(run));
    for (let begun = false; ; begun = true) {
      const { entry } = run;
      if (entry && isAtRest(entry, run.goal, begun)) return rotation(entry);
      run.signal.throwIfAborted();
      await steps[entry?.phase ?? "done"](run);
    }
  } catch (error) {
    if (!run.signal.aborted || error instanceof RotationError) throw error;
    if (!run.isUnderWay)
      throw run.error("interrupted", "The run was ended by a signal before it began anything.", "rotate");
    throw run.error(
      "interrupted",
      "The run was ended by a signal. The journal has all of it.",
      run.entry && nextStep(run.entry),
    );
  }
}

/** Whether a run ends here, with nothing gone wrong. */
function isAtRest({ phase, finish }: Entry, goal: Goal, begun: boolean): boolean {
  return (phase === "done" && begun) || (phase === "verified" && goal !== "finish" && !finish);
}

async function open(run: Run): Promise<void> {
  const latest = await readJournal(run.options.journal, run.target, run.client.baseURL);
  if (!latest) return;
  run.entry = latest.entry;
  run.sequence = latest.sequence;
  // A run that ended between the two left a secret behind.
  if (latest.entry.phase === "done") await eraseOlder(run);
}

/** The latest entry; as a `RotationError`, why it cannot be had. */
export async function readJournal(
  journal: Journal,
  { accountId, clientId }: Target,
  baseURL?: string,
): Promise<{ sequence: number; entry: Entry } | undefined> {
  let latest: Awaited<ReturnType<Journal["latest"]>>;
  try {
    latest = await journal.latest(journalKey(accountId, clientId));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof JournalKeyError)
      throw new RotationError(
        "journal-mismatch",
        `The journal cannot be opened: ${reason}. It was left as it is, and nothing was sent.`,
        { cause },
      );
    throw new RotationError("journal-failed", `The journal could not be read (${reason}). Nothing was sent.`, {
      cause,
    });
  }
  if (!latest) return undefined;
  const mismatch = (what: string) =>
    new RotationError(
      "journal-mismatch",
      `The latest journal entry of this client ${what}. It was left as it is, and nothing was sent.`,
    );
  const entry = parseEntry(latest.entry);
  if (!entry) throw mismatch("is empty, cut or no entry at all");
  if (entry.accountId !== accountId || entry.clientId !== clientId) throw mismatch("is of another account or client");
  if (baseURL !== undefined && entry.baseURL !== baseURL) throw mismatch(`is of another API, at ${entry.baseURL}`);
  return { sequence: latest.sequence, entry };
}

function nextStep({ phase }: Entry): NextStep | undefined {
  if (phase === "done") return undefined;
  return phase === "verified" || phase === "finishing" ? "finish" : "resume";
}

function state(entry: Entry): RotationState {
  const {
    phase,
    accountId,
    clientId,
    baseURL,
    issuer,
    sha256,
    sinks,
    delivered,
    proofs,
    declined,
    memo = {},
    acceptDowntime,
    startedAt,
    verifiedAt,
    finishedAt,
    downtimeUntil,
    abandoned,
  } = entry;
  return {
    phase,
    nextStep: nextStep(entry),
    accountId,
    clientId,
    baseURL,
    issuer,
    sha256,
    sinks,
    delivered,
    proofs,
    declined,
    memo,
    acceptDowntime,
    startedAt: new Date(startedAt),
    finishFrom: verifiedAt === undefined ? undefined : new Date(verifiedAt + entry.overlap),
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
    downtime: downtimeUntil === undefined ? undefined : downtimeUntil - (entry.downtimeFrom ?? downtimeUntil),
    abandoned,
  };
}

function rotation(entry: Entry): Rotation {
  const { secret } = entry;
  return { ...state(entry), revealSecret: () => secret };
}
