import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { runHistory } from "../../rotation/simulation/history.ts";
import { copySource, makePlaceForCopies } from "../../rotation/simulation/plant.ts";
import { stageOf } from "../../rotation/simulation/scenario.ts";
import { scenarios } from "../../rotation/simulation/scenarios.ts";
import { loadSource } from "../../rotation/simulation/source.ts";

/** As many as `npm test` runs. */
const seeds = 300;
/** A mutant that takes longer goes round in circles. In ms; an unchanged source takes about 10,000. */
const longest = 120_000;

/** A file of `src` with a mutant in it. */
export interface MutatedFile {
  /** Below `src`. */
  readonly path: string;
  readonly source: string;
}

/**
 * Runs the simulation on each, as `npm test` does.
 *
 * @param onVerdict told each as it is known: whether the simulation noticed the mutant.
 */
export async function judgeBySimulation(
  files: readonly MutatedFile[],
  onVerdict: (index: number, isKilled: boolean) => void,
): Promise<void> {
  const folder = makePlaceForCopies();
  const waiting = files.map((file, index) => ({ file, index }));
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const own = join(folder, String(next.index));
      const { path, source } = next.file;
      onVerdict(next.index, await isNoticed(copySource(own, new Map([[path, source]]))));
      rmSync(own, { recursive: true });
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In a thread of its own, since a mutant may never end. */
function isNoticed(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: folder, stdout: true, stderr: true });
    const end = (isKilled: boolean) => {
      clearTimeout(timer);
      resolve(isKilled);
      void worker.terminate();
    };
    const timer = setTimeout(end, longest, true);
    worker.once("message", (violations: number) => end(violations > 0));
    worker.once("error", () => end(true));
    worker.once("exit", () => end(true));
  });
}

/** How many violations the first history has that has any. */
async function violationsOf(folder: string): Promise<number> {
  const source = await loadSource(folder);
  for (const make of scenarios) {
    const { violations } = await runHistory(source, 1, {}, 1, stageOf(make()));
    if (violations.length > 0) return violations.length;
  }
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await runHistory(source, seed);
    if (violations.length > 0) return violations.length;
  }
  return 0;
}

if (!isMainThread && typeof workerData === "string") parentPort?.postMessage(await violationsOf(workerData));
