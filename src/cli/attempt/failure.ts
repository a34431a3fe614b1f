import { createHash } from "node:crypto";
import { NotFoundError } from "../../client/index.ts";
import {
  inspectRotation,
  type NextStep,
  type RotationError,
  type RotationState,
  type Target,
} from "../../rotation/index.ts";
import { commandLine, type Session } from "../session/session.ts";
import { shellQuote } from "../session/shell-quote.ts";
import { exitCodeOfSignal } from "../session/signals.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import { hintFor, sourceOf } from "./decisions.ts";
import type { RotationCommandOptions } from "./prepare.ts";
import type { Ending } from "./report.ts";
import { rescue } from "./rescue.ts";
import { rotationUnderWay } from "./rotation-under-way.ts";

/** The command that continues, for a report. */
export function next(session: Session, clientId: string, step: NextStep | undefined, more = ""): Partial<Ending> {
  return step === undefined ? {} : { nextStep: step, nextCommand: commandLine(session, step, clientId, more) };
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
  const found = error.state ?? (await inspectRotation(where, { journal }).catch(() => undefined));
  // What was done is of an earlier rotation, where this one did not begin.
  const state = found?.phase === "done" && found.abandoned === undefined ? undefined : found;
  const { clientId } = where;
  const lost = error.revealSecret();
  const file = lost === undefined ? undefined : rescue(lost, clientId);
  const nextStep = isForNothing(error) ? undefined : error.nextStep;
  const given = givenWords(options);
  const continuing = nextOf(session, clientId, { lost, file, nextStep, state, options });
  const kept = file && ` It is in ${file} now, which only you can read: adopt it, then remove the file.`;
  const asked = {
    command,
    clientId,
    given: given.map(shellQuote).join(" "),
    hasNext: continuing.nextCommand !== undefined,
  };
  // What holds the secret for a program is the file by now.
  const told = error.message.replace("Only this error holds it (revealSecret()).", "No sink has it either.");
  const message = `${told}${kept ?? ""}${hintFor(session, error, asked)}`;
  return { state, ending: { ...continuing, command, exitCode, code: error.code, message } };
}

/** Whether the same again would fail again. */
function isForNothing({ cause }: RotationError): boolean {
  return cause instanceof NotFoundError;
}

/** What is known when a command has failed. */
interface Known {
  /** A secret that nothing held, and the file that has it now. */
  readonly lost: string | undefined;
  readonly file: string | undefined;
  readonly nextStep: NextStep | undefined;
  readonly state: RotationState | undefined;
  readonly options: RotationCommandOptions;
}

/** The next command, if it can be given whole. */
function nextOf(session: Session, clientId: string, known: Known): Partial<Ending> {
  const { lost, nextStep, state, options } = known;
  const adopt = adoptWords(known);
  if (adopt !== undefined) return next(session, clientId, "adopt", adopt);
  if (lost !== undefined || nextStep === "adopt") return { nextStep };
  if (nextStep !== "rotate" || rotationUnderWay(state)) return next(session, clientId, nextStep);
  // The journal has no sinks of a rotation that has not begun.
  if (!options.to?.length) return { nextStep };
  return next(session, clientId, "rotate", givenWords(options).map(shellQuote).join(" "));
}

/** What `adopt` needs, where a file has the new secret; undefined where nothing is to be adopted, or only you can read it. */
function adoptWords({ lost, file, nextStep, state, options }: Known): string | undefined {
  const holder = state?.sinks.find(({ name, spec }) => state.delivered.includes(name) && sourceOf(spec) !== "<source>");
  const source = file === undefined ? sourceOf(holder?.spec) : shellQuote(`file:${file}`);
  if (source === "<source>" || (lost === undefined && nextStep !== "adopt")) return undefined;
  const digest = lost === undefined ? state?.sha256 : createHash("sha256").update(lost).digest("hex");
  const { finish, ...known } = options;
  const words = [...(digest ? ["--digest", digest] : []), ...givenWords(known)].map(shellQuote);
  return ["--secret-from", source, ...words].join(" ");
}

/** The options of a rotation that has not begun, again, since the journal has none of them. */
function givenWords(options: RotationCommandOptions): string[] {
  const words: string[] = [];
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
  return words;
}
