import { faultOf } from "../../rotation/check-options.ts";
import {
  RotationError,
  type RotationOptions,
  type RotationState,
  type Sink,
  type Target,
} from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import { deployment } from "./deployment.ts";
import { maskSecret, requireMaskable } from "./github-actions.ts";
import { type GivenOptions, remembered } from "./option-table.ts";
import { rememberAge, rotationUnderWay } from "./standing.ts";

/** What a rotation is given. */
export type Prepared = Pick<
  RotationOptions,
  | "sinks"
  | "activate"
  | "check"
  | "checkRuns"
  | "checkInterval"
  | "checkTimeout"
  | "verify"
  | "memo"
  | "redeliver"
  | "finish"
  | "overlap"
  | "endOverlap"
  | "acceptChange"
  | "acceptDowntime"
>;

/**
 * Makes the options of a rotation from those of the command and from the journal.
 *
 * @throws {UsageError} for options that cannot be meant; {RotationError} `rotation-in-progress` for other sinks than those of
 *   the rotation under way. Nothing was sent.
 */
export function prepare(
  session: Session,
  { clientId }: Target,
  options: GivenOptions,
  state: RotationState | undefined,
): Prepared {
  const underWay = rotationUnderWay(state);
  const context = deploymentContext(session, clientId);
  const made = deployment(options, underWay, context);
  const given = options.to === undefined ? undefined : deployment({ to: options.to }, undefined, context).sinks;
  const overlap = options.overlap === undefined ? undefined : parseDuration(options.overlap, "--overlap");
  const fault = faultOf({ sinks: given ?? made.sinks, finish: options.finish, overlap });
  if (fault) throw new UsageError(`${fault} Nothing was sent.`);
  if (underWay && given?.some(({ spec }) => !underWay.sinks.some((sink) => sink.spec === spec)))
    throw new RotationError(
      "rotation-in-progress",
      `Another rotation of this client is not finished; its sinks are: ${underWay.sinks.map(({ name }) => name).join(", ")}. Nothing was sent. Resume it, and replace a mistaken sink with --replace-sink.`,
      { state: underWay, nextStep: "resume" },
    );
  const sinks = made.sinks ?? [];
  if (options.finish) requireProofs(sinks, made.check);
  requireFreeStdout(session, sinks, options.addMask === true);
  // Where the rotation was begun with it, and is resumed on such a runner again.
  const wasMasked = underWay?.memo[remembered.addMask] !== undefined && process.env.GITHUB_ACTIONS === "true";
  return {
    ...made,
    memo: { ...made.memo, ...rememberAge(state), ...(options.addMask && { [remembered.addMask]: "yes" }) },
    sinks: options.addMask || wasMasked ? sinks.map(masked) : sinks,
    finish: options.finish,
    overlap,
    endOverlap: options.now,
    acceptChange: options.acceptChange,
    acceptDowntime: options.acceptDowntime,
  };
}

/** What sinks and checks are made with. */
export function deploymentContext(session: Session, clientId: string): Parameters<typeof deployment>[2] {
  const { options, fetch, output } = session;
  // The sandbox's own reaches nothing but the sandbox.
  return { clientId, fetch: options.sandbox ? undefined : fetch, onOutput: output.passOn };
}

function requireProofs(sinks: readonly Sink[], check: RotationOptions["check"]): void {
  const unproved = sinks.filter(({ readBack }) => !readBack).map(({ name }) => name);
  if (unproved.length > 0 && check === undefined)
    throw new UsageError(
      `--finish needs to confirm that ${unproved.join(", ")} has the new secret. Nothing was sent. Add --check <command>, --running <url>, or ${unproved.map((name) => `--read-back '${name}=<command>'`).join(" and ")}, or skip this with --no-check.`,
    );
}

/** Stdout is for a secret, for a report or for the runner of GitHub Actions, and for one of them only. */
function requireFreeStdout({ output }: Session, sinks: readonly Sink[], addMask: boolean): void {
  output.isStdoutTaken = sinks.some(({ spec = "" }) => /^([\w.-]+=)?stdout$/.test(spec));
  if (output.isStdoutTaken && output.isJson)
    throw new UsageError(
      "--to stdout and --json cannot be combined: both write to stdout. Nothing was sent. Remove one.",
    );
  if (addMask) requireMaskable(output.isStdoutTaken || output.isJson);
}

function masked(sink: Sink): Sink {
  return {
    ...sink,
    deliver: (secret, context) => {
      maskSecret(secret);
      return sink.deliver(secret, context);
    },
  };
}
