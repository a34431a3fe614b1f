import { createHash } from "node:crypto";
import { NotFoundError } from "../client/index.ts";
import {
  inspectRotation,
  type NextStep,
  type RotationError,
  type RotationState,
  type Target,
} from "../rotation/index.ts";
import { exitCodeOf } from "./exit-code.ts";
import { hintFor } from "./hint.ts";
import type { RotationCommandOptions } from "./prepare.ts";
import type { Ending } from "./report.ts";
import { rescue } from "./rescue.ts";
import { rotationUnderWay } from "./rotation-under-way.ts";
import { commandLine, type Session } from "./session.ts";
import { shellQuote } from "./shell-quote.ts";
import { exitCodeOfSignal } from "./signals.ts";

/** The command that leads on, for a report. */
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
  const adopt = adoptWords(error, lost, file, state, options);
  const nextStep = isForNothing(error) ? undefined : error.nextStep;
  const leadingOn =
    adopt !== undefined
      ? { nextStep: "adopt", nextCommand: commandLine(session, "adopt", clientId, adopt) }
      : nextStep === "adopt"
        ? { nextStep }
        : next(session, clientId, nextStep, furtherWords(nextStep, state, options));
  const kept = file && ` It is in ${file} now, which only you can read: adopt it, then remove the file.`;
  const message = `${error.message}${kept ?? ""}${hintFor(session, error)}`;
  return { state, ending: { ...leadingOn, command, exitCode, code: error.code, message } };
}

/** Whether the same again would fail again. */
function isForNothing({ cause }: RotationError): boolean {
  return cause instanceof NotFoundError;
}

/** What `adopt` needs, where this command alone knows who holds the new secret; undefined where it is not to be adopted. */
function adoptWords(
  error: RotationError,
  lost: string | undefined,
  file: string | undefined,
  state: RotationState | undefined,
  options: RotationCommandOptions,
): string | undefined {
  const holder = state?.sinks.find(
    ({ name, spec = "" }) => state.delivered.includes(name) && /^([\w.-]+=)?(file|dotenv):/.test(spec),
  );
  const held = holder?.spec?.replace(/^[\w.-]+=(?=file:|dotenv:)/, "");
  const source = file === undefined ? held : `file:${file}`;
  if (source === undefined || (lost === undefined && error.nextStep !== "adopt")) return undefined;
  const digest = lost === undefined ? state?.sha256 : createHash("sha256").update(lost).digest("hex");
  const isInJournal = state?.phase === "requesting";
  const to = isInJournal ? [] : (options.to ?? []).flatMap((spec) => ["--to", spec]);
  return ["--secret-from", source, ...(digest ? ["--digest", digest] : []), ...to].map(shellQuote).join(" ");
}

/** What `rotate` needs besides the client: all that it was given, since the journal has none of it. */
function furtherWords(
  nextStep: NextStep | undefined,
  state: RotationState | undefined,
  options: RotationCommandOptions,
): string {
  if (nextStep !== "rotate" || rotationUnderWay(state)) return "";
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
  return words.map(shellQuote).join(" ");
}
