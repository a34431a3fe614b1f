import { hash } from "../../support/random.ts";
import type { FaultChoice } from "./faults.ts";
import { takeOver } from "./globals.ts";
import type { Violation } from "./ledger.ts";
import { follow } from "./liveness.ts";
import { plan } from "./plan.ts";
import type { Source } from "./source.ts";

/** More steps than any history has: some thousand are usual, where requests are repeated for hours. */
const mostSteps = 12_000;

/** What came of one history. */
export interface Report {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly excuses: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  readonly fired: readonly string[];
  readonly trace: readonly string[];
  readonly steps: number;
  readonly hash: string;
}

/** Runs the history of one seed. */
export async function runHistory(
  source: Source,
  seed: number,
  choice: FaultChoice = {},
  turns: number = 1,
  arrange: typeof plan = plan,
): Promise<Report> {
  const { world, operators, start } = arrange(source, seed, choice, turns);
  const { scheduler, ledger, faults } = world;
  const restore = takeOver(scheduler, String(seed));
  try {
    let isAtRest = false;
    start(() => {
      isAtRest = true;
    });
    const isTooLong = () => scheduler.steps > mostSteps;
    await scheduler.run(() => isAtRest || isTooLong());
    if (!isAtRest) ledger.break("unbounded", isTooLong() ? "the history does not end" : "a command never ends");
    else {
      world.heal(operators);
      let isOver = false;
      follow(world, operators, seed, () => {
        isOver = true;
      });
      await scheduler.run(() => isOver || isTooLong());
      if (!isOver) ledger.break("unbounded", "after the faults, a command never ends");
    }
  } finally {
    restore();
  }
  const { violations, excuses, seen, trace } = ledger;
  const { steps } = scheduler;
  const { fired } = faults;
  return { seed, violations, excuses, seen, fired, trace, steps, hash: hash(trace.join("\n")).toString(16) };
}
