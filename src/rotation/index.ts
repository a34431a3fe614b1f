export type { Adoption } from "./adopt.ts";
export type { Entry, Phase, SinkProof } from "./entry.ts";
export { type NextStep, RotationError, type RotationErrorCode } from "./error.ts";
export { type Journal, MemoryJournal } from "./journal.ts";
export { recordRotation } from "./record.ts";
export {
  adoptRotation,
  finishRotation,
  inspectRotation,
  type Rotation,
  type RotationState,
  resumeRotation,
  rotateClientSecret,
} from "./rotate.ts";
export type { RotationEvent, RotationOptions, Target, Verify } from "./run.ts";
export { JournalKeyError, sealed } from "./sealed.ts";
export type { Check, Sink } from "./sink.ts";
export {
  type IssuerOptions,
  type ProbeEvent,
  probeIssuer,
  type Verdict,
  type Verification,
  verifyClientSecret,
  type WaitEvent,
} from "./verify.ts";
