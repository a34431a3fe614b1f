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
  const from = triesFrom(state);
  if (!state?.failed || !(from || isStuck(state))) return undefined;
  const { count, at } = state.failed;
  const nextStep = nextStepOf(state);
  const words = nextStep === "rotate" ? [repeatedWords(optionsOf(planned, undefined))] : [];
  const then = from
    ? `The plan tries it again from ${shortTime(from)}. To try it now, run the command for this client alone.`
    : "The plan does not try it any more. Find out why, and run the command for this client alone: once it succeeds, the plan continues with it.";
  const message = `It has failed ${count} times in a row, the last time at ${shortTime(at)}. ${then}`;
  return {
    result: from ? "waiting after failure" : "stuck",
    exitCode: 4,
    code: from ? "waiting-after-failure" : "stuck",
    message,
    // A message is not printed for a client on which nothing was done.
    warnings: [message],
    nextStep,
    nextCommand: nextStep && commandLine(session, nextStep, planned.id, ...words),
  };
}

function nextStepOf(state: RotationState): NextStep | undefined {
  return state.phase === "done" ? "rotate" : state.nextStep;
}
