/**
 * The rotation of a client secret: {@link rotateClientSecret} and what continues it, the verification of a secret, and the
 * journal. It uses no platform's API.
 *
 * @module cloudflare-oauth-clients/rotation
 */
export { countFailure } from "./count-failure.ts";
export { type CreationOptions, createOAuthClient } from "./create.ts";
export { type DeploymentFinding, inspectDeployment } from "./deployment.ts";
export type { Deletion, Entry, Phase, SinkConfirmation } from "./entry.ts";
export { RotationError, type RotationErrorCode } from "./error.ts";
export type { IssuerOptions, Verdict, VerifyEvent, WaitEvent } from "./issuer.ts";
export { type Journal, type LatestEntry, MemoryJournal } from "./journal.ts";
export type { RotationEvent, RotationOptions, Target, Verify } from "./options.ts";
export { recordRotation } from "./record.ts";
export {
  adoptRotation,
  finishRotation,
  inspectRotation,
  resumeRotation,
  rotateClientSecret,
} from "./rotate.ts";
export { type RunningCheckOptions, runningCheck } from "./running-check.ts";
export { JournalKeyError, sealed } from "./sealed.ts";
export type { Activate, Check, ReadBackContext, Sink } from "./sink.ts";
export type { NextStep, Rotation, RotationState } from "./state.ts";
export type { Adoption } from "./steps/adopt.ts";
export { inspectIssuer, type Verification, verifyClientSecret } from "./verify.ts";
