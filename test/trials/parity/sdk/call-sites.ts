/**
 * Calls as users of the vendor's SDK write them. `sdk` is that SDK or this package: `run.ts` checks the types of these
 * files with both, runs them with both against one server, and compares.
 */
import type { ClientOptions, Cloudflare } from "sdk";
import { clients } from "./clients.ts";
import { errors } from "./errors.ts";
import { operations } from "./operations.ts";
import { promises } from "./promises.ts";

/**
 * @param client one that has credentials, sends to the recording server and does not retry.
 * @param options the options that it was made with.
 * @returns What a user sees.
 */
export type CallSite = (client: Cloudflare, options: ClientOptions) => Promise<unknown>;

export const callSites: Record<string, CallSite> = { ...operations, ...promises, ...errors, ...clients };
