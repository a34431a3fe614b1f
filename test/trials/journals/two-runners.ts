/**
 * Two runners with separate disks and one remote journal begin a rotation of the same client at the same moment, 100 times:
 * `node test/trials/journals/two-runners.ts [--rounds 100] [--jobs 4] [--by s3] [--log]`. One begins, the other is told so; what it was told to
 * do next leads to the end, with one live secret.
 */
import { parseArgs } from "node:util";
import type { Store } from "../../../src/cli/commands/journal-recipes.ts";
import { type Ending, type Held, playRound, type Round } from "./race.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    jobs: { type: "string", default: "4" },
    by: { type: "string", default: "s3" },
    log: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);

/** Where they stand until both have come: before they do anything, or just before the first entry is written. */
const moments: readonly Held[] = ["at the start", "before the first entry"];
/** Every tenth round by a recipe, as its processes take longer: on a stand-in, or on the real server of `postgres` and `redis`. */
const byRecipe = values.by.split(",") as readonly Store[];
const store = (index: number): Store | undefined =>
  index % 10 === 9 ? byRecipe[Math.floor(index / 10) % byRecipe.length] : undefined;

const waiting = Array.from({ length: rounds }, (_, index): Round => {
  const held = moments[Math.floor(index / 10) % 2] ?? "at the start";
  return { held, store: store(index) };
});
const played: { readonly round: Round; readonly ending: Ending }[] = [];

async function work(): Promise<void> {
  for (let round = waiting.shift(); round; round = waiting.shift()) {
    const ending = await playRound(round);
    played.push({ round, ending });
    if (ending.faults.length > 0) console.error(`${name(round)}: ${ending.faults.join("; ")}\n${ending.log}`);
    else if (values.log) console.error(ending.log);
  }
}

function name({ held, store }: Round): string {
  return `${store ? `recipe for ${store}` : "a folder"}, released ${held}`;
}

const start = performance.now();
await Promise.all(Array.from({ length: Number(values.jobs) }, work));
const seconds = ((performance.now() - start) / 1000).toFixed(0);

const counts = new Map<string, number>();
for (const { round, ending } of played) {
  const line = `${name(round)}: the other was told ${ending.other}`;
  counts.set(line, (counts.get(line) ?? 0) + 1);
}
for (const [line, count] of [...counts].sort()) console.log(`${String(count).padStart(4)} × ${line}`);
const failed = played.filter(({ ending }) => ending.faults.length > 0).length;
const sum = (of: (ending: Ending) => number) => played.reduce((total, { ending }) => total + of(ending), 0);
console.log(
  `${played.length} rounds of two runners: ${sum(({ begun }) => begun)} rotations begun, ${sum(({ done }) => done)} done with one live secret, ${failed} failed, ${seconds} s`,
);
process.exitCode = failed > 0 || played.length < rounds ? 1 : 0;
