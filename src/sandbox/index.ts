/**
 * A stand-in for the API and the issuer, in memory, as a `fetch`: with state, and with faults to try things on.
 *
 * @module cloudflare-oauth-clients/sandbox
 */
export type { Fault, FaultKind, FaultyOperation } from "./fault.ts";
export type { IssuerOptions, SandboxClient, SandboxOptions } from "./options.ts";
export { createSandbox, type Sandbox, type SandboxRequest } from "./sandbox.ts";
