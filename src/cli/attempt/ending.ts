import { createHash } from "node:crypto";
import { NotFoundError } from "../../client/index.ts";
import { inspectRotation, RotationError, type RotationState, type Target } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { exitCodeOfSignal } from "../session/signals.ts";
import { CommandError } from "../terminal/command-error.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import { hintForMessage, messageOf } from "../terminal/text.ts";
import { hintFor } from "./decisions.ts";
import { nextAfter } from "./next-command.ts";
import type { GivenOptions } from "./option-table.ts";
import { rescue } from "./rescue.ts";

/** How a command on one client ended. */
export interface Ending {
  readonly command: string;
  readonly exitCode: number;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly nextStep?: string | undefined;
  readonly nextCommand?: string | undefined;
  /** When the next command will work; undefined: now. */
  readonly nextFrom?: Date | undefined;
}

/** What was attempted when it failed. */
export interface Attempted {
  readonly command: string;
  readonly where: Target;
  readonly options: GivenOptions;
}

/** The state of the rotation after a failure, and how the command ends. A secret that nothing else holds is saved first. */
export async function endingOf(
  session: Session,
  attempted: Attempted,
  error: unknown,
): Promise<{ readonly state: RotationState | undefined; readonly ending: Ending }> {
  const { journal } = session;
  const { command, where } = attempted;
  const known = error instanceof RotationError ? error.state : undefined;
  const state = known ?? (await inspectRotation(where, { journal }).catch(() => undefined));
  if (error instanceof RotationError) return rotationEnding(session, attempted, error, state);
  const { signal } = session;
  const message = messageOf(error);
  const code = error instanceof CommandError ? error.code : signal.aborted ? "interrupted" : undefined;
  // The plan's commands do not work on such a rotation, and the one for this client does.
  const step = code === "plan-changed" ? state?.nextStep : undefined;
  const exitCode = signal.aborted ? exitCodeOfSignal(signal) : exitCodeOf(error);
  return {
    state,
    ending: { command, exitCode, code, message: message + hintForMessage(message), ...nextAfter(session, where, step) },
  };
}

function rotationEnding(
  session: Session,
  { command, where, options }: Attempted,
  error: RotationError,
  found: RotationState | undefined,
): { readonly state: RotationState | undefined; readonly ending: Ending } {
  // What was done is of an earlier rotation, where this one did not begin.
  const state = found?.phase === "done" && found.abandoned === undefined ? undefined : found;
  // A client that was created has another id than its creation.
  const { accountId, clientId } = state ?? where;
  const lost = error.revealSecret();
  const file = lost === undefined ? undefined : rescue(lost, clientId);
  const continuing = nextAfter(session, { accountId, clientId }, isForNothing(error) ? undefined : error.nextStep, {
    state,
    options,
    rescued: lost === undefined ? undefined : { file, sha256: createHash("sha256").update(lost).digest("hex") },
  });
  const kept =
    file === undefined ? "" : ` It is in ${file} now, which only you can read: adopt it, then remove the file.`;
  const hasNext = continuing.nextCommand !== undefined;
  const hint = hintFor(session, error, { command, clientId, options, hasNext });
  const exitCode = error.code === "interrupted" ? exitCodeOfSignal(session.signal) : exitCodeOf(error);
  return {
    state,
    ending: {
      ...continuing,
      ...{ command, exitCode, code: error.code, message: messageOf(error) + kept + hint },
      ...(continuing.nextStep === "finish" && { nextFrom: laterThanNow(state?.finishFrom) }),
      ...(error.code === "overlap-not-over" && { nextFrom: overlapEnd(error) }),
    },
  };
}

function laterThanNow(time: Date | undefined): Date | undefined {
  return time && time.getTime() > Date.now() ? time : undefined;
}

/** The end of the overlap by the clock that refused: the state's is by this machine's clock, which may be wrong. */
function overlapEnd({ message }: RotationError): Date | undefined {
  const [, time] = /^The overlap lasts until (\S+Z):/.exec(message) ?? [];
  return time === undefined ? undefined : new Date(time);
}

/** Whether the same command would fail again until somebody has changed something: a mistyped client, a sink that cannot work. */
function isForNothing({ cause, code, phase }: RotationError): boolean {
  const hasBegun = phase !== undefined && phase !== "done";
  return cause instanceof NotFoundError || (code === "delivery-failed" && !hasBegun);
}
