import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { runHistory } from "./history.ts";
import { applyTo, copySource, makePlaceForCopies, readSource } from "./plant.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { plantedFaults } from "./planted-faults.ts";
import { loadSource } from "./source.ts";

/** How many seeds a fault may take. */
const mostSeeds = 3000;

/** What came of one fault. */
interface Found {
  readonly index: number;
  readonly seed: number | undefined;
  readonly what: string;
  readonly seconds: number;
}

/** Seeds from 1 on, until the fault shows. */
async function find(source: string, { shows = /^/ }: PlantedFault): Promise<Pick<Found, "seed" | "what">> {
  const loaded = await loadSource(source);
  const others = new Map<string, number>();
  for (let seed = 1; seed <= mostSeeds; seed++) {
    const { violations } = await runHistory(loaded, seed);
    const all = violations.map(({ rule, what }) => `${rule}: ${what}`);
    const what = all.find((text) => shows.test(text));
    if (what) return { seed, what };
    for (const text of all) if (!others.has(text.slice(0, 20))) others.set(text.slice(0, 20), seed);
  }
  const seen = [...others].map(([text, seed]) => `${text}… in seed ${seed}`).join("; ");
  return { seed: undefined, what: seen && `only ${seen}` };
}

/** Shows that the simulator finds every planted fault whose name has a part; each is looked for on one core. */
export async function judgeSimulator(part: string = ""): Promise<boolean> {
  const start = performance.now();
  const folder = makePlaceForCopies();
  try {
    const copies = plantedFaults.map((fault, index) =>
      copySource(join(folder, String(index)), applyTo(fault, readSource)),
    );
    const queue = copies.map((_, index) => index).filter((index) => plantedFaults[index]?.name.includes(part));
    const found: Found[] = [];
    const print = ({ index, seed, what, seconds }: Found) =>
      console.log(
        `${seed === undefined ? "NOT FOUND" : `seed ${String(seed).padStart(4)}`}  ${seconds.toFixed(1).padStart(5)} s  ${plantedFaults[index]?.name}\n                      ${what.slice(0, 180)}`,
      );
    await Promise.all(
      Array.from(
        { length: Math.min(availableParallelism(), queue.length) },
        () =>
          new Promise<void>((resolve, reject) => {
            const worker = new Worker(new URL(import.meta.url), { workerData: copies });
            const next = () => worker.postMessage(queue.shift());
            worker.on("message", (one: Found) => {
              found.push(one);
              print(one);
              next();
            });
            worker.on("error", reject);
            worker.on("exit", () => resolve());
            next();
          }),
      ),
    );
    const missing = found.filter(({ seed }) => seed === undefined).length;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`\n${found.length - missing} of ${found.length} planted faults found, in ${seconds} s`);
    return missing === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function work(copies: readonly string[]): void {
  parentPort?.on("message", async (index: number | undefined) => {
    const [fault, source] = index === undefined ? [] : [plantedFaults[index], copies[index]];
    if (index === undefined || !fault || !source) return parentPort?.close();
    const start = performance.now();
    const found = await find(source, fault);
    parentPort?.postMessage({ index, ...found, seconds: (performance.now() - start) / 1000 });
  });
}

if (!isMainThread && Array.isArray(workerData)) work(workerData);
