import {
  finishRotation,
  inspectRotation,
  type Rotation,
  RotationError,
  type RotationOptions,
  type RotationState,
  resumeRotation,
  rotateClientSecret,
  type Target,
} from "../../rotation/index.ts";
import { refuseBesidePlan } from "../plan/beside-plan.ts";
import { commandLine, type Session, target } from "../session/session.ts";
import { Progress } from "../terminal/progress.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { decisionFor } from "./decisions.ts";
import { dryRun } from "./dry-run.ts";
import { failure, next } from "./failure.ts";
import { summarise } from "./github-actions.ts";
import { prepare, type RotationCommandOptions } from "./prepare.ts";
import { confirmPlan } from "./preview.ts";
import { describe, type Ending, report } from "./report.ts";
import { rotationUnderWay } from "./rotation-under-way.ts";
import { warnOfThrowAwayRunner } from "./throw-away-runner.ts";

/** `rotate`: begins a rotation, or continues the one that is under way. */
export async function rotate(
  session: Session,
  clientId: string | undefined,
  options: RotationCommandOptions,
): Promise<number> {
  if (options.plan === undefined)
    return perform(session, "rotate", requireClient(clientId), options, rotateClientSecret);
  refuseBesidePlan(clientId, options);
  return (await import("../plan/rotate-plan.ts")).rotateFleet(session, options.plan, options);
}

/** `resume`: continues an interrupted rotation. */
export function resume(session: Session, clientId: string, options: RotationCommandOptions): Promise<number> {
  return perform(session, "resume", clientId, options, resumeRotation);
}

/** `finish`: deletes the old secret. */
export async function finish(
  session: Session,
  clientId: string | undefined,
  options: RotationCommandOptions,
): Promise<number> {
  if (options.plan === undefined) return perform(session, "finish", requireClient(clientId), options, finishRotation);
  refuseBesidePlan(clientId, options);
  return (await import("../plan/finish-plan.ts")).finishFleet(session, options.plan);
}

function requireClient(clientId: string | undefined): string {
  if (clientId === undefined) throw new UsageError("Which client? Give its id, or a plan of many by --plan.");
  return clientId;
}

/** `recover`: creates a usable secret when nobody holds the new one. */
export function recover(session: Session, clientId: string, options: RotationCommandOptions): Promise<number> {
  if (!options.acceptDowntime)
    throw new UsageError(
      "recover gives up a secret that nobody holds, and rotates. Where the API keeps two secrets at most, it deletes one first: then no deployed secret may work until every sink has the new one, usually for some seconds. Accept that by --accept-downtime.",
    );
  return perform(session, "recover", clientId, options, rotateClientSecret);
}

/** What a command does with the rotation. */
type Perform = (client: Session["client"], where: Target, options: RotationOptions) => Promise<Rotation>;

export async function perform(
  session: Session,
  command: "rotate" | "resume" | "finish" | "recover" | "adopt",
  clientId: string,
  options: RotationCommandOptions,
  run: Perform,
): Promise<number> {
  const { output, journal, signal, signals } = session;
  const where = target(session, clientId);
  const progress = new Progress(output);
  try {
    const state = await inspectRotation(where, { journal });
    const underWay = rotationUnderWay(state);
    const prepared = prepare(session, options, state);
    warnOfThrowAwayRunner(session);
    if (options.dryRun) return await dryRun(session, where, prepared, progress);
    if (prepared.sinks?.length === 0 && !underWay && command !== "resume" && command !== "finish")
      throw new UsageError(
        "Where is the new secret to go? Give at least one --to: exec:<command>, file:<path>, dotenv:<path>#<KEY> or stdout. Nothing was sent.",
      );
    const isBeginning = (command === "rotate" || command === "recover") && !underWay;
    if (isBeginning && !(await confirmPlan(session, command, where, prepared, options.yes === true))) {
      output.fail("Nothing was changed.");
      return 1;
    }
    signals.nextCommand = commandLine(session, command === "finish" ? "finish" : "resume", clientId);
    const rotation = await run(session.client, where, {
      journal,
      issuer: session.issuer,
      fetch: session.fetch,
      signal,
      onEvent: (event) => {
        progress.onEvent(event);
        if (event.type === "request" && event.request === "rotate") signals.isSecretOnItsWay = true;
        if (event.type === "phase") signals.isSecretOnItsWay = false;
      },
      acceptChange: options.acceptChange,
      acceptDowntime: options.acceptDowntime,
      ...prepared,
    });
    progress.stop();
    return end(session, where, rotation, { command, exitCode: 0, ...next(session, clientId, rotation.nextStep) });
  } catch (error) {
    progress.stop();
    if (!(error instanceof RotationError)) throw error;
    return fail(session, command, where, options, error);
  }
}

function end(session: Session, where: Target, state: RotationState | undefined, ending: Ending): number {
  const { output } = session;
  const made = report(ending, where, state, output.warnings);
  output.json(made);
  summarise(made);
  if (ending.exitCode === 0 && state) output.result(describe(state, ending.nextCommand, decisionFor(session, state)));
  return ending.exitCode;
}

/** Says what was seen, where the rotation stands, and which command comes next. */
async function fail(
  session: Session,
  command: string,
  where: Target,
  options: RotationCommandOptions,
  error: RotationError,
): Promise<number> {
  const { output } = session;
  const { state, ending } = await failure(session, command, where, options, error);
  output.fail(ending.message);
  if (ending.nextCommand) output.next(ending.nextCommand);
  return end(session, where, state, ending);
}
