import type { Addresses } from "./loopback.ts";

/** What a check of the suite has found. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Why it failed, or what it has seen that is worth telling. */
  readonly detail: string;
}

/** What a runtime runs the suite with. */
export interface Bench {
  /** A project that has our package installed, and the suite in `programs/` and `suite/`. */
  readonly project: string;
  /** Where the runtimes are installed. */
  readonly modules: string;
  readonly addresses: Addresses;
  /** The address of a page of another origin than the servers. */
  readonly page: string;
}

/** Something that runs JavaScript. */
export interface Runtime {
  readonly name: string;
  /** Why it cannot be run on this machine, if it cannot. */
  readonly missing?: string | undefined;
  run(bench: Bench): Promise<Run>;
}

/** What a runtime has found. */
export interface Run {
  readonly version: string;
  readonly checks: readonly Check[];
}

/** The suite's results, as they come from another process. */
export function parseChecks(text: string): Check[] {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value) && value.length > 0 && value.every(isCheck)) return value;
  throw new Error(`Not the results of the suite: ${text.slice(0, 500)}`);
}

function isCheck(value: unknown): value is Check {
  return typeof value === "object" && value !== null && "name" in value && "ok" in value && "detail" in value;
}
