import { isCreationLog } from "../../rotation/creation-log.ts";
import type { RotationState } from "../../rotation/index.ts";
import { programName } from "../session/command-line.ts";
import { formatDuration } from "../terminal/duration.ts";
import type { Ending } from "./ending.ts";
import { remembered } from "./option-table.ts";

/**
 * What a command on one rotation prints with `--json`: one object, whose fields are only ever added to. Holds no secret.
 * Times are ISO 8601.
 */
export interface Report {
  /** The command that was run. */
  readonly command: string;
  /** Whether it did what it was asked. */
  readonly ok: boolean;
  readonly exitCode: number;
  /** Why it stopped: a `RotationError`'s code, or null. */
  readonly code: string | null;
  /** What was seen, what is true now, what to do next; null if all is well. */
  readonly message: string | null;
  readonly warnings: readonly string[];
  readonly accountId: string;
  /** Null if the client is not created yet. */
  readonly clientId: string | null;
  /** Null if the journal knows of no rotation. */
  readonly phase: string | null;
  /** The state of the rotation in a few sentences; null if there is no rotation. */
  readonly summary: string | null;
  /** Null if nothing has to be done, or if a person has to decide first. */
  readonly nextStep: string | null;
  /** The command line that continues the rotation; null where there is no next step, or where only you know its options. */
  readonly nextCommand: string | null;
  /** The SHA-256 of the new secret, in hex; null until there is one. */
  readonly sha256: string | null;
  readonly sinks: readonly {
    readonly name: string;
    readonly spec: string | null;
    readonly delivered: boolean;
    readonly provedBy: "read-back" | "check" | null;
    readonly provedAt: string | null;
    /** Whether the check succeeded, too, where the sink was read back. */
    readonly checked: boolean;
  }[];
  readonly startedAt: string | null;
  /** From when on the old secret may be deleted. */
  readonly finishFrom: string | null;
  readonly finishedAt: string | null;
  /** For how long no deployed secret may have worked, in ms; null if there was no such time. */
  readonly downtime: number | null;
  readonly abandoned: string | null;
}

/** The report of a command. */
export function report(
  ending: Ending,
  target: { readonly accountId: string; readonly clientId: string },
  state: RotationState | undefined,
  warnings: readonly string[],
): Report {
  const { command, exitCode, code, message, nextStep, nextCommand } = ending;
  return {
    command,
    ok: exitCode === 0,
    exitCode,
    code: code ?? null,
    message: message ?? null,
    warnings,
    accountId: target.accountId,
    clientId: isCreationLog(target.clientId) ? null : target.clientId,
    phase: state?.phase ?? null,
    summary: state?.summary ?? null,
    nextStep: nextStep ?? null,
    nextCommand: nextCommand ?? null,
    sha256: state?.sha256 ?? null,
    sinks: (state?.sinks ?? []).map(({ name, spec }) => ({
      name,
      spec: spec ?? null,
      delivered: state?.delivered.includes(name) ?? false,
      provedBy: state?.confirmations[name]?.by ?? null,
      provedAt: iso(state?.confirmations[name]?.at),
      checked: state?.confirmations[name]?.isChecked ?? false,
    })),
    startedAt: iso(state?.startedAt),
    finishFrom: iso(state?.finishFrom),
    finishedAt: iso(state?.finishedAt),
    downtime: state?.downtime ?? null,
    abandoned: state?.abandoned ?? null,
  };
}

/**
 * A rotation for a person, line by line.
 *
 * @param decision the commands for the decision of a person, if there is no next command.
 */
export function describe(state: RotationState, nextCommand: string | undefined, decision?: string): string[] {
  const {
    phase,
    summary,
    sha256,
    sinks,
    delivered,
    confirmations,
    startedAt,
    finishFrom,
    finishedAt,
    downtime,
    abandoned,
  } = state;
  const lines: [string, string][] = [
    [isCreationLog(state.clientId) ? "creation" : "client", state.clientId],
    ["phase", `${phase}: ${summary}`],
    ["started", ago(startedAt)],
  ];
  if (finishedAt) lines.push(["ended", ago(finishedAt)]);
  if (sha256) lines.push(["secret", `SHA-256 ${sha256}`]);
  for (const { name, spec } of sinks) {
    const confirmation = confirmations[name];
    const shown = spec === undefined || spec.startsWith(name) ? (spec ?? name) : `${name} (${spec})`;
    const status = confirmation
      ? `confirmed by ${confirmation.by}${confirmation.isChecked ? " and check" : ""} ${ago(new Date(confirmation.at))}`
      : delivered.includes(name)
        ? "delivered"
        : "not delivered yet";
    lines.push(["sink", `${shown}: ${abandoned ? "abandoned" : status}`]);
  }
  if (finishFrom && phase === "verified" && finishFrom.getTime() > Date.now())
    lines.push(["overlap", `the old secret is kept until ${finishFrom.toISOString()}`]);
  if (downtime !== undefined)
    lines.push(["downtime", `up to ${formatDuration(downtime)}, in which no deployed secret may have worked`]);
  // Unless the services were restarted, or asked.
  const isSeenRunning = [remembered.activate, remembered.running].some((option) => state.memo[option]);
  if (phase === "verified" && !isSeenRunning && sinks.some(({ name }) => confirmations[name]?.by === "read-back"))
    lines.push(["first", "restart what uses the secret: a read-back shows what is stored, not what runs"]);
  if (decision !== undefined) lines.push(["decide", decision]);
  if (nextCommand !== undefined) lines.push(["next", nextCommand]);
  // Only you know its sinks.
  else if (state.nextStep === "create")
    lines.push(["next", `run \`${programName()} create\` again, with the options that you gave it`]);
  return lines.map(([name, text]) => `${name.padEnd(9)}${text}`);
}

function ago(time: Date): string {
  const passed = Date.now() - time.getTime();
  if (passed < 0) return time.toISOString();
  return `${passed < 1000 ? "just now" : `${formatDuration(passed)} ago`} (${time.toISOString()})`;
}

function iso(time: Date | number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
