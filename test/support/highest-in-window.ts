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
