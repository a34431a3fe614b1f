import type { OAuthClientGetResponse } from "../../client/iam.ts";
import { APIError } from "../../client/index.ts";
import {
  countFailure,
  finishRotation,
  RotationError,
  type RotationEvent,
  type RotationState,
  rotateClientSecret,
} from "../../rotation/index.ts";
import { type Attempt, attempt, type Work } from "../attempt/attempt.ts";
import { dryRunOfPlan } from "../attempt/dry-run.ts";
import { summarise } from "../attempt/github-actions.ts";
import type { GivenOptions } from "../attempt/option-table.ts";
import { type Look, rotationUnderWay } from "../attempt/standing.ts";
import { target } from "../session/session.ts";
import { CommandError } from "../terminal/command-error.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import { messageOf } from "../terminal/text.ts";
import { type ClientReport, reportOf, type Told, warnOf } from "./client-report.ts";
import { isCounted, isStuck } from "./give-up.ts";
import { type OpenedPlan, planLine } from "./open-plan.ts";
import type { Pace } from "./pace.ts";
import type { PlannedClient } from "./plan.ts";
import { moved, optionsOf } from "./planned-options.ts";

/** A client of a plan, and what the journal has of it. */
export interface Candidate extends Look {
  readonly planned: PlannedClient;
}

/** What is to be done with a client: work, the sooner the higher its urgency; or nothing, which is reported. */
export type Decision =
  | { readonly urgency: number; readonly warnings?: readonly string[] }
  | { readonly report: ClientReport };

/** What is done with the clients of a plan. */
export interface PlanWork {
  readonly command: "rotate" | "finish";
  readonly addMask: boolean;
  /** Makes only the checks that change nothing. */
  readonly isDry: boolean;
  /** What is to be done with a client, now: a window closes while others are worked on. */
  decide(candidate: Candidate): Decision | Promise<Decision>;
}

const runs = { rotate: rotateClientSecret, finish: finishRotation } as const;

/** How often a client is tried again whose request was refused because of the API's limit. */
const patience = 5;

/** Rotates or finishes one client of a plan as soon as the API's limit allows it, and tells the hooks. Never rejects. */
export async function runClient(
  opened: OpenedPlan,
  candidate: Candidate,
  planWork: PlanWork,
  pace: Pace,
): Promise<ClientReport> {
  const { session, hooks } = opened;
  const { output } = session;
  const { planned } = candidate;
  const { command, isDry } = planWork;
  const shown = nameOf(planned);
  const close = await room(opened, planned);
  const decision = await planWork.decide(candidate);
  if ("report" in decision) {
    close?.();
    output.note(`  ${shown}: ${decision.report.result} (${pace.next()})`);
    warnOf(output, decision.report);
    return decision.report;
  }
  const begun = rotationUnderWay(candidate.state);
  const warnings: string[] = [];
  const made = (state: RotationState | undefined, told: Omit<Told, "command">): ClientReport =>
    reportOf(session, planned, state, { command, warnings, ...told });
  const warn = (message: string): void => {
    warnings.push(message);
    output.warn(`${shown}: ${message}`);
  };
  for (const warning of decision.warnings ?? []) warn(warning);
  if (!isDry) await hooks.tell("started", made(begun, { result: "under way", exitCode: 0 }));
  const work = workOf(opened, candidate, planWork, warn);
  const { state, ending } = await unlessThrottled(opened, planned, close, {
    run: () => {
      const works = command === "finish" ? "finishing" : begun ? `continuing, from ${begun.phase}` : "rotating";
      const what = isDry ? "checking" : works;
      output.note(`  ${shown}: ${what}`);
      return isDry ? dryRunOfPlan(session, work) : attempt(session, work);
    },
    mayGoOn: async (state = candidate.state) => "urgency" in (await planWork.decide({ ...candidate, state })),
  });
  if (ending.exitCode !== 0) output.fail(`${shown}: ${ending.message}`);
  const progress = pace.next();
  if (ending.exitCode !== 0) output.note(`  ${progress}`);
  else if (!isDry) output.note({ mark: "good", text: `${shown}: ${state?.phase} (${progress})` });

  const result = isDry ? (command === "rotate" ? "would be rotated" : "would be finished") : pastOf[command];
  if (ending.exitCode === 0) return end(opened, planWork, made(state, { ...onPlan(opened, ending), result }));
  const counted =
    !isDry && isCounted(ending.code)
      ? await countFailure(target(session, planned.id), session).catch(() => undefined)
      : undefined;
  const failed = { ...onPlan(opened, ending), result: isStuck(counted) ? "stuck" : "failed" } as const;
  if (isStuck(counted)) warn("failed too often in a row, so the plan does not try it any more");
  return end(opened, planWork, made(state, failed));
}

/** Calls the hooks for the end of a client. */
async function end({ hooks }: OpenedPlan, { isDry }: PlanWork, report: ClientReport): Promise<ClientReport> {
  if (isDry) return report;
  summarise(report);
  await hooks.tell(report.ok ? "done" : report.result === "stuck" ? "stuck" : "failed", report);
  return report;
}

const pastOf = { rotate: "rotated", finish: "finished" } as const;

/** The report on a client whose journal could not be read. */
export function lookFailed(
  { session }: OpenedPlan,
  planned: PlannedClient,
  command: string,
  error: unknown,
): ClientReport {
  const message = messageOf(error);
  const code = error instanceof RotationError || error instanceof CommandError ? error.code : "journal-failed";
  session.output.fail(`${nameOf(planned)}: ${message}`);
  const told = { command, result: "failed", exitCode: exitCodeOf(error), code, message } as const;
  return reportOf(session, planned, undefined, told);
}

/** How a message names a client. */
function nameOf({ name, id }: PlannedClient): string {
  return `${name} (${id})`;
}

/** The work of the command for one client, with the options that the plan has for that client. */
function workOf(
  { session }: OpenedPlan,
  { planned, ...looked }: Candidate,
  { command, addMask }: PlanWork,
  warn: (message: string) => void,
): Work {
  const options = (state: RotationState | undefined): GivenOptions => {
    const underWay = rotationUnderWay(state);
    if (command === "finish" && underWay && moved(planned, underWay).length > 0)
      throw new CommandError(
        "plan-changed",
        `The plan has a sink of ${planned.name} at another place than this rotation, which delivered nothing there. Deliver first, by resume --replace-sink, or finish it as it was begun, by the command for one client. Nothing was deleted.`,
      );
    return { ...optionsOf(planned, underWay), ...(addMask && { addMask: true }) };
  };
  return {
    command,
    where: target(session, planned.id),
    options,
    run: runs[command],
    looked,
    recognise: (found) => requireName(planned, found),
    onEvent: (event: RotationEvent) => {
      if (event.type === "warning") warn(event.message);
      if (event.type === "downtime" && event.until === undefined)
        warn("downtime may start now; it ends when every sink has the new secret");
    },
  };
}

/** The next command of a client's ending, where the plan's does it for all. */
function onPlan(opened: OpenedPlan, ending: Attempt["ending"]): Attempt["ending"] {
  const { nextStep, exitCode } = ending;
  const isForAll = nextStep === "rotate" || (nextStep === "finish" && exitCode === 0);
  return isForAll ? { ...ending, nextCommand: planLine(opened, nextStep) } : ending;
}

type Close = (() => void) | undefined;

/** Waits until the limit has room for a client. */
function room({ session, limit }: OpenedPlan, { id }: PlannedClient): Promise<Close> {
  // Aborted, the run ends at once and reports its state.
  return limit.opened(id, session.signal).catch(() => undefined);
}

/** A refusal because of the limit has changed nothing: it is no failure of the client. */
async function unlessThrottled(
  opened: OpenedPlan,
  planned: PlannedClient,
  close: Close,
  { run, mayGoOn }: { run(): Promise<Attempt>; mayGoOn(state: RotationState | undefined): Promise<boolean> },
): Promise<Attempt> {
  const { signal, output } = opened.session;
  let end = close;
  for (let again = 1; ; again++) {
    const attempted = await run();
    end?.();
    if (!isThrottled(attempted) || again === patience || signal.aborted) return attempted;
    output.note(`  ${nameOf(planned)}: waiting, since the API refuses requests for now`);
    end = await room(opened, planned);
    if (await mayGoOn(attempted.state)) continue;
    end?.();
    return attempted;
  }
}

function isThrottled({ error }: Attempt): boolean {
  const cause = error instanceof RotationError ? error.cause : undefined;
  return cause instanceof APIError && cause.status === 429;
}

/** An id that is mistyped, but another client's, would rotate that. */
function requireName({ id, name }: PlannedClient, { client_name: found }: OAuthClientGetResponse): void {
  if (found !== name)
    throw new CommandError(
      "name-mismatch",
      `The plan calls the client ${id} ${JSON.stringify(name)}, and the API ${found === undefined ? "has no name for it" : JSON.stringify(found)}: if it is the one that is meant, correct the name in the plan. Nothing was changed.`,
    );
}
