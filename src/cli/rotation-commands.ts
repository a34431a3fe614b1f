import { createHash } from "node:crypto";
import { NotFoundError } from "../client/index.ts";
import {
  finishRotation,
  inspectRotation,
  type NextStep,
  type Rotation,
  RotationError,
  type RotationOptions,
  type RotationState,
  resumeRotation,
  rotateClientSecret,
  type Target,
} from "../rotation/index.ts";
import { dryRun } from "./dry-run.ts";
import { exitCodeOf } from "./exit-code.ts";
import { refuseBesidePlan } from "./fleet/beside-plan.ts";
import { summarise } from "./github-actions.ts";
import { hintFor } from "./hint.ts";
import { confirmPlan } from "./plan.ts";
import { prepare, type RotationCommandOptions } from "./prepare.ts";
import { Progress } from "./progress.ts";
import { describe, type Ending, report } from "./report.ts";
import { rescue } from "./rescue.ts";
import { commandLine, type Session, target } from "./session.ts";
import { shellQuote } from "./shell-quote.ts";
import { exitCodeOfSignal } from "./signals.ts";
import { UsageError } from "./usage-error.ts";

/** `rotate`: begins a rotation, or goes on with the one that is under way. */
export async function rotate(
  session: Session,
  clientId: string | undefined,
  options: RotationCommandOptions,
): Promise<number> {
  if (options.plan === undefined)
    return perform(session, "rotate", requireClient(clientId), options, rotateClientSecret);
  refuseBesidePlan(clientId, options);
  return (await import("./fleet/rotate-fleet.ts")).rotateFleet(session, options.plan, options);
}

/** `resume`: goes on with a rotation that was cut short. */
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
  return (await import("./fleet/finish-fleet.ts")).finishFleet(session, options.plan);
}

function requireClient(clientId: string | undefined): string {
  if (clientId === undefined) throw new UsageError("Which client? Give its id, or a plan of many by --plan.");
  return clientId;
}

/** `recover`: rotates although a second secret exists that nobody holds. */
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
  command: NextStep | "adopt",
  clientId: string,
  options: RotationCommandOptions,
  run: Perform,
): Promise<number> {
  const { output, journal, signal, signals } = session;
  const where = target(session, clientId);
  const progress = new Progress(output);
  try {
    const state = await inspectRotation(where, { journal });
    const underWay = state && state.phase !== "done" ? state : undefined;
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

/** A journal that is gone after the job cannot be resumed. */
export function warnOfThrowAwayRunner({ options, output, directory }: Session): void {
  const { CI, CF_OAUTH_STATE_DIR, CF_OAUTH_JOURNAL } = process.env;
  if (!CI || options.stateDir || CF_OAUTH_STATE_DIR || options.journal || CF_OAUTH_JOURNAL || options.sandbox) return;
  output.warn(
    `This looks like a CI runner, whose disk may not outlast the job, and the journal is on it, in ${directory}. Give a --state-dir that lasts, or a --journal elsewhere: else a killed job can only be recovered.`,
  );
}

function next(session: Session, clientId: string, step: NextStep | undefined, more = ""): Partial<Ending> {
  return step === undefined ? {} : { nextStep: step, nextCommand: commandLine(session, step, clientId, more) };
}

function end({ output }: Session, where: Target, state: RotationState | undefined, ending: Ending): number {
  const made = report(ending, where, state, output.warnings);
  output.json(made);
  summarise(made);
  if (ending.exitCode === 0 && state) output.result(describe(state, ending.nextCommand));
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

/** How a command ends that has failed; a secret that nothing else holds is kept first. */
export async function failure(
  session: Session,
  command: string,
  where: Target,
  options: RotationCommandOptions,
  error: RotationError,
): Promise<{ readonly state: RotationState | undefined; readonly ending: Ending & { readonly message: string } }> {
  const { journal, signal } = session;
  const exitCode = error.code === "interrupted" ? exitCodeOfSignal(signal) : exitCodeOf(error);
  const found = await inspectRotation(where, { journal }).catch(() => undefined);
  // What was done is of an earlier rotation, where this one did not begin.
  const state = found?.phase === "done" && found.abandoned === undefined ? undefined : found;
  const { clientId } = where;
  const lost = error.revealSecret();
  const file = lost === undefined ? undefined : rescue(lost, clientId);
  const leadingOn =
    lost !== undefined && file !== undefined
      ? { nextCommand: commandLine(session, "adopt", clientId, adoptWords(file, lost, state, options)) }
      : next(session, clientId, isForNothing(error) ? undefined : error.nextStep, furtherWords(error, state, options));
  const kept = file && ` It is in ${file} now, which only you can read: adopt it, then remove the file.`;
  const message = `${error.message}${kept ?? ""}${hintFor(error)}`;
  return { state, ending: { ...leadingOn, command, exitCode, code: error.code, message } };
}

/** Whether the same again would fail again. */
function isForNothing({ cause }: RotationError): boolean {
  return cause instanceof NotFoundError;
}

function adoptWords(
  file: string,
  secret: string,
  state: RotationState | undefined,
  options: RotationCommandOptions,
): string {
  const digest = createHash("sha256").update(secret).digest("hex");
  const to = state && state.phase !== "done" ? [] : (options.to ?? []).flatMap((spec) => ["--to", spec]);
  return ["--secret-from", `file:${file}`, "--digest", digest, ...to].map(shellQuote).join(" ");
}

/** What the next command needs besides the client, and cannot find in the journal. */
function furtherWords(error: RotationError, state: RotationState | undefined, options: RotationCommandOptions): string {
  const { nextStep } = error;
  if (nextStep !== "rotate" && nextStep !== "recover") return "";
  const words: string[] = [];
  const isUnderWay = state !== undefined && state.phase !== "done";
  if (!isUnderWay) {
    for (const spec of options.to ?? []) words.push("--to", spec);
    for (const readBack of options.readBack ?? []) words.push("--read-back", readBack);
    if (options.check) words.push("--check", options.check);
    if (options.check === false) words.push("--no-check");
    if (options.verifyWith !== undefined) words.push("--verify-with", options.verifyWith);
    if (options.verify === false) words.push("--no-verify");
    if (options.overlap !== undefined) words.push("--overlap", options.overlap);
    if (options.finish) words.push("--finish");
    if (options.commandTimeout !== undefined) words.push("--command-timeout", options.commandTimeout);
    if (options.addMask) words.push("--add-mask");
  }
  if (nextStep === "recover") words.push("--accept-downtime");
  return words.map(shellQuote).join(" ");
}
