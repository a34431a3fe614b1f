import type { DeploymentFinding, RotationState } from "../../rotation/index.ts";
import type { Ending } from "../attempt/ending.ts";
import { type Report, report } from "../attempt/report.ts";
import type { Output } from "../terminal/output.ts";
import { triesFrom } from "./give-up.ts";
import type { PlannedClient } from "./plan.ts";
import { scheduleOf, shortTime } from "./schedule.ts";

/** The result for a client, in a few words. */
export type Result =
  | "rotated"
  | "would be rotated"
  | "not due"
  | "waiting for finish"
  | "waiting for window"
  | "waiting after failure"
  | "stuck"
  | "age not known"
  | "no secret"
  | "finished"
  | "would be finished"
  | "not yet due"
  | "nothing to finish"
  | "under way"
  | "failed"
  | "not started"
  | "due"
  | "old secret works";

/** How a client ended, in a word or two and in full. */
export interface Told extends Ending {
  readonly result: Result;
  readonly warnings?: readonly string[];
}

/** A client of a plan with `--json`; times are ISO 8601, durations in ms. */
export interface ClientReport extends Report {
  readonly clientId: string;
  /** The plan's name for it. */
  readonly name: string;
  readonly result: Result;
  /** When its newest secret was made; null if no journal knows. */
  readonly rotatedAt: string | null;
  readonly age: number | null;
  /** The age at which it is due at the latest. */
  readonly every: number;
  /** Null if no journal knows its age. */
  readonly due: boolean | null;
  /** When it is due, which may be earlier than `every` says; null if no journal knows its age. */
  readonly dueAt: string | null;
  /** When the window opens in which its rotation may begin; null if it is not due, or may begin now. */
  readonly windowOpens: string | null;
  /** Whether a whole window has passed since it was due; without a window, whether it is older than `every`. True if no journal knows its age, unless it has no secret. */
  readonly overdue: boolean;
  /** How often the plan has failed with it in a row. */
  readonly failures: number;
  /** When the plan tries it again; null if it may at once, or is stuck. */
  readonly triesFrom: string | null;
}

/** A client with `status --plan --json`. */
export interface StatusReport extends ClientReport {
  /** The age of the oldest secret that may still work, in ms; null if no journal knows. */
  readonly oldestAge: number | null;
  /** What its sinks and services have; null without `--confirm`, and empty if its secret was created elsewhere. */
  readonly deployed: readonly DeploymentFinding[] | null;
  /** When that was created: when the last finished rotation began, or the date that was recorded. */
  readonly oldestRotatedAt: string | null;
}

/** The report on a client of a plan. */
export function reportOf(
  { accountId }: { readonly accountId: string },
  planned: PlannedClient,
  state: RotationState | undefined,
  { result, warnings = [], ...ending }: Told,
): ClientReport {
  const { rotatedAt, age, isDue, dueAt, opensAt, isOverdue } = scheduleOf(planned, state);
  return {
    ...report(ending, { accountId, clientId: planned.id }, state, warnings),
    clientId: planned.id,
    name: planned.name,
    result,
    rotatedAt: rotatedAt?.toISOString() ?? null,
    age: age ?? null,
    every: planned.every,
    due: isDue ?? null,
    dueAt: dueAt?.toISOString() ?? null,
    windowOpens: opensAt?.toISOString() ?? null,
    overdue: isOverdue && result !== "no secret",
    failures: state?.failed?.count ?? 0,
    triesFrom: triesFrom(state)?.toISOString() ?? null,
  };
}

/** Prints the warnings of a report that was made without work on the client. */
export function warnOf(output: Output, { name, clientId, warnings }: ClientReport): void {
  for (const warning of warnings) output.warn(`${name} (${clientId}): ${warning}`);
}

/** The next step for a table, and from when on it can be done: when a window opens, by the clock on its wall. */
export function shownNext(
  { nextStep, result, windowOpens, triesFrom }: ClientReport,
  planned: PlannedClient | undefined,
): string {
  if (nextStep === null) return "–";
  const window = planned?.window;
  if (result === "waiting for window" && window && windowOpens !== null)
    return `${nextStep} from ${window.timeOnWall(new Date(windowOpens))}`;
  return nextStep + (result === "waiting after failure" && triesFrom !== null ? ` from ${shortTime(triesFrom)}` : "");
}
