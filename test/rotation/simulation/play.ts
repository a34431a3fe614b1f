import { type Report, runHistory } from "./history.ts";
import { stageOf } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import type { Source } from "./source.ts";

/** Plays the scenarios whose name begins so; prints what 0.1.0 does in them. */
export async function play(source: Source, name: string): Promise<boolean> {
  let isClean = true;
  for (const make of scenarios) {
    const scenario = make();
    if (!scenario.name.startsWith(name)) continue;
    const report: Report = await runHistory(source, 1, {}, 1, stageOf(scenario));
    const shown = report.violations.some(({ rule, what }) => scenario.shows.test(`${rule}: ${what}`));
    if (name !== "") console.log(report.trace.join("\n"));
    console.log(`${shown ? "SHOWS" : "does not show"}  ${scenario.name}`);
    for (const { rule, what } of report.violations) console.log(`    ${rule}: ${what.slice(0, 160)}`);
    isClean &&= report.violations.length === 0;
  }
  return isClean;
}
