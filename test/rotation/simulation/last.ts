/** The last item that a condition holds for: `findLast`, which ES2022 does not have. */
export function last<T>(list: readonly T[], holds: (item: T) => boolean): T | undefined {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list[at];
    if (item !== undefined && holds(item)) return item;
  }
  return undefined;
}
