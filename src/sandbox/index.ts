export type { Fault, FaultKind, FaultyOperation } from "./fault.ts";
export type { IssuerOptions, SandboxClient, SandboxOptions } from "./options.ts";
export { createSandbox, type Sandbox, type SandboxRequest } from "./sandbox.ts";
