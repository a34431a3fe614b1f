import type { Session } from "../session/session.ts";
import { reportOf, type Told } from "./client-report.ts";
import { leftAlone } from "./left-alone.ts";
import { type OpenedPlan, openPlan, planLine } from "./open-plan.ts";
import type { Candidate, Decision } from "./run-client.ts";
import { runPlan } from "./run-plan.ts";

/** `finish --plan`: deletes the old secrets whose overlap is over. */
export async function finishPlan(session: Session, path: string): Promise<number> {
  const opened = await openPlan(session, path);
  const decide = (candidate: Candidate) => decideFinish(opened, candidate);
  return runPlan(opened, { command: "finish", addMask: false, isDry: false, decide });
}

function decideFinish(opened: OpenedPlan, { planned, state }: Candidate): Decision {
  const report = (told: Pick<Told, "result"> & Partial<Told>): Decision => ({
    report: reportOf(opened.session, planned, state, { command: "finish", exitCode: 0, ...told }),
  });
  if (!state || state.phase === "done") return report({ result: "nothing to finish" });
  const alone = leftAlone(opened.session, planned, state);
  if (alone) return report(alone);
  if (state.phase === "finishing") return { urgency: Number.POSITIVE_INFINITY };
  // `rotate --plan` continues what was interrupted before that, and has reported it.
  if (state.phase !== "verified")
    return report({ result: "under way", nextStep: "resume", nextCommand: planLine(opened, "rotate") });
  const over = Date.now() - (state.finishFrom?.getTime() ?? 0);
  if (over >= 0) return { urgency: over };
  const next = state.nextStep && { nextStep: "finish", nextCommand: planLine(opened, "finish") };
  return report({ result: "not yet due", ...next });
}
