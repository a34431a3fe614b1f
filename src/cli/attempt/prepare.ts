import { faultOf } from "../../rotation/check-options.ts";
import { RotationError, type RotationOptions, type RotationState, type Sink } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { parseDuration } from "../terminal/duration.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { rememberAge } from "./age.ts";
import { type DeploymentOptions, deployment } from "./deployment.ts";
import { maskSecret, requireMaskable } from "./github-actions.ts";
import { rotationUnderWay } from "./rotation-under-way.ts";

/** The options of `rotate`, `resume`, `finish` and `recover`; each takes those that make sense for it. */
export interface RotationCommandOptions extends DeploymentOptions {
  /** A file, in place of a client id and of most options. */
  readonly plan?: string;
  readonly finish?: boolean;
  readonly overlap?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly addMask?: boolean;
  readonly acceptChange?: string;
  readonly acceptDowntime?: boolean;
}

type Prepared = Pick<RotationOptions, "sinks" | "check" | "verify" | "memo" | "redeliver" | "finish" | "overlap">;

/** What a rotation is given: of the options, and of what the journal has of it. */
export function prepare(session: Session, options: RotationCommandOptions, state: RotationState | undefined): Prepared {
  const underWay = rotationUnderWay(state);
  const made = deployment(options, underWay);
  const given = options.to === undefined ? undefined : deployment({ to: options.to }, undefined).sinks;
  const overlap = options.overlap === undefined ? undefined : parseDuration(options.overlap, "--overlap");
  const fault = faultOf({ sinks: given ?? made.sinks, finish: options.finish, overlap });
  if (fault) throw new UsageError(`${fault} Nothing was sent.`);
  if (underWay && given?.some(({ spec }) => !underWay.sinks.some((sink) => sink.spec === spec)))
    throw new RotationError(
      "rotation-in-progress",
      `A rotation of this client is under way, with other sinks (${underWay.sinks.map(({ name }) => name).join(", ")}). Resume that first, or put another sink in the place of a mistaken one by \`resume --replace-sink\`. Nothing was sent.`,
      { state: underWay, nextStep: "resume" },
    );
  const sinks = made.sinks ?? [];
  const unproved = sinks.filter(({ readBack }) => !readBack).map(({ name }) => name);
  if (options.finish && unproved.length > 0 && made.check === undefined)
    throw new UsageError(
      `--finish deletes the old secret in the same run, which needs a proof that the new one is deployed in ${unproved.join(", ")}: give --check <command>, or ${unproved.map((name) => `--read-back '${name}=<command>'`).join(" and ")}, or decline the proof by --no-check. Nothing was sent.`,
    );
  session.output.isStdoutTaken = sinks.some(({ spec = "" }) => /^([\w.-]+=)?stdout$/.test(spec));
  if (session.output.isStdoutTaken && session.output.isJson)
    throw new UsageError("--to stdout and --json exclude each other: stdout can hold the secret or the report.");
  if (options.addMask) requireMaskable(session.output.isStdoutTaken || session.output.isJson);
  // Where the rotation was begun with it, and is resumed on such a runner again.
  const isMasked = options.addMask || (underWay?.memo[addMask] !== undefined && process.env.GITHUB_ACTIONS === "true");
  return {
    ...made,
    memo: { ...made.memo, ...rememberAge(state), ...(options.addMask && { [addMask]: "yes" }) },
    sinks: isMasked ? sinks.map(masked) : sinks,
    finish: options.finish,
    overlap,
  };
}

/** In the journal's memo. */
const addMask = "add-mask";

function masked(sink: Sink): Sink {
  return {
    ...sink,
    deliver: (secret, context) => {
      maskSecret(secret);
      return sink.deliver(secret, context);
    },
  };
}
