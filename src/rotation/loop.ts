import { checkOptions } from "./check-options.ts";
import type { Entry, Phase } from "./entry.ts";
import { RotationError } from "./error.ts";
import { type Expected, readJournal } from "./log.ts";
import type { Goal } from "./options.ts";
import { read } from "./reads.ts";
import type { Run } from "./run.ts";
import { factsOf, isRecordedByHand, type Rotation, stateOf } from "./state.ts";
import { activateLate } from "./steps/activate.ts";
import { type Adoption, adopt } from "./steps/adopt.ts";
import { begin } from "./steps/begin.ts";
import { confirm, withWishes } from "./steps/confirm.ts";
import { deliver } from "./steps/deliver.ts";
import { finish, settleDeletion } from "./steps/finish.ts";
import { makeRoom } from "./steps/make-room.ts";
import { abandonDead, mayAbandon } from "./steps/recover.ts";
import { redeliver } from "./steps/redeliver.ts";
import { request } from "./steps/request.ts";

/** The one step that follows each entry. */
const steps: Readonly<Record<Phase, (run: Run) => Promise<void>>> = {
  requesting: request,
  issued: deliver,
  delivered: confirm,
  verified: finish,
  finishing: settleDeletion,
  recovering: makeRoom,
  done: begin,
};

/** What a run needs in the journal, or brings along. */
interface Start {
  readonly need?: "known" | "under way";
  readonly adoption?: Adoption;
  /** Whether the run has read the journal already. */
  readonly isOpen?: boolean;
}

/** Takes one step after the other, each from the latest entry, until the goal is reached. */
export async function runToEnd(run: Run, { need, adoption, isOpen }: Start = {}): Promise<Rotation> {
  if (!isOpen) {
    const begins = run.goal === "rotate" ? "rotate" : undefined;
    await open(run, { again: need === "under way" ? "resume" : need === "known" ? "finish" : begins });
  }
  if (need && run.entry && isRecordedByHand(run.entry))
    throw run.error("no-rotation", factsOf(run.entry), {
      todo: "Finish and resume need a rotation, and the journal has none.",
      next: "rotate",
    });
  if (need && !(need === "known" ? run.entry : run.isUnderWay))
    throw run.error(
      "no-rotation",
      `No rotation of this client is under way in the journal${run.entry ? "; the last one is done" : ""}.`,
      { next: run.entry ? null : "rotate" },
    );
  if (run.goal === "finish" && !run.isUnderWay) return rotation(run.current);
  if (run.entry?.isOnly && run.entry.phase === "requesting")
    throw run.error("no-rotation", "This is not a client, but a creation under way.", {
      todo: "To continue it, create the client again, with the same name.",
      next: "create",
    });
  checkOptions(run);
  try {
    if (adoption) await adopt(run, adoption);
    if (mayAbandon(run)) await abandonDead(run);
    if (run.isUnderWay && run.options.redeliver?.length) await redeliver(run, run.options.redeliver);
    if (run.entry?.phase === "verified") {
      await keepAcceptance(run);
      await activateLate(run);
    }
    for (let hasBegun = false; ; hasBegun = true) {
      await keepWishes(run);
      const { entry } = run;
      if (entry && isAtRest(entry, run.goal, hasBegun)) return rotation(entry);
      run.signal.throwIfAborted();
      await steps[entry?.phase ?? "done"](run);
    }
  } catch (error) {
    if (!run.signal.aborted || error instanceof RotationError) throw error;
    throw run.error("interrupted", "Stopped by a signal.");
  }
}

/** Keeps that the caller accepts the client as it is now, also where nothing else is to be done. */
async function keepAcceptance(run: Run): Promise<void> {
  const { baseline } = run.current;
  if (run.options.acceptChange !== undefined && run.goal !== "finish") run.compare(await read(run));
  if (run.current.baseline !== baseline) await run.append(run.current);
}

/**
 * Keeps what this run's caller wants, before the next step: that step may fail, and the next run must not fall back on what an earlier
 * one was given, which may have no check. What is declined is kept only once that step has succeeded. Nothing is written while a change
 * of the client may be under way, because the process that sent it has to record the outcome.
 */
async function keepWishes(run: Run): Promise<void> {
  const phases: readonly (Phase | undefined)[] = ["issued", "delivered", "verified"];
  if (!phases.includes(run.entry?.phase)) return;
  const wished = { ...withWishes(run), declined: run.current.declined };
  if (JSON.stringify(wished) !== JSON.stringify(run.current)) await run.append(wished);
}

/** Whether a run ends here, with nothing gone wrong. */
function isAtRest({ phase, finish }: Entry, goal: Goal, hasBegun: boolean): boolean {
  return (phase === "done" && hasBegun) || (phase === "verified" && goal !== "finish" && !finish);
}

/** Reads the latest entry of the run's log, and erases what a run that ended before it could do so has left behind. */
export async function open(run: Run, expected: Omit<Expected, "baseURL"> = {}): Promise<void> {
  const latest = await readJournal(run.options.journal, run.target, { ...expected, baseURL: run.client.baseURL });
  if (!latest) return;
  run.log.open(latest);
  if (latest.entry.phase === "done" && latest.hasOlder) await run.eraseOlder();
}

function rotation(entry: Entry): Rotation {
  const { secret } = entry;
  return { ...stateOf(entry), revealSecret: () => secret };
}
