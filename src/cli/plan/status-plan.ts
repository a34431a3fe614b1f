import { inspectRotation, type RotationState } from "../../rotation/index.ts";
import { ageOf, oldestFrom, rotationUnderWay } from "../attempt/standing.ts";
import { commandLine } from "../session/command-line.ts";
import { inParallel, usualConcurrency } from "../session/in-parallel.ts";
import { type Session, target } from "../session/session.ts";
import { formatDuration, parseDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";
import { type ClientReport, type Result, reportOf } from "./client-report.ts";
import { type OpenedPlan, openPlan, planLine } from "./open-plan.ts";
import type { PlannedClient } from "./plan.ts";

/** A client with `status --plan --json`. */
interface StatusReport extends ClientReport {
  /** The age of the oldest secret that may still work, in ms; null if no journal knows. */
  readonly oldestAge: number | null;
}

/**
 * `status --plan`: how old the secrets of a plan's clients are; sends nothing.
 *
 * @returns With `--older-than`, 4 if there is a client with a secret that works and is older, or whose age is not known.
 */
export async function statusOfPlan(session: Session, path: string, olderThan: string | undefined): Promise<number> {
  const limit = olderThan === undefined ? undefined : parseDuration(olderThan, "--older-than");
  const opened = await openPlan(session, path);
  const { plan } = opened;
  const all = await inParallel(plan.clients, plan.concurrency ?? usualConcurrency, (planned) =>
    statusOf(opened, planned),
  );
  const shown = all.filter(({ oldestAge }) => limit === undefined || oldestAge === null || oldestAge >= limit);
  const exitCode = limit !== undefined && shown.length > 0 ? 4 : 0;
  const { output, accountId } = opened.session;
  output.json({
    ...{ command: "status", ok: exitCode === 0, exitCode, plan: path, accountId },
    ...{ olderThan: limit ?? null, clients: shown, warnings: output.warnings },
  });
  if (shown.length > 0) output.result(...(await table(shown)));
  if (limit !== undefined)
    output.result(
      ...(shown.length ? [""] : []),
      `Of ${all.length} clients, ${shown.length} may have a secret that works and is older than ${olderThan}.`,
    );
  return exitCode;
}

async function statusOf(opened: OpenedPlan, planned: PlannedClient): Promise<StatusReport> {
  const { session } = opened;
  const state = await inspectRotation(target(session, planned.id), { journal: session.journal });
  const oldest = oldestFrom(state);
  const { isDue: due } = ageOf(state, planned.every);
  const underWay = rotationUnderWay(state);
  const result = resultOf(underWay, due);
  const nextStep = underWay ? underWay.nextStep : due ? "rotate" : undefined;
  const nextCommand =
    due === undefined && !underWay
      ? commandLine(session, "record", planned.id, "--rotated-at <date>")
      : nextStep && planLine(opened, nextStep === "finish" ? "finish" : "rotate");
  return {
    ...reportOf(session, planned, state, { result, command: "status", exitCode: 0, nextStep, nextCommand }),
    oldestAge: oldest ? Date.now() - oldest.getTime() : null,
  };
}

function resultOf(underWay: RotationState | undefined, isDue: boolean | undefined): Result {
  if (underWay) return underWay.phase === "verified" ? "old secret works" : "under way";
  if (isDue === undefined) return "age not known";
  return isDue ? "due" : "not due";
}

function table(reports: readonly StatusReport[]): Promise<string[]> {
  const shown = (age: number | null) => (age === null ? "not known" : formatDuration(age));
  const rows = reports.map(({ name, clientId, age, oldestAge, every, rotatedAt, result, nextStep }) => [
    ...[name, clientId, rotatedAt?.slice(0, 10) ?? "not known", shown(age), shown(oldestAge), formatDuration(every)],
    ...[result, nextStep ?? "–"],
  ]);
  const head = ["NAME", "CLIENT", "ROTATED", "AGE", "OLDEST THAT WORKS", "EVERY", "RESULT", "NEXT"];
  return formatTable([head, ...rows], {
    spare: ["EVERY", "ROTATED", "CLIENT", "OLDEST THAT WORKS", "AGE"],
  });
}
