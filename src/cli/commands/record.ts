import { Option } from "commander";
import { inspectRotation, RotationError, recordRotation } from "../../rotation/index.ts";
import { isRecordedByHand } from "../../rotation/state.ts";
import { report } from "../attempt/report.ts";
import { rotatedAt as lastRotation } from "../attempt/standing.ts";
import { commandLine } from "../session/command-line.ts";
import { type Session, target } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import type { CommandDefinition } from "./definition.ts";

interface RecordOptions {
  readonly rotatedAt?: string;
}

/** `record`: tells the journal when a client's secret was last made, where no rotation here has made it. */
export const command: CommandDefinition<[clientId: string, options: RecordOptions]> = {
  about:
    "Tell the journal when a secret was created that it does not know, so that a plan can tell when it is due. Run it again to correct the date. Nothing is rotated.",
  usage: ["<client-id> --rotated-at <date>"],
  examples: `$ cf-oauth record $ID --rotated-at 2026-08-01`,
  options: [
    new Option("--rotated-at <date>", "required: when it was created, such as 2026-08-01 or 2026-08-01T12:00Z"),
  ],
  run: record,
};

async function record(session: Session, clientId: string, { rotatedAt }: RecordOptions): Promise<number> {
  const { output, journal, client, issuer, signal } = session;
  if (rotatedAt === undefined) throw new UsageError("When was it rotated? Give --rotated-at, such as 2026-08-01.");
  const date = dateOf(rotatedAt);
  const where = target(session, clientId);
  const state = await inspectRotation(where, { journal });
  const known = lastRotation(state);
  if (state?.phase === "done" && !isRecordedByHand(state) && known && known > date)
    throw new UsageError(
      `The journal knows of a later rotation of ${clientId}, at ${known.toISOString()}. Nothing was recorded.`,
    );
  try {
    const recorded = await recordRotation(client, where, { journal, issuer, signal, rotatedAt: date });
    output.json(report({ command: "record", exitCode: 0 }, where, recorded, output.warnings));
    output.result(`Recorded: the secret of ${clientId} was created at ${recorded.startedAt.toISOString()}.`);
    return 0;
  } catch (error) {
    if (!(error instanceof RotationError)) throw error;
    const { code, nextStep } = error;
    const message = error.message + (code === "no-client-secret" ? " If a plan has this client, remove it there." : "");
    const exitCode = exitCodeOf(error);
    const nextCommand = nextStep && nextStep !== "rotate" ? commandLine(session, nextStep, clientId) : undefined;
    output.fail(message);
    if (nextCommand) output.next(nextCommand);
    output.json(
      report({ command: "record", exitCode, code, message, nextStep, nextCommand }, where, state, output.warnings),
    );
    return exitCode;
  }
}

/** A day, or a moment of one. */
function dateOf(text: string): Date {
  const isForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const date = new Date(isForm ? text : Number.NaN);
  const day = new Date(text.slice(0, 10));
  // Date takes the 31st of June for the 1st of July.
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text.slice(0, 10);
  if (!isForm || Number.isNaN(date.getTime()) || !isDay)
    throw new UsageError(`--rotated-at takes a day such as 2026-08-01, or 2026-08-01T12:00Z; not "${text}".`);
  if (date.getTime() > Date.now()) throw new UsageError(`--rotated-at must be in the past, and ${text} is not.`);
  return date;
}
