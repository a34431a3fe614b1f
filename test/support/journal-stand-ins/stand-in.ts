import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Store } from "./store.ts";

/** How calls of a stand-in are to fail. */
export interface Faults {
  /** Of the calls, from 0 to 1. */
  readonly share: number;
  /** Whether what was asked for has not been done, has been, or either. */
  readonly when: "before" | "after" | "either";
  /** `gone`: what is read has been erased meanwhile. */
  readonly kind: "network" | "denied" | "conflict" | "gone";
  /** A word of the calls that fail; none: of all calls. */
  readonly word?: string;
}

/** A call, as a stand-in notes it. */
export interface Call {
  readonly program: string;
  readonly argv: readonly string[];
}

/** How a call fails: what the program prints, and its exit status. */
export class Failure extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Stands in for a program that reaches a store: keeps what it is given in the folder STAND_IN_FOLDER, notes each call in its
 * file `calls`, and fails as STAND_IN_FAULTS says.
 *
 * @param perform does what the words ask for, and gives what is printed.
 * @param describe what the program says of each kind of fault.
 */
export function standIn(
  program: string,
  perform: (words: readonly string[], store: Store) => string,
  describe: (kind: Faults["kind"]) => Failure,
): void {
  const { STAND_IN_FOLDER: folder = "", STAND_IN_FAULTS } = process.env;
  const argv = process.argv.slice(2);
  appendFileSync(join(folder, "calls"), `${JSON.stringify({ program, argv } satisfies Call)}\n`);
  const faults: Faults | undefined = STAND_IN_FAULTS ? JSON.parse(STAND_IN_FAULTS) : undefined;
  const isHit = faults && (faults.word === undefined || argv.includes(faults.word)) && Math.random() < faults.share;
  const isDoneFirst = faults?.when === "after" || (faults?.when === "either" && Math.random() < 0.5);
  try {
    if (isHit && !isDoneFirst) throw describe(faults.kind);
    const printed = perform(argv, new Store(join(folder, program)));
    if (isHit) throw describe(faults.kind);
    process.stdout.write(printed);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.status;
  }
}

/**
 * The flags of a call, each in its only form.
 *
 * @param known whether the flag has a value.
 * @throws {Failure} for one that is not known, as a recipe with a typing error has it, or that is missing.
 */
export function flagsOf(
  words: readonly string[],
  known: Readonly<Record<string, boolean>>,
  optional: readonly string[],
) {
  const flags: Record<string, string> = {};
  for (let index = 0; index < words.length; index++) {
    const [word = ""] = words.slice(index);
    const hasValue = known[word];
    if (hasValue === undefined || flags[word] !== undefined) throw new Failure(252, `Unknown options: ${word}`);
    flags[word] = hasValue ? (words[++index] ?? "") : "yes";
  }
  const missing = Object.keys(known).filter((flag) => !optional.includes(flag) && !flags[flag]);
  if (missing.length > 0) throw new Failure(252, `the following arguments are required: ${missing.join(", ")}`);
  return (flag: string): string => flags[flag] ?? "";
}
