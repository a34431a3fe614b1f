/**
 * Calls that compile with both SDKs and are meant to have another effect: what each must show proves the difference of
 * that name.
 */
import type { CallSite } from "./call-sites.ts";
import { answers } from "./differing-answers.ts";
import { clients } from "./differing-clients.ts";
import { retries } from "./differing-retries.ts";

/** What to look at, and what it must be with each SDK. */
export interface Proof {
  readonly see: CallSite;
  readonly vendor: unknown;
  readonly here: unknown;
}

export const differing: Record<string, Proof> = { ...retries, ...answers, ...clients };
