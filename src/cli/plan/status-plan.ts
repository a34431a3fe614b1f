import { inspectRotation, type RotationState } from "../../rotation/index.ts";
import { oldestFrom, rotationUnderWay } from "../attempt/standing.ts";
import { commandLine } from "../session/command-line.ts";
import { inParallel, usualConcurrency } from "../session/in-parallel.ts";
import { type Session, target } from "../session/session.ts";
import { formatDuration, parseDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";
import { type Result, reportOf, type StatusReport, shownNext, warnOf } from "./client-report.ts";
import { driftWarnings, exitCodeOfDrift, findDrift, shownDrift } from "./drift.ts";
import { leftAlone } from "./left-alone.ts";
import { type OpenedPlan, openPlan, planLine } from "./open-plan.ts";
import { openMetrics, requireFile, writeMetrics } from "./openmetrics.ts";
import type { Plan, PlannedClient } from "./plan.ts";
import { worstOf } from "./reports.ts";
import { lookFailed } from "./run-client.ts";
import { type Schedule, scheduleOf, warningsOf } from "./schedule.ts";

/** What `status --plan` is asked for. */
export interface PlanStatusOptions {
  /** A duration. */
  readonly olderThan?: string;
  /** The path of a file. */
  readonly openmetrics?: string;
  /** Whether to look at what is deployed, too. */
  readonly confirm?: boolean;
}

/**
 * `status --plan`: how old the secrets of a plan's clients are, those that are stuck first; sends nothing to the API or the issuer.
 *
 * @returns With `--older-than`, 4 if there is a client with a secret that works and is older, or whose age is not known. With
 *   `--confirm`, 4 if something has another secret than the newest, 7 if that is not known of something. If a journal could not
 *   be read, the exit code of that failure, unless another one is worse.
 */
export async function statusOfPlan(
  session: Session,
  path: string,
  { olderThan, openmetrics, confirm = false }: PlanStatusOptions,
): Promise<number> {
  const limit = olderThan === undefined ? undefined : parseDuration(olderThan, "--older-than");
  if (openmetrics !== undefined) await requireFile(openmetrics);
  const opened = await openPlan(session, path);
  const { plan } = opened;
  const all = await inParallel(plan.clients, plan.concurrency ?? usualConcurrency, (planned) =>
    statusOf(opened, planned, confirm),
  );
  all.sort((a, b) => Number(b.result === "stuck") - Number(a.result === "stuck"));
  if (openmetrics !== undefined) await writeMetrics(openmetrics, openMetrics(path, all), session.signal);
  const shown = all.filter(({ oldestAge }) => limit === undefined || oldestAge === null || oldestAge >= limit);
  const isTooOld = limit !== undefined && shown.length > 0;
  const seen = isTooOld ? 4 : exitCodeOfDrift(all.flatMap(({ deployed }) => deployed ?? []));
  const exitCode = worstOf(new Set([seen, ...all.map((report) => report.exitCode)].filter((code) => code !== 0)));
  const { output, accountId } = opened.session;
  output.json({
    ...{ command: "status", ok: exitCode === 0, exitCode, plan: path, accountId },
    ...{ olderThan: limit ?? null, clients: shown, warnings: output.warnings },
  });
  if (shown.length > 0) output.result(...(await table(shown, plan)));
  if (limit !== undefined)
    output.result(
      ...(shown.length ? [""] : []),
      `Of ${all.length} clients, ${shown.length} may have a secret that works and is older than ${olderThan}.`,
    );
  return exitCode;
}

async function statusOf(opened: OpenedPlan, planned: PlannedClient, confirm: boolean): Promise<StatusReport> {
  const { session } = opened;
  let state: RotationState | undefined;
  try {
    state = await inspectRotation(target(session, planned.id), { journal: session.journal });
  } catch (error) {
    // It must not hide the other clients.
    session.signal.throwIfAborted();
    const failed = lookFailed(opened, planned, "status", error);
    return { ...failed, deployed: null, oldestAge: null, oldestRotatedAt: null };
  }
  const oldest = oldestFrom(state);
  const schedule = scheduleOf(planned, state);
  const underWay = rotationUnderWay(state);
  const result = resultOf(underWay, schedule);
  const nextStep = underWay ? underWay.nextStep : schedule.isDue ? "rotate" : undefined;
  const deployed = confirm ? await findDrift(session, planned, state) : null;
  const warnings = [...warningsOf(schedule, planLine(opened, "rotate")), ...driftWarnings(deployed ?? [])];
  const nextCommand =
    result === "age not known"
      ? commandLine(session, "record", planned.id, "--rotated-at <date>")
      : nextStep && planLine(opened, nextStep === "finish" ? "finish" : "rotate");
  const alone = leftAlone(session, planned, state);
  const told = { result, command: "status", nextStep, nextCommand, warnings, ...alone, exitCode: 0 } as const;
  const report = reportOf(session, planned, state, told);
  warnOf(session.output, report);
  return {
    ...report,
    deployed,
    oldestAge: oldest ? Date.now() - oldest.getTime() : null,
    oldestRotatedAt: oldest?.toISOString() ?? null,
  };
}

function resultOf(underWay: RotationState | undefined, { isDue, opensAt }: Schedule): Result {
  if (underWay?.phase === "verified") return underWay.isOnly ? "waiting for finish" : "old secret works";
  if (underWay) return "under way";
  if (isDue === undefined) return "age not known";
  if (!isDue) return "not due";
  return opensAt ? "waiting for window" : "due";
}

function table(reports: readonly StatusReport[], { clients }: Plan): Promise<string[]> {
  const planned = new Map(clients.map((client) => [client.id, client]));
  const shown = (age: number | null) => (age === null ? "not known" : formatDuration(age));
  const rows = reports.map((report) => {
    const { name, clientId, age, oldestAge, every, rotatedAt, dueAt, result } = report;
    const [rotated, due] = [rotatedAt, dueAt].map((time) => time?.slice(0, 10) ?? "not known");
    return [
      ...[name, clientId, rotated ?? "", shown(age), shown(oldestAge), formatDuration(every), due ?? ""],
      ...(report.deployed ? [shownDrift(report.deployed)] : []),
      ...[result, shownNext(report, planned.get(report.clientId))],
    ];
  });
  const deployed = reports.some((report) => report.deployed) ? ["DEPLOYED"] : [];
  const head = ["NAME", "CLIENT", "ROTATED", "AGE", "OLDEST THAT WORKS", "EVERY", "DUE", ...deployed, "RESULT", "NEXT"];
  return formatTable([head, ...rows], {
    spare: ["EVERY", "ROTATED", "CLIENT", "OLDEST THAT WORKS", "AGE", "DUE"],
  });
}
