import { inspectRotation, RotationError, type RotationState } from "../../rotation/index.ts";
import { exitCodeOf } from "../exit-code.ts";
import { lookAtAll } from "../look-at-all.ts";
import { messageOf } from "../message-of.ts";
import { target } from "../session.ts";
import { exitCodeOfSignal } from "../signals.ts";
import { type ClientReport, clientReport, clientTable, worst } from "./client-report.ts";
import { type Fleet, planLine } from "./fleet.ts";
import type { PlannedClient } from "./plan.ts";
import { runClient, type Work } from "./run-client.ts";
import { schedule } from "./schedule.ts";

/** A client of a plan, and what the journal has of it. */
export interface Standing {
  readonly planned: PlannedClient;
  readonly state: RotationState | undefined;
}

/** What is to be done with a client: work, the sooner the higher its urgency; or nothing, which is reported. */
export type Decision = { readonly urgency: number } | { readonly report: ClientReport };

/** Looks at each client, works on those that need it, and shows what became of all. */
export async function runFleet(
  fleet: Fleet,
  work: Work,
  decide: (standing: Standing) => Decision,
  isAgreed: (due: readonly Standing[]) => Promise<boolean>,
): Promise<number> {
  const { session, plan, hooks } = fleet;
  const reports = new Map<PlannedClient, ClientReport>();
  const due: (Standing & { readonly urgency: number })[] = [];
  const standings = await lookAtAll(plan.clients, (planned) => standingOf(fleet, work, planned));
  for (const [index, planned] of plan.clients.entries()) {
    const standing = standings[index] as Standing | Decision;
    const decision = "state" in standing ? decide(standing) : standing;
    if ("report" in decision) reports.set(planned, decision.report);
    else if ("state" in standing) due.push({ ...standing, ...decision });
  }
  due.sort((a, b) => b.urgency - a.urgency);
  if (due.length > 0 && !(await isAgreed(due))) {
    session.output.fail("Nothing was changed.");
    return 1;
  }

  const { parallel, stopAfterFailures } = plan;
  const { signal, signals } = session;
  signals.nextCommand = planLine(fleet, work.command);
  const outcomes = await schedule(
    due,
    { parallel, stopAfterFailures, signal },
    ({ planned, state }) => runClient(fleet, planned, work, state?.phase === "done" ? undefined : state),
    ({ ok }) => !ok,
  );
  for (const [index, { planned, state }] of due.entries())
    reports.set(planned, outcomes[index] ?? notStarted(fleet, work, planned, state));

  const all = plan.clients.flatMap((planned) => reports.get(planned) ?? []);
  if (!work.isDry) {
    // Not ended by a signal: that they are told of it is all that is left to do.
    const overdue = all.filter(isOverdue);
    const options = { parallel, stopAfterFailures: Number.POSITIVE_INFINITY, signal: new AbortController().signal };
    await schedule(
      overdue,
      options,
      (report) => hooks.tell("overdue", report),
      () => false,
    );
  }
  return show(fleet, work, all);
}

/** Due, or perhaps due, and this run has not begun to change that. */
function isOverdue({ command, result, due }: ClientReport): boolean {
  return (
    command === "rotate" &&
    (result === "age not known" || ((result === "not started" || result === "at rest") && due === true))
  );
}

async function standingOf({ session }: Fleet, { command }: Work, planned: PlannedClient): Promise<Standing | Decision> {
  try {
    return { planned, state: await inspectRotation(target(session, planned.id), { journal: session.journal }) };
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

async function show(
  { session, hooks, plan }: Fleet,
  { command, isDry }: Work,
  reports: readonly ClientReport[],
): Promise<number> {
  const { output, signal, accountId } = session;
  const exitCode = signal.aborted ? exitCodeOfSignal(signal) : worst(reports.map((report) => report.exitCode));
  const counts = new Map<string, number>();
  for (const { result } of reports) counts.set(result, (counts.get(result) ?? 0) + 1);
  output.result(await clientTable(reports));
  output.result(`\n${[...counts].map(([result, count]) => `${count} ${result}`).join(", ")}`);
  for (const line of new Set(reports.flatMap(({ nextCommand }) => nextCommand ?? []))) output.next(line);
  output.json({
    command,
    ...(isDry && { dryRun: true }),
    ok: exitCode === 0,
    exitCode,
    plan: plan.path,
    accountId,
    run: hooks.run,
    clients: reports,
    warnings: output.warnings,
  });
  return exitCode;
}
