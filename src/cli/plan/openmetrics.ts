import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { replaceFile } from "../../node/files/replace-file.ts";
import { UsageError } from "../terminal/command-error.ts";
import { messageOf } from "../terminal/text.ts";
import type { StatusReport } from "./client-report.ts";

/** What a metric of a client shows. */
interface Metric {
  readonly name: string;
  readonly help: string;
  /** Undefined if it is not known: then the client has no sample. */
  value(report: StatusReport): number | undefined;
  /** A label in addition to those of all metrics. */
  label?(report: StatusReport): readonly [name: string, value: string];
}

const metrics: readonly Metric[] = [
  {
    name: "cf_oauth_secret_age_seconds",
    help: "Age of the newest secret when this file was written.",
    value: ({ age }) => inSeconds(age),
  },
  {
    name: "cf_oauth_rotation_due_timestamp_seconds",
    help: "When the next rotation is due.",
    value: ({ dueAt }) => timestamp(dueAt),
  },
  {
    name: "cf_oauth_rotation_overdue",
    help: "1 if a whole window has passed since the rotation was due, or without a window if the secret is older than the plan allows, or if its age is not known.",
    value: ({ overdue }) => Number(overdue),
  },
  {
    name: "cf_oauth_rotation_last_success_timestamp_seconds",
    help: "When the last finished rotation began, or the date that was recorded.",
    value: ({ oldestRotatedAt }) => timestamp(oldestRotatedAt),
  },
  {
    name: "cf_oauth_rotation_phase",
    help: "1 for the phase of the latest rotation; none if the journal knows no rotation.",
    value: ({ result }) => (isUnread(result) ? undefined : 1),
    label: ({ phase }) => ["phase", phase ?? "none"],
  },
  {
    name: "cf_oauth_rotation_stuck",
    help: "1 if only a person can continue: the plan has stopped trying the client after failures, or a rotation waits for a decision.",
    value: ({ result, phase, nextStep }) =>
      isUnread(result)
        ? undefined
        : Number(result === "stuck" || (phase !== null && phase !== "done" && nextStep === null)),
  },
];

/**
 * The clients of a plan as metrics, without any secret or digest.
 *
 * The text is OpenMetrics 1.0, and in the Prometheus text format too, because node_exporter's textfile collector reads only that.
 * So all are gauges without timestamps: the collector knows no types `info` and `stateset`, and rejects a file with timestamps.
 * The end, `# EOF`, is a comment to it.
 *
 * @param plan the file's path, as it was given.
 */
export function openMetrics(plan: string, reports: readonly StatusReport[]): string {
  const families = metrics.map(({ name, help, value, label }) => {
    const samples = reports.flatMap((report) => {
      const shown = value(report);
      const { clientId, name: client } = report;
      const labels = [["plan", plan], ["client_id", clientId], ["client", client], ...(label ? [label(report)] : [])];
      const written = labels.map(([key, text = ""]) => `${key}="${escaped(text)}"`).join(",");
      return shown === undefined ? [] : [`${name}{${written}} ${shown}\n`];
    });
    return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${samples.join("")}`;
  });
  return `${families.join("")}# EOF\n`;
}

/** Whether the journal could not be read, so that nothing is known of the client. */
function isUnread(result: StatusReport["result"]): boolean {
  return result === "failed";
}

/** Both formats escape these three in the value of a label, and no other character. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function inSeconds(milliseconds: number | null): number | undefined {
  return milliseconds === null ? undefined : milliseconds / 1000;
}

function timestamp(time: string | null): number | undefined {
  return time === null ? undefined : Date.parse(time) / 1000;
}

/** @throws {UsageError} if the path is that of a device or a folder, such as /dev/stdout: neither can be replaced. */
export async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (/^\/(dev|proc)\//.test(resolve(path)) || (found && !found.isFile()))
    throw new UsageError(
      `--openmetrics replaces a whole file, and ${path} is not a file. Nothing was written. Give the path of a file, such as cf-oauth.prom.`,
    );
}

/**
 * Writes metrics to a file atomically. All users may read a new file, since the collector runs as another one.
 *
 * @throws {Error} if it cannot be written; the file is unchanged then.
 */
export async function writeMetrics(path: string, text: string, signal: AbortSignal): Promise<void> {
  try {
    await replaceFile(path, () => Buffer.from(text), { mode: 0o644, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`The metrics could not be written to ${path}: ${messageOf(error)}`);
  }
}
