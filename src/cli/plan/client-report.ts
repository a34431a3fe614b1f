import type { RotationState } from "../../rotation/index.ts";
import type { Ending } from "../attempt/ending.ts";
import { type Report, report } from "../attempt/report.ts";
import { ageOf } from "../attempt/standing.ts";
import type { PlannedClient } from "./plan.ts";

/** The result for a client, in a few words. */
export type Result =
  | "rotated"
  | "would be rotated"
  | "not due"
  | "waiting for finish"
  | "age not known"
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
  /** The plan's name for it. */
  readonly name: string;
  readonly result: Result;
  /** When its newest secret was made; null if no journal knows. */
  readonly rotatedAt: string | null;
  readonly age: number | null;
  /** The age at which it is due. */
  readonly every: number;
  /** Null if no journal knows its age. */
  readonly due: boolean | null;
}

/** The report on a client of a plan. */
export function reportOf(
  { accountId }: { readonly accountId: string },
  { id, name, every }: PlannedClient,
  state: RotationState | undefined,
  { result, warnings = [], ...ending }: Told,
): ClientReport {
  const { rotatedAt, age, isDue } = ageOf(state, every);
  return {
    ...report(ending, { accountId, clientId: id }, state, warnings),
    name,
    result,
    rotatedAt: rotatedAt?.toISOString() ?? null,
    age: age ?? null,
    every,
    due: isDue ?? null,
  };
}
