/** What became of an item: its result, or undefined if it was not started. */
export type Outcome<R> = R | undefined;

/**
 * Does work on items, some at a time and in their order; after so many failures, or when aborted, starts no more. What has
 * been started is waited for.
 *
 * @param work never rejects, but tells failures by its result.
 */
export async function schedule<T, R>(
  items: readonly T[],
  options: { readonly parallel: number; readonly stopAfterFailures: number; readonly signal: AbortSignal },
  work: (item: T) => Promise<R>,
  isFailure: (result: R) => boolean,
): Promise<Outcome<R>[]> {
  const outcomes: Outcome<R>[] = items.map(() => undefined);
  let next = 0;
  let failures = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures < options.stopAfterFailures && !options.signal.aborted) {
      const index = next++;
      const result = await work(items[index] as T);
      outcomes[index] = result;
      if (isFailure(result)) failures++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, items.length) }, worker));
  return outcomes;
}
