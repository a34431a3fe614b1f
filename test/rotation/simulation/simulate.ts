import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type Wanted, wanted } from "./arguments.ts";
import { runHistory } from "./history.ts";
import { judgeSimulator } from "./planted.ts";
import { play } from "./play.ts";
import { shrink } from "./shrink.ts";
import { loadSource } from "./source.ts";
import { Tally } from "./tally.ts";

/** In so many histories, everything that is expected occurs. */
const enoughSeeds = 3000;

/** Replays one seed and prints its trace, made shorter unless the whole is asked for. */
async function replay({ seed = 0, source: folder, rule, isWhole }: Wanted): Promise<boolean> {
  const source = await loadSource(folder);
  const report = await runHistory(source, seed);
  const asked = new RegExp(rule ?? "");
  const broken = report.violations.find(({ rule, what }) => asked.test(`${rule}: ${what}`));
  const shows = rule === undefined ? new RegExp(`^${broken?.rule}:`) : asked;
  const shown = broken && !isWhole ? await shrink(source, report, shows) : report;
  console.log(shown.trace.join("\n"));
  console.log(`\nseed ${seed}: ${report.violations.length} violations, ${report.steps} steps, trace ${report.hash}`);
  if (shown !== report) console.log(`shown with these faults only: ${shown.fired.join(", ")}`);
  for (const { rule, what } of report.violations) console.log(`  ${rule}: ${what}`);
  return report.violations.length === 0;
}

/** Runs many, on every core. */
async function many({ seeds, from, source, rule }: Wanted): Promise<boolean> {
  const workers = Math.min(availableParallelism(), Math.ceil(seeds / 50));
  const tally = new Tally();
  const start = performance.now();
  await Promise.all(
    Array.from(
      { length: workers },
      (_, index) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { seeds, from, source, index, workers } });
          worker.on("message", (part: Tally) => tally.take(part));
          worker.on("error", reject);
          worker.on("exit", () => resolve());
        }),
    ),
  );
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${seeds} histories in ${seconds.toFixed(1)} s on ${workers} cores: ${(seeds / seconds).toFixed(0)} a second`,
  );
  console.log(tally.text(rule));
  // In few histories, some things do not occur.
  const { gaps } = tally;
  const isComplete = seeds < enoughSeeds || gaps.length === 0;
  if (!isComplete) console.log(`\nNever occurred, so nothing is known of it: ${gaps.join(", ")}`);
  return tally.isClean && isComplete;
}

async function perform(asked: Wanted): Promise<boolean> {
  const { seed, scenario, source, planted } = asked;
  if (planted !== undefined) return judgeSimulator(planted);
  if (scenario !== undefined) return play(await loadSource(source), scenario);
  return seed === undefined ? many(asked) : replay(asked);
}

async function work(): Promise<void> {
  const { seeds, from, source: folder, index, workers } = workerData;
  const source = await loadSource(folder);
  const tally = new Tally();
  for (let seed = from + index; seed < from + seeds; seed += workers) tally.add(await runHistory(source, seed));
  parentPort?.postMessage(tally);
}

if (isMainThread) {
  process.exitCode = (await perform(wanted())) ? 0 : 1;
} else await work();
