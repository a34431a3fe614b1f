import type { RotationError } from "../../../src/rotation/index.ts";
import type { Scene } from "./deaths.ts";
import type { SimulatedJournal } from "./journals.ts";
import { last } from "./last.ts";
import type { Append, Ledger } from "./ledger.ts";
import type { Process } from "./process.ts";

/** What a command that ended well must have done. */
export function judgeCommand({ ledger }: Scene, process: Process, journal: SimulatedJournal | undefined): void {
  const { redeliver = [], sha256, misuse, name } = process.command;
  for (const sink of redeliver)
    if (!process.offered.has(sink) && process.won)
      ledger.break("redeliver-untrue", `${process.name} ends well, and did not deliver to ${sink} again`);
  if (sha256 === "wrong") ledger.break("adopt-untrue", `${process.name} adopted a secret with another digest`);
  if (process.won && (misuse === "a date to come" || misuse === "negative overlap"))
    ledger.break("usage-untrue", `${process.name} took ${misuse}`);
  judgeCount(ledger, process, journal);
  if (name === "record" && process.won && process.won.entry.phase !== "done")
    ledger.break("record-untrue", `${process.name} wrote ${process.won.entry.phase}`);
}

/** `count-untrue`: a failure is counted, and changes nothing else; success sets the count back. */
function judgeCount(ledger: Ledger, { command, name, won }: Process, journal: SimulatedJournal | undefined): void {
  if (!won) return;
  const { phase, failed, abandoned } = won.entry;
  const before = last(journal?.appends ?? [], ({ sequence }) => sequence < won.sequence);
  if (command.name !== "count") {
    const isSuccess =
      (phase === "verified" || (phase === "done" && abandoned === undefined)) && before?.entry.phase !== phase;
    if (isSuccess && failed && command.name !== "record")
      ledger.break("count-untrue", `${name} succeeds, and keeps the count`);
    return;
  }
  const without = ({ text }: Append) =>
    JSON.stringify({ ...JSON.parse(text), failed: undefined, writtenBy: undefined });
  if (!before || without(before) !== without(won)) ledger.break("count-untrue", `${name} changes more than the count`);
  if (failed?.count !== (before?.entry.failed?.count ?? 0) + 1)
    ledger.break("count-untrue", `${name} counts ${failed?.count} after ${before?.entry.failed?.count ?? 0}`);
}

/** What a command that failed must have tried, or must not have done. */
export function judgeFailure(
  { ledger, placesOf }: Scene,
  process: Process,
  journal: SimulatedJournal | undefined,
  error: RotationError,
): void {
  const { code, nextStep } = error;
  const { command, name } = process;
  if (command.sha256 === "wrong" && process.won)
    ledger.break("adopt-untrue", `${name} wrote an entry with a secret that has another digest`);
  if (code === "usage" && (process.requests > 0 || process.won))
    ledger.break("usage-untrue", `${name} says usage, and has sent or written something`);
  // R8: a secret that no journal took goes to every sink, unless it was seen that it must not.
  const made = last(ledger.changes, ({ by, secret }) => by === process && secret !== undefined)?.secret;
  const isJournaled = made && (journal?.holds(made.value) || process.isInterrupted);
  if (code === "journal-failed" && error.revealSecret() === made?.value && made && !isJournaled)
    for (const { name: sink } of placesOf(process))
      if (!process.offered.has(sink))
        ledger.break(
          "unjournaled-not-delivered",
          `${name} had S${made.number} in no journal, and kept it from ${sink}`,
        );
  if (code === "journal-failed" && nextStep === "adopt" && made && journal?.holds(made.value))
    ledger.count("adopt advised though the journal holds it");
}
