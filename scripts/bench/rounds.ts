/** One line of the result: a value for each contender. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly values: Readonly<Record<string, number>>;
  /** How the values compare with one of them; the table shows these instead of the values. */
  readonly relative?: { readonly to: string; readonly base: number; readonly ratios: Readonly<Record<string, number>> };
}

/** What was measured of each subject: in each round, the same values. */
export type Samples = Readonly<Record<string, readonly (readonly number[])[]>>;

/**
 * Measures every subject once in each round, so that whatever else the machine does falls on all alike; in the opposite
 * order every other round, since a subject can profit from its predecessor. A first round warms the caches up and is not
 * counted.
 *
 * @param seconds how long to continue; but for 3 rounds at least, and 25 at most.
 */
export function interleave(
  subjects: readonly string[],
  seconds: number,
  measure: (subject: string) => readonly number[],
): Samples {
  const samples = new Map<string, (readonly number[])[]>(subjects.map((subject) => [subject, []]));
  const start = performance.now();
  // Whether there is time for one more, if it takes as long as those before.
  const hasTime = (round: number) => ((performance.now() - start) * (round + 1)) / round < seconds * 1000;
  for (let round = 0; round <= 3 || (round <= 25 && hasTime(round)); round++) {
    for (const subject of round % 2 ? subjects : [...subjects].reverse()) {
      const values = measure(subject);
      if (round > 0) samples.get(subject)?.push(values);
    }
  }
  return Object.fromEntries(samples);
}

/** The middle one of some numbers, or the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/**
 * The medians over all rounds of one of the values.
 *
 * @param to the subject that the others are compared with. Each is divided by that one's value in the same round,
 *   and the median of these ratios is given, since the machine's speed changes from round to round.
 */
export function figure(title: string, unit: string, samples: Samples, index: number, to?: string): Figure {
  const column = (subject: string) => (samples[subject] ?? []).map((values) => values[index] ?? Number.NaN);
  const subjects = Object.keys(samples);
  const values = Object.fromEntries(subjects.map((subject) => [subject, median(column(subject))]));
  if (to === undefined) return { title, unit, values };

  const bases = column(to);
  const ratio = (subject: string) =>
    median(column(subject).map((value, round) => value / (bases[round] ?? Number.NaN)));
  const ratios = Object.fromEntries(subjects.map((subject) => [subject, ratio(subject)]));
  return { title, unit, values, relative: { to, base: median(bases), ratios } };
}
