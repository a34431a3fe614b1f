import { APIError, CloudflareError } from "../../client/errors.ts";
import { areCredentialsRefused } from "../../client/refused-credentials.ts";
import { RotationError, type RotationErrorCode } from "../../rotation/index.ts";
import { CommandError, type CommandErrorCode } from "./command-error.ts";

/** What each way to stop means to a script; documented, and as stable as the codes themselves. */
export const exitCodes: Readonly<Record<RotationErrorCode | CommandErrorCode, number>> = {
  "api-failed": 1,
  declined: 1,
  "journal-failed": 1,
  "journal-mismatch": 1,
  usage: 2,
  "credentials-refused": 3,
  "age-not-known": 4,
  "client-changed": 4,
  "client-exists": 4,
  locked: 4,
  "no-client-secret": 4,
  "name-mismatch": 4,
  "no-rotation": 4,
  "not-started": 4,
  "overlap-not-over": 4,
  "plan-changed": 4,
  "rotation-in-progress": 4,
  stuck: 4,
  "waiting-after-failure": 4,
  "outcome-unknown": 5,
  "secret-missing": 5,
  "delivery-failed": 6,
  "check-failed": 7,
  "verification-failed": 7,
  "verification-inconclusive": 7,
  interrupted: 130,
};

/** The exit code of a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof RotationError || error instanceof CommandError) return exitCodes[error.code];
  if (areCredentialsRefused(error)) return 3;
  // Neither a response nor a failed connection: credentials that are missing or cannot be sent.
  if (error instanceof CloudflareError && !(error instanceof APIError)) return 3;
  return 1;
}
