/** One replacement in `src`. */
export interface Replacement {
  /** Below `src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  readonly instead: string;
}

/** A fault that is put back, so that the simulator has to find it. */
export interface PlantedFault {
  /** The case of the second set, or the rule, and what is wrong. */
  readonly name: string;
  readonly changes: readonly [Replacement, ...Replacement[]];
  /** How it must show, where other violations would show something else. Default: any violation. */
  readonly shows?: RegExp;
}

export function replace(file: string, text: string, instead: string): Replacement {
  return { file, text, instead };
}
