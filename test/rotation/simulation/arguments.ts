import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Wanted {
  readonly seed: number | undefined;
  readonly seeds: number;
  readonly from: number;
  readonly source: string | undefined;
  /** A pattern for what is broken: a history is made shorter as long as that shows, and lists of kinds are kept to it. */
  readonly rule: string | undefined;
  readonly isWhole: boolean;
  /** The beginning of the names of scenarios to play; empty for all. */
  readonly scenario: string | undefined;
  /** Whether to look for the planted faults: a part of their names; empty for all. */
  readonly planted: string | undefined;
}

export function wanted(): Wanted {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string", default: "10000" },
      from: { type: "string", default: "1" },
      source: { type: "string" },
      rule: { type: "string" },
      scenario: { type: "string" },
      whole: { type: "boolean", default: false },
      planted: { type: "boolean", default: false },
      only: { type: "string", default: "" },
    },
  });
  const { seed, source, rule, scenario } = values;
  return {
    seed: seed === undefined ? undefined : Number(seed),
    seeds: Number(values.seeds),
    from: Number(values.from),
    source,
    rule,
    isWhole: values.whole,
    scenario,
    planted: values.planted ? values.only : undefined,
  };
}
