import { inspectRotation, RotationError, type RotationState } from "../../rotation/index.ts";
import { target } from "../session/session.ts";
import { exitCodeOfSignal } from "../session/signals.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import { messageOf } from "../terminal/message-of.ts";
import { type ClientReport, clientReport } from "./client-report.ts";
import { lookAtAll } from "./look-at-all.ts";
import { type Fleet, planLine } from "./open-plan.ts";
import { Pace } from "./pace.ts";
import type { PlannedClient } from "./plan.ts";
import { Reports } from "./reports.ts";
import { runClient, type Work } from "./run-client.ts";
import { schedule } from "./schedule.ts";

/** A client of a plan, and what the journal has of it. */
export interface Standing {
  readonly planned: PlannedClient;
  readonly state: RotationState | undefined;
  /** When the journal was read, by `performance.now()`. */
  readonly seen: number;
}

/** What is to be done with a client: work, the sooner the higher its urgency; or nothing, which is reported. */
export type Decision = { readonly urgency: number } | Reported;

interface Reported {
  readonly report: ClientReport;
}

/** Looks at each client, works on those that need it, and shows what became of all. */
export async function runFleet(
  fleet: Fleet,
  work: Work,
  decide: (standing: Standing) => Decision,
  isAgreed: (due: readonly Standing[]) => Promise<boolean>,
): Promise<number> {
  const { session, plan, hooks, limit } = fleet;
  const decisions = await lookAtAll(
    plan.clients,
    async (planned) => {
      const standing = await standingOf(fleet, work, planned);
      if ("report" in standing) return standing;
      const decision = decide(standing);
      return "report" in decision ? decision : { ...standing, ...decision };
    },
    plan.concurrency,
  );
  const due = decisions.filter((one) => "urgency" in one).sort((a, b) => b.urgency - a.urgency);
  if (due.length > 0 && !(await isAgreed(due))) {
    session.output.fail("Nothing was changed.");
    return 1;
  }

  const { command, isDry } = work;
  const { output, accountId } = session;
  const head = { command, ...(isDry && { dryRun: true }), plan: plan.path, accountId, run: hooks.run };
  const reports = new Reports(output, head);
  const overdue: ClientReport[] = [];
  const add = (planned: PlannedClient, report: ClientReport) => {
    reports.add(planned, report);
    if (isOverdue(report) && !isDry) overdue.push(report);
  };
  for (const [index, planned] of plan.clients.entries()) {
    const decision = decisions[index];
    if (decision && "report" in decision) add(planned, decision.report);
  }
  // These reports are written. A plan of thousands must not keep them in memory.
  decisions.length = 0;

  const { parallel, stopAfterFailures } = plan;
  const { signal, signals } = session;
  signals.nextCommand = planLine(fleet, command);
  const pace = new Pace(due.length, limit);
  const outcomes = await schedule(
    due,
    { parallel, stopAfterFailures, signal },
    async (standing) => {
      const report = await runClient(fleet, standing, work, pace);
      add(standing.planned, report);
      return report.ok;
    },
    (isOk) => !isOk,
  );
  for (const [index, { planned, state }] of due.entries())
    if (outcomes[index] === undefined) add(planned, notStarted(fleet, work, planned, state));

  // No signal: the hooks must also hear of clients that a signal kept from being rotated.
  const options = { parallel, stopAfterFailures: Number.POSITIVE_INFINITY, signal: new AbortController().signal };
  await schedule(
    overdue,
    options,
    (report) => hooks.tell("overdue", report),
    () => false,
  );
  const exitCode = signal.aborted ? exitCodeOfSignal(signal) : reports.worst;
  await reports.end(plan.clients, exitCode);
  return exitCode;
}

/** Due, or perhaps due, and this run has not begun to change that. */
function isOverdue({ command, result, due }: ClientReport): boolean {
  return (
    command === "rotate" &&
    (result === "age not known" || ((result === "not started" || result === "at rest") && due === true))
  );
}

async function standingOf({ session }: Fleet, { command }: Work, planned: PlannedClient): Promise<Standing | Reported> {
  const seen = performance.now();
  try {
    return { planned, state: await inspectRotation(target(session, planned.id), { journal: session.journal }), seen };
  } catch (error) {
    const message = messageOf(error);
    const code = error instanceof RotationError ? error.code : "journal-failed";
    session.output.fail(`${planned.name} (${planned.id}): ${message}`);
    return {
      report: clientReport(session, planned, "failed", undefined, {
        command,
        exitCode: exitCodeOf(error),
        code,
        message,
      }),
    };
  }
}

function notStarted(
  fleet: Fleet,
  { command }: Work,
  planned: PlannedClient,
  state: RotationState | undefined,
): ClientReport {
  const { session, plan } = fleet;
  const why = session.signal.aborted
    ? "a signal ended the run"
    : `${plan.stopAfterFailures === 1 ? "a client" : `${plan.stopAfterFailures} clients`} had failed`;
  return clientReport(session, planned, "not started", state, {
    command,
    exitCode: 4,
    code: "not-started",
    message: `Not started, since ${why}. Nothing was changed.`,
    nextStep: command,
    nextCommand: planLine(fleet, command),
  });
}
