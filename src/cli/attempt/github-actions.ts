import { appendFileSync } from "node:fs";
import { UsageError } from "../terminal/command-error.ts";
import { plain } from "../terminal/text.ts";
import type { Report } from "./report.ts";

/** Adds the report of a command to the job's summary, if there is one. It does not contain the secret. */
export function summarise(report: Report): void {
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_ACTIONS !== "true" || !GITHUB_STEP_SUMMARY) return;
  const { command, clientId, ok, phase, code, message, sinks, sha256, finishFrom, nextCommand } = report;
  const rows: [string, string | null][] = [
    ["client", clientId],
    ["phase", phase],
    ["stopped by", code],
    ["SHA-256 of the new secret", sha256],
    ...sinks.map(({ name, provedBy, checked, delivered }): [string, string] => [
      `sink ${name}`,
      provedBy
        ? `confirmed by ${provedBy}${checked ? " and check" : ""}`
        : delivered
          ? "delivered"
          : "not delivered yet",
    ]),
    ["the old secret may be deleted from", phase === "verified" ? finishFrom : null],
    ["next", nextCommand],
  ];
  const table = rows.flatMap(([name, value]) =>
    value === null ? [] : [`| ${asWritten(name)} | ${asWritten(value)} |`],
  );
  const text = [
    `### ${ok ? "✅" : "❌"} cf-oauth ${command}`,
    "",
    "|  |  |",
    "| --- | --- |",
    ...table,
    ...(message ? ["", asWritten(message)] : []),
    "",
  ].join("\n");
  try {
    appendFileSync(GITHUB_STEP_SUMMARY, text);
  } catch {
    // A summary that cannot be written must not fail what has been done.
  }
}

/** Text that Markdown must not take for its own. */
function asWritten(text: string): string {
  return plain(text).replaceAll(/[\\`*_[\]<>|~&]/g, "\\$&");
}

/**
 * Has the runner hide a secret in its log from now on. The request itself is in the runner's input, which is why it is
 * made only when asked for.
 */
export function maskSecret(secret: string): void {
  const escaped = secret.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  process.stdout.write(`::add-mask::${escaped}\n`);
}

/** @throws {UsageError} Where a mask would be no mask, but a secret on a screen. */
export function requireMaskable(isStdoutTaken: boolean): void {
  if (process.env.GITHUB_ACTIONS !== "true")
    throw new UsageError("--add-mask works only in GitHub Actions: it writes the secret to stdout for the runner.");
  if (isStdoutTaken)
    throw new UsageError("--add-mask cannot be combined with --json or --to stdout: each of them writes to stdout.");
}
