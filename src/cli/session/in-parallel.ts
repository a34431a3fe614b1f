/** How many journals are read at once: one that a command keeps takes a process, and maybe a second, for each. */
export const usualConcurrency = 20;

/**
 * Does work on items, in their order and some at a time. What has begun is waited for.
 *
 * @param most how many at a time.
 * @param goesOn asked before each item is begun; without it, all are.
 * @returns What `work` returned, in the order of the items; undefined for those that were not begun. After a rejection it begins
 *   no more.
 */
export function inParallel<T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]>;
export function inParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
  goesOn: () => boolean,
): Promise<(R | undefined)[]>;
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
  goesOn: () => boolean = () => true,
): Promise<(R | undefined)[]> {
  const results: (R | undefined)[] = items.map(() => undefined);
  const left = [...items.entries()].reverse();
  const worker = async (): Promise<void> => {
    while (goesOn()) {
      const one = left.pop();
      if (!one) return;
      results[one[0]] = await work(one[1]);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  } catch (error) {
    left.length = 0;
    throw error;
  }
  return results;
}
