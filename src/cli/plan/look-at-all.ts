/**
 * Reads the journals of many clients.
 *
 * @param look reads one.
 * @param concurrency how many are read at once: a journal that a command keeps takes a process, and maybe a second, for each.
 * @returns What `look` returned, in the order of the items. After a failure it begins no more.
 */
export async function lookAtAll<T, R>(
  items: readonly T[],
  look: (item: T) => Promise<R>,
  concurrency = 20,
): Promise<R[]> {
  const found: R[] = [];
  const left = [...items.entries()].reverse();
  const worker = async (): Promise<void> => {
    for (let one = left.pop(); one; one = left.pop()) found[one[0]] = await look(one[1]);
  };
  const workers = Array.from({ length: concurrency }, () => worker());
  return Promise.all(workers).then(
    () => found,
    (error) => {
      left.length = 0;
      throw error;
    },
  );
}
