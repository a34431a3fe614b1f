import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The highest number of moments within any window, which is half open. */
export function highestInWindow(moments: readonly number[], window: number): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let highest = 0;
  let first = 0;
  for (const [last, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? 0) >= window) first++;
    highest = Math.max(highest, last - first + 1);
  }
  return highest;
}

let collect: (() => void) | undefined;

/** Bytes of the heap that are still used once all garbage is collected. */
export function heapInUse(): number {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}
