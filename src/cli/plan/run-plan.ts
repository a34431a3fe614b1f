import { type Look, look } from "../attempt/standing.ts";
import { inParallel, usualConcurrency } from "../session/in-parallel.ts";
import { target } from "../session/session.ts";
import { exitCodeOfSignal } from "../session/signals.ts";
import { type ClientReport, reportOf, warnOf } from "./client-report.ts";
import { type OpenedPlan, planLine } from "./open-plan.ts";
import { Pace } from "./pace.ts";
import type { PlannedClient } from "./plan.ts";
import { Reports } from "./reports.ts";
import { type Candidate, lookFailed, type PlanWork, runClient } from "./run-client.ts";

/**
 * Looks at each client, works on those that need it, and shows the results.
 *
 * @param approve asks whether to work on those that need it; throws if not.
 */
export async function runPlan(
  opened: OpenedPlan,
  work: PlanWork,
  approve?: (due: readonly Candidate[]) => Promise<void>,
): Promise<number> {
  const { session, plan, hooks } = opened;
  const found = await inParallel(plan.clients, plan.concurrency ?? usualConcurrency, async (planned) => {
    let looked: Look;
    try {
      looked = await look(session, target(session, planned.id));
    } catch (error) {
      return { report: lookFailed(opened, planned, work.command, error) };
    }
    const candidate = { planned, ...looked };
    return { candidate, ...(await work.decide(candidate)) };
  });
  const due = found
    .flatMap((one) => ("urgency" in one ? [one] : []))
    .sort((a, b) => b.urgency - a.urgency)
    .map(({ candidate }) => candidate);
  if (due.length > 0) {
    await hooks.requirePrograms(session.signal);
    await approve?.(due);
  }

  const { command, isDry } = work;
  const head = { command, ...(isDry && { dryRun: true }), plan: plan.path, accountId: session.accountId };
  const reports = new Reports(session.output, { ...head, run: hooks.run });
  const overdue: ClientReport[] = [];
  const add = (planned: PlannedClient, report: ClientReport) => {
    reports.add(planned, report);
    if (isOverdue(report) && !isDry) overdue.push(report);
  };
  for (const [index, planned] of plan.clients.entries()) {
    const one = found[index];
    if (!one || !("report" in one)) continue;
    warnOf(session.output, one.report);
    add(planned, one.report);
  }
  // These reports are written. A plan of thousands must not keep them in memory.
  found.length = 0;

  await runDue(opened, work, due, add);
  // Report the clients that a signal kept from being rotated, too.
  await inParallel(overdue, plan.parallel, (report) => hooks.tell("overdue", report));
  const exitCode = session.signal.aborted ? exitCodeOfSignal(session.signal) : reports.worst;
  await reports.end(plan.clients, exitCode);
  return exitCode;
}

/** Works on clients, the most urgent first, until so many have failed. */
async function runDue(
  opened: OpenedPlan,
  work: PlanWork,
  due: readonly Candidate[],
  add: (planned: PlannedClient, report: ClientReport) => void,
): Promise<void> {
  const { plan, session, limit } = opened;
  const { signal, signals } = session;
  const pace = new Pace(due.length, limit);
  signals.nextCommand = planLine(opened, work.command);
  let failures = 0;
  const goesOn = () => failures < plan.stopAfterFailures && !signal.aborted;
  const isDone = await inParallel(
    due,
    plan.parallel,
    async (candidate) => {
      const report = await runClient(opened, candidate, work, pace);
      add(candidate.planned, report);
      if (!report.ok) failures++;
      return true;
    },
    goesOn,
  );
  for (const [index, candidate] of due.entries())
    if (!isDone[index]) add(candidate.planned, notStarted(opened, work, candidate));
}

/** Due or possibly due, and this run has not begun to change that. */
function isOverdue({ command, result, due, overdue }: ClientReport): boolean {
  return (
    command === "rotate" &&
    (result === "age not known" ||
      ((result === "not started" || result === "waiting for finish") && due === true) ||
      (result === "waiting for window" && overdue))
  );
}

function notStarted(opened: OpenedPlan, { command }: PlanWork, { planned, state }: Candidate): ClientReport {
  const { session, plan } = opened;
  const why = session.signal.aborted
    ? "a signal ended the run"
    : `${plan.stopAfterFailures === 1 ? "a client" : `${plan.stopAfterFailures} clients`} had failed`;
  return reportOf(session, planned, state, {
    result: "not started",
    command,
    exitCode: 4,
    code: "not-started",
    message: `Not started, since ${why}. Nothing was changed.`,
    nextStep: command,
    nextCommand: planLine(opened, command),
  });
}
