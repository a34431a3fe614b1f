import { inspectRotation } from "../../rotation/index.ts";
import { oldestFrom } from "../attempt/age.ts";
import { rotationUnderWay } from "../attempt/rotation-under-way.ts";
import { commandLine, type Session, target } from "../session/session.ts";
import { formatDuration, parseDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";
import { type ClientReport, clientReport, type Result } from "./client-report.ts";
import { lookAtAll } from "./look-at-all.ts";
import { type Fleet, planLine, withFleet } from "./open-plan.ts";
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
export function statusOfFleet(session: Session, path: string, olderThan: string | undefined): Promise<number> {
  const limit = olderThan === undefined ? undefined : parseDuration(olderThan, "--older-than");
  return withFleet(session, "status", path, async (fleet) => {
    const all = await lookAtAll(fleet.plan.clients, (planned) => statusOf(fleet, planned), fleet.plan.concurrency);
    const shown = all.filter(({ oldestAge }) => limit === undefined || oldestAge === null || oldestAge >= limit);
    const exitCode = limit !== undefined && shown.length > 0 ? 4 : 0;
    const { output, accountId } = fleet.session;
    output.json({
      ...{ command: "status", ok: exitCode === 0, exitCode, plan: path, accountId },
      ...{ olderThan: limit ?? null, clients: shown, warnings: output.warnings },
    });
    if (shown.length > 0) output.result(await table(shown));
    if (limit !== undefined)
      output.result(
        `${shown.length ? "\n" : ""}Of ${all.length} clients, ${shown.length} may have a secret that works and is older than ${olderThan}.`,
      );
    return exitCode;
  });
}

async function statusOf(fleet: Fleet, planned: PlannedClient): Promise<StatusReport> {
  const { session } = fleet;
  const state = await inspectRotation(target(session, planned.id), { journal: session.journal });
  const oldest = oldestFrom(state);
  const { due } = clientReport(session, planned, "not due", state, { command: "status", exitCode: 0 });
  const underWay = rotationUnderWay(state);
  const result: Result = underWay
    ? underWay.phase === "verified"
      ? "old secret works"
      : "under way"
    : due === null
      ? "age not known"
      : due
        ? "due"
        : "not due";
  const nextStep = underWay ? underWay.nextStep : due ? "rotate" : undefined;
  const nextCommand =
    due === null && !underWay
      ? commandLine(session, "record", planned.id, "--rotated-at <date>")
      : nextStep && planLine(fleet, nextStep === "finish" ? "finish" : "rotate");
  return {
    ...clientReport(session, planned, result, state, { command: "status", exitCode: 0, nextStep, nextCommand }),
    oldestAge: oldest ? Date.now() - oldest.getTime() : null,
  };
}

function table(reports: readonly StatusReport[]): Promise<string> {
  const shown = (age: number | null) => (age === null ? "not known" : formatDuration(age));
  const rows = reports.map(({ name, clientId, age, oldestAge, every, rotatedAt, result, nextStep }) => [
    ...[name, clientId, rotatedAt?.slice(0, 10) ?? "not known", shown(age), shown(oldestAge), formatDuration(every)],
    ...[result, nextStep ?? "–"],
  ]);
  const head = ["NAME", "CLIENT", "ROTATED", "AGE", "OLDEST THAT WORKS", "EVERY", "RESULT", "NEXT"];
  return formatTable([head, ...rows]);
}
