import { type Report, runHistory } from "./history.ts";
import type { Source } from "./source.ts";

/** Histories that may be run to make one shorter. */
const mostTries = 400;

/** Leaves out faults and commands one by one, as long as a rule is broken in a way that shows. */
export async function shrink(source: Source, report: Report, shows: RegExp): Promise<Report> {
  let best = report;
  let without = new Set<string>();
  let tries = 0;
  const isStillBroken = async (candidate: Set<string>) => {
    if (tries++ > mostTries) return false;
    const shorter = await runHistory(source, report.seed, { without: candidate });
    if (!shorter.violations.some(({ rule, what }) => shows.test(`${rule}: ${what}`))) return false;
    best = shorter;
    without = candidate;
    return true;
  };
  const parts = () => [
    ...["rival 1", "rival 2"],
    ...["A", "B"].flatMap((name) => [5, 4, 3, 2, 1, 0].map((count) => `command ${name} ${count}`)),
    ...new Set(best.fired.map((key) => key.replace(/#.*/, ""))),
  ];
  for (const part of parts()) await isStillBroken(new Set([...without, part]));
  for (const key of [...best.fired].reverse()) await isStillBroken(new Set([...without, key]));
  return best;
}
