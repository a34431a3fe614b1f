import type { OperationId } from "../../generated/operations.ts";

/** What a fault can befall: an operation of the API, or an endpoint of the issuer. */
export type FaultyOperation = OperationId | "token" | "revocation" | "discovery";

/**
 * What goes wrong. "Applied" means that the server does what the request asks, if it is valid.
 *
 * | kind | applied | answer |
 * | --- | --- | --- |
 * | `error` | no | 500 |
 * | `error-applied` | yes | 500 |
 * | `late` | after `delay` | never |
 * | `lost` | no | never |
 * | `silent` | at once | never |
 * | `reset` | no | the connection is reset |
 * | `reset-applied` | yes | the connection is reset |
 * | `malformed` | yes | the proper one, its body cut in half |
 * | `throttled` | no | 429 with code 971 and `Retry-After: 1` |
 * | `challenge` | no | 403, an HTML page on which people show that they are |
 */
export type FaultKind =
  | "error"
  | "error-applied"
  | "late"
  | "lost"
  | "silent"
  | "reset"
  | "reset-applied"
  | "malformed"
  | "throttled"
  | "challenge";

/** Something that goes wrong. Of several for the same operation, each begins when the one before is used up. */
export interface Fault {
  /** What it befalls. */
  readonly operation: FaultyOperation;
  /** What goes wrong. */
  readonly kind: FaultKind;
  /** Requests of this operation that are let through first. By default 0. */
  readonly skip?: number;
  /** How many requests it befalls. By default 1; may be `Infinity`. */
  readonly times?: number;
  /** For `late`: milliseconds. By default 0. */
  readonly delay?: number;
}

/** What is still to go wrong. */
export class Faults {
  readonly pending: Fault[];
  /** Requests of its operation that a fault has seen. */
  readonly #seen = new WeakMap<Fault, number>();

  constructor(faults: readonly Fault[] = []) {
    this.pending = [...faults];
  }

  /** The fault that befalls the next request of an operation; no longer pending once it is used up. */
  take(operation: string): Fault | undefined {
    const fault = this.pending.find((fault) => fault.operation === operation);
    if (!fault) return undefined;
    const { skip = 0, times = 1 } = fault;
    const request = (this.#seen.get(fault) ?? 0) + 1;
    this.#seen.set(fault, request);
    if (request >= skip + times) {
      this.pending.splice(this.pending.indexOf(fault), 1);
      // The list may contain the same object twice.
      this.#seen.delete(fault);
    }
    return request > skip ? fault : undefined;
  }
}
