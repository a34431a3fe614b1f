import { cases } from "./cases.ts";
import { faultNames } from "./faults.ts";
import type { Report } from "./history.ts";

type Counts = Record<string, number>;

/** What is expected to occur in enough histories; what does not is a gap of the simulator. */
const expected: readonly string[] = [
  ..."requesting issued delivered verified finishing recovering done".split(" ").map((phase) => `phase ${phase}`),
  ..."create rotate resume finish recover adopt record count".split(" ").map((name) => `command ${name}`),
  ..."api-failed check-failed client-changed credentials-refused delivery-failed interrupted journal-failed"
    .split(" ")
    .map((code) => `error ${code}`),
  ..."locked no-rotation outcome-unknown overlap-not-over rotation-in-progress secret-missing usage"
    .split(" ")
    .map((code) => `error ${code}`),
  ..."verification-failed verification-inconclusive".split(" ").map((code) => `error ${code}`),
];

/** Adds up what histories came to. Plain data, so that it can pass between threads. */
export class Tally {
  readonly seen: Counts = {};
  readonly faults: Counts = {};
  readonly excuses: Counts = {};
  /** The seeds that broke each rule, with what was broken first. */
  readonly broken: Record<string, { seed: number; what: string }[]> = {};
  steps = 0;

  add({ seed, seen, fired, excuses, violations, steps }: Report): void {
    this.steps += steps;
    for (const [what, count] of Object.entries(seen)) add(this.seen, what, count);
    for (const [what, count] of Object.entries(excuses)) add(this.excuses, what, count);
    for (const key of fired) add(this.faults, key.replace(/#.*/, ""), 1);
    for (const { rule, what } of violations) {
      this.broken[rule] ??= [];
      this.broken[rule].push({ seed, what });
    }
  }

  take(part: Tally): void {
    this.steps += part.steps;
    for (const [what, count] of Object.entries(part.seen)) add(this.seen, what, count);
    for (const [what, count] of Object.entries(part.excuses)) add(this.excuses, what, count);
    for (const [what, count] of Object.entries(part.faults)) add(this.faults, what, count);
    for (const [rule, list] of Object.entries(part.broken)) this.broken[rule] = [...(this.broken[rule] ?? []), ...list];
  }

  get isClean(): boolean {
    return Object.keys(this.broken).length === 0;
  }

  /** What was expected to occur and did not. */
  get gaps(): string[] {
    return [...expected.filter((what) => !this.seen[what]), ...faultNames.filter((name) => !this.faults[name])];
  }

  text(rule: string | undefined): string {
    const lines = [`${this.steps} steps`, "", "Faults:", ...table(this.faults, faultNames), "", "Occurred:"];
    lines.push(
      ...table(this.seen, expected),
      "",
      "Excused by a documented limit:",
      ...table(this.excuses, []),
      "",
      "Violations:",
    );
    for (const [name, list] of Object.entries(this.broken).sort()) {
      const seeds = [...new Set(list.map(({ seed }) => seed))].sort((a, b) => a - b);
      lines.push(`  ${name}: ${list.length} in ${seeds.length} seeds, first ${seeds.slice(0, 12).join(", ")}`);
      const kinds = new Map<string, { count: number; seed: number; what: string }>();
      for (const { seed, what } of list.sort((a, b) => a.seed - b.seed)) {
        // One line for each kind: names, numbers and times do not matter.
        const kind = what
          .replace(/\d+(\.\d+)?/g, "N")
          .replace(/\b[AB]\.N/g, "X")
          .slice(0, 60);
        const known = kinds.get(kind);
        if (known) known.count++;
        else kinds.set(kind, { count: 1, seed, what });
      }
      if (rule === undefined || name.includes(rule))
        for (const { count, seed, what } of [...kinds.values()].sort((a, b) => b.count - a.count).slice(0, 25))
          lines.push(`    ${String(count).padStart(5)}  seed ${seed}: ${what.slice(0, 220)}`);
    }
    if (!this.isClean) lines.push("", "Cases of the second set:", ...this.#cases());
    return lines.join("\n");
  }

  /** The first seed that shows each. */
  #cases(): string[] {
    const all = Object.entries(this.broken).flatMap(([rule, list]) =>
      list.map(({ seed, what }) => ({ seed, text: `${rule}: ${what}` })),
    );
    all.sort((one, other) => one.seed - other.seed);
    return Object.entries(cases).map(([name, shows]) => {
      const found = all.filter(({ text }) => shows.test(text));
      const [first] = found;
      return `  ${name}: ${first ? `${found.length}, first seed ${first.seed}: ${first.text.slice(0, 160)}` : "NOT FOUND"}`;
    });
  }
}

function add(counts: Counts, what: string, count: number): void {
  counts[what] = (counts[what] ?? 0) + count;
}

function table(counts: Counts, expected: readonly string[]): string[] {
  const names = [...new Set([...expected, ...Object.keys(counts)])].sort();
  return names.map(
    (name) => `  ${String(counts[name] ?? 0).padStart(7)}  ${name}${counts[name] ? "" : "  NEVER OCCURRED"}`,
  );
}
