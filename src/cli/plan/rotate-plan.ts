import { ageOf } from "../attempt/age.ts";
import { rotationUnderWay } from "../attempt/rotation-under-way.ts";
import { warnOfThrowAwayRunner } from "../attempt/throw-away-runner.ts";
import { commandLine, type Session } from "../session/session.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { plain } from "../terminal/table.ts";
import { clientReport } from "./client-report.ts";
import { type Fleet, planLine, withFleet } from "./open-plan.ts";
import { type Decision, runFleet, type Standing } from "./run-plan.ts";

/** The options of `rotate --plan`. */
export interface RotateFleetOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly addMask?: boolean;
}

/** `rotate --plan`: goes on with what is under way, and rotates what is due. */
export function rotateFleet(session: Session, path: string, options: RotateFleetOptions): Promise<number> {
  const { dryRun = false, yes = false, addMask = false } = options;
  return withFleet(session, "rotate", path, (fleet) => {
    if (!dryRun) warnOfThrowAwayRunner(fleet.session);
    return runFleet(
      fleet,
      { command: "rotate", addMask, isDry: dryRun },
      (standing) => decide(fleet, standing),
      async (due) => dryRun || yes || !canAsk() || ask(fleet, due),
    );
  });
}

function decide(fleet: Fleet, { planned, state }: Standing): Decision {
  const { session } = fleet;
  const report = (...[result, ending]: [Parameters<typeof clientReport>[2], object?]): Decision => ({
    report: clientReport(session, planned, result, state, { command: "rotate", exitCode: 0, ...ending }),
  });
  if (state?.phase === "verified" || state?.phase === "finishing")
    return report("at rest", state.nextStep && { nextStep: "finish", nextCommand: planLine(fleet, "finish") });
  // Before all others: its new secret is in some sinks, or lost.
  if (rotationUnderWay(state)) return { urgency: Number.POSITIVE_INFINITY };
  const { age, isDue } = ageOf(state, planned.every);
  if (age === undefined)
    return report("age not known", {
      exitCode: 4,
      code: "age-not-known",
      message:
        "The journal knows of no rotation of this client, so whether it is due is not known. Nothing was changed.",
      nextCommand: commandLine(session, "record", planned.id, "--rotated-at <date>"),
    });
  return isDue ? { urgency: age - planned.every } : report("not due");
}

function ask({ session, plan }: Fleet, due: readonly Standing[]): Promise<boolean> {
  const { output, signal } = session;
  output.note(`Of ${plan.clients.length} clients, ${due.length} ${due.length === 1 ? "is" : "are"} due:`);
  for (const { planned } of due)
    output.note(`  ${plain(planned.name)} (${planned.id}), to ${planned.sinks.map(({ name }) => name).join(", ")}`);
  return confirm("Rotate them?", signal);
}
