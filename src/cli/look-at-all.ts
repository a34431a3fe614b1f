/** How many journals are looked at at a time: one kept by a command takes a process, and perhaps a second, for each. */
export const journalsAtATime = 16;

/** What `look` gives of each item, in their order; so many at a time. After a failure no more are begun. */
export async function lookAtAll<T, R>(
  items: readonly T[],
  concurrency: number,
  look: (item: T) => Promise<R>,
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
