import type { NextStep, RotationState } from "../../rotation/index.ts";
import { type Session, target, targetOrCreation, warnOfTemporaryDisk } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { Progress } from "../terminal/progress.ts";
import { type Attempt, attempt, type Work } from "./attempt.ts";
import { decisionFor } from "./decisions.ts";
import { dryRun } from "./dry-run.ts";
import { summarise } from "./github-actions.ts";
import { nextAfter } from "./next-command.ts";
import type { GivenOptions } from "./option-table.ts";
import type { Prepared } from "./prepare.ts";
import { askBefore } from "./preview.ts";
import { describe, report } from "./report.ts";
import { rotationUnderWay } from "./standing.ts";

/**
 * A command on one client, for a person: asks, shows progress, and prints how it ended.
 *
 * @returns The exit code.
 */
export async function onOneClient(
  session: Session,
  { command, run }: Pick<Work, "command" | "run">,
  clientId: string,
  options: GivenOptions,
): Promise<number> {
  const { output, signals } = session;
  const progress = new Progress(output);
  const work: Work = {
    command,
    where: command === "create" ? targetOrCreation(session, clientId) : target(session, clientId),
    options: () => options,
    run,
    // The state of a creation's own log says nothing of sinks and checks.
    looked: command === "create" ? { state: undefined, at: Number.POSITIVE_INFINITY } : undefined,
    onEvent: progress.onEvent,
    async approve(prepared, state) {
      requireSinks(command, prepared, state);
      warnOfTemporaryDisk(session);
      if (isBeginning(command, state)) await askBefore(session, work, prepared, options.yes === true);
      signals.nextCommand = nextAfter(session, work.where, againOf(command), { options }).nextCommand;
    },
  };
  const attempted = await (options.dryRun ? dryRun(session, work) : attempt(session, work));
  progress.stop();
  return show(session, work, attempted, options.dryRun === true);
}

/** The command that continues if this one is stopped. */
function againOf(command: Work["command"]): NextStep {
  return command === "finish" || command === "create" ? command : "resume";
}

function isBeginning(command: Work["command"], state: RotationState | undefined): boolean {
  return (command === "rotate" || command === "recover") && !rotationUnderWay(state);
}

function requireSinks(command: Work["command"], { sinks }: Prepared, state: RotationState | undefined): void {
  if (sinks?.length === 0 && (isBeginning(command, state) || command === "adopt" || command === "create"))
    throw new UsageError(
      "No sink given. Nothing was sent. Say where the new secret goes, for example --to 'dotenv:.env#KEY'; `cf-oauth help sinks` lists more.",
    );
}

/** Prints what was seen, the state of the rotation and the next command. */
function show(session: Session, { where }: Work, { state, ending }: Attempt, isDry: boolean): number {
  const { output } = session;
  const { exitCode, message, nextCommand, nextFrom } = ending;
  if (message !== undefined) output.fail(message);
  // What a dry run has found is printed.
  if (isDry && message === undefined) return exitCode;
  if (exitCode !== 0 && nextCommand !== undefined) output.next(nextCommand, nextFrom);
  const made = report(ending, state ?? where, state, output.warnings);
  output.json(made);
  summarise(made);
  if (exitCode === 0 && state) output.result(...describe(state, nextCommand, decisionFor(session, state)));
  return exitCode;
}
