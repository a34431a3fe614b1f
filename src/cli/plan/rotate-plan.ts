import type { GivenOptions } from "../attempt/option-table.ts";
import { rotationUnderWay } from "../attempt/standing.ts";
import { commandLine } from "../session/command-line.ts";
import { type Session, warnOfTemporaryDisk } from "../session/session.ts";
import { Declined } from "../terminal/command-error.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { reportOf, type Told } from "./client-report.ts";
import { leftAlone } from "./left-alone.ts";
import { type OpenedPlan, openPlan, planLine } from "./open-plan.ts";
import type { Candidate, Decision } from "./run-client.ts";
import { runPlan } from "./run-plan.ts";
import { scheduleOf, warningsOf } from "./schedule.ts";

/** `rotate --plan`: continues what is under way, and rotates what is due. */
export async function rotatePlan(session: Session, path: string, options: GivenOptions): Promise<number> {
  const { dryRun = false, yes = false, addMask = false } = options;
  const opened = await openPlan(session, path);
  if (!dryRun) warnOfTemporaryDisk(opened.session);
  let publicClients: Promise<ReadonlySet<string>> | undefined;
  const decide = async (candidate: Candidate): Promise<Decision> => {
    const decision = decideRotation(opened, candidate);
    if (!("report" in decision) || decision.report.result !== "age not known") return decision;
    publicClients ??= findPublicClients(opened.session);
    return (await publicClients).has(candidate.planned.id) ? decideNothing(opened, candidate) : decision;
  };
  const work = { command: "rotate", addMask, isDry: dryRun, decide } as const;
  const isAsked = !dryRun && !yes && canAsk();
  return runPlan(opened, work, isAsked ? (due) => ask(opened, due) : undefined);
}

function decideRotation(opened: OpenedPlan, { planned, state }: Candidate): Decision {
  const { session } = opened;
  const schedule = scheduleOf(planned, state);
  const warnings = warningsOf(schedule, planLine(opened, "rotate"));
  const report = (told: Pick<Told, "result"> & Partial<Told>): Decision => ({
    report: reportOf(session, planned, state, { command: "rotate", exitCode: 0, warnings, ...told }),
  });
  if (state?.phase === "verified" || state?.phase === "finishing")
    return report({
      result: "waiting for finish",
      ...(state.nextStep && { nextStep: "finish", nextCommand: planLine(opened, "finish") }),
    });
  const alone = leftAlone(session, planned, state);
  if (alone) return report(alone);
  // Before all others: its new secret is in some sinks, or lost.
  if (rotationUnderWay(state)) return { urgency: Number.POSITIVE_INFINITY };
  if (!schedule.dueAt)
    return report({
      result: "age not known",
      exitCode: 4,
      code: "age-not-known",
      message:
        "The age of this client's secret is unknown. Nothing was changed. If you know when it was created, record it.",
      nextCommand: commandLine(session, "record", planned.id, "--rotated-at <date>"),
    });
  if (!schedule.isDue) return report({ result: "not due" });
  if (schedule.opensAt)
    return report({ result: "waiting for window", nextStep: "rotate", nextCommand: planLine(opened, "rotate") });
  return { urgency: Date.now() - schedule.dueAt.getTime(), warnings };
}

/** Public clients have no secret, so no journal knows its age. All are listed in a few requests, so that none is read alone. */
async function findPublicClients({ client, accountId, signal }: Session): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  try {
    for await (const listed of client.iam.oauthClients.list({ account_id: accountId }, { signal }))
      if (listed.token_endpoint_auth_method === "none") found.add(listed.client_id);
  } catch {
    // The age of the others is unknown even so.
  }
  return found;
}

function decideNothing({ session }: OpenedPlan, { planned, state }: Candidate): Decision {
  const message =
    "This is a public client, which has no secret (token_endpoint_auth_method: none). Nothing was changed. Remove it from the plan.";
  const told = { result: "no secret", exitCode: 4, code: "no-client-secret", message, warnings: [message] } as const;
  return { report: reportOf(session, planned, state, { command: "rotate", ...told }) };
}

async function ask({ session, plan }: OpenedPlan, due: readonly Candidate[]): Promise<void> {
  const { output, signal } = session;
  output.note(`${due.length} of ${plan.clients.length} clients ${due.length === 1 ? "is" : "are"} due:`);
  for (const { planned } of due)
    output.note(`  ${planned.name} (${planned.id}), to ${planned.sinks.map(({ name }) => name).join(", ")}`);
  if (!(await confirm("Rotate them?", signal))) throw new Declined();
}
