import type { NextStep, RotationState } from "../../rotation/index.ts";
import { repeatedWords } from "../attempt/options.ts";
import { commandLine } from "../session/command-line.ts";
import type { Session } from "../session/session.ts";
import type { Told } from "./client-report.ts";
import { isStuck, triesFrom } from "./give-up.ts";
import type { PlannedClient } from "./plan.ts";
import { optionsOf } from "./planned-options.ts";
import { shortTime } from "./schedule.ts";

/** The report on a client that a plan leaves alone, since it has failed; undefined if it has not. */
export function leftAlone(
  session: Session,
  planned: PlannedClient,
  state: RotationState | undefined,
): (Pick<Told, "result"> & Partial<Told>) | undefined {
  if (isStuck(state)) return stuck(session, planned, state);
  return triesFrom(state) && { result: "waiting after failure", nextStep: nextStepOf(state) };
}

/** The report on a client that is stuck. */
function stuck(
  session: Session,
  planned: PlannedClient,
  state: RotationState | undefined,
): Pick<Told, "result"> & Partial<Told> {
  const { count = 0, at = new Date() } = state?.failed ?? {};
  const nextStep = nextStepOf(state);
  const words = nextStep === "rotate" ? [repeatedWords(optionsOf(planned, undefined))] : [];
  return {
    result: "stuck",
    exitCode: 4,
    code: "stuck",
    message: `This client has failed ${count} times in a row, the last time at ${shortTime(at)}, so the plan does not try it any more. Nothing was changed. Find out why, and run the command for this client alone: once it succeeds, the plan goes on.`,
    nextStep,
    nextCommand: nextStep && commandLine(session, nextStep, planned.id, ...words),
  };
}

function nextStepOf(state: RotationState | undefined): NextStep | undefined {
  return state === undefined || state.phase === "done" ? "rotate" : state.nextStep;
}
