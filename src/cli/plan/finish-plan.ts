import type { Session } from "../session/session.ts";
import { clientReport } from "./client-report.ts";
import { type Fleet, planLine, withFleet } from "./open-plan.ts";
import { type Decision, runFleet, type Standing } from "./run-plan.ts";

/** `finish --plan`: deletes the old secrets whose overlap is over. */
export function finishFleet(session: Session, path: string): Promise<number> {
  return withFleet(session, "finish", path, (fleet) =>
    runFleet(
      fleet,
      { command: "finish", addMask: false, isDry: false },
      (standing) => decide(fleet, standing),
      async () => true,
    ),
  );
}

function decide(fleet: Fleet, { planned, state }: Standing): Decision {
  const report = (...[result, ending]: [Parameters<typeof clientReport>[2], object?]): Decision => ({
    report: clientReport(fleet.session, planned, result, state, { command: "finish", exitCode: 0, ...ending }),
  });
  if (!state || state.phase === "done") return report("nothing to finish");
  if (state.phase === "finishing") return { urgency: Number.POSITIVE_INFINITY };
  // What was cut short before is an affair of `rotate`, which has told of it.
  if (state.phase !== "verified")
    return report("under way", { nextStep: "resume", nextCommand: planLine(fleet, "rotate") });
  const over = Date.now() - (state.finishFrom?.getTime() ?? 0);
  if (over >= 0) return { urgency: over };
  return report("not yet due", state.nextStep && { nextStep: "finish", nextCommand: planLine(fleet, "finish") });
}
