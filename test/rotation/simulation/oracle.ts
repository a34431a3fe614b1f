import { inspect } from "node:util";
import type { RotationError } from "../../../src/rotation/index.ts";
import { noteMessage } from "../../support/messages.ts";
import { judgeAnnouncement, judgeOverlap } from "./announcements.ts";
import { judgeCommand, judgeFailure } from "./commands-oracle.ts";
import { judgeDeaths, judgeDelivery, type Scene } from "./deaths.ts";
import type { SimulatedJournal } from "./journals.ts";
import { last } from "./last.ts";
import type { Change, EntryFields } from "./ledger.ts";
import { judgeMissing } from "./missing.ts";
import type { Ending } from "./operator.ts";
import type { Process } from "./process.ts";
import type { Place } from "./services.ts";
import { excusesOf } from "./unseen.ts";
import { decisions, judgeWording } from "./wording.ts";

/** The longest that a command may take, besides freezes and what sinks and journals take for themselves, in ms. */
export const longestRun = 2 * 3_600_000;

/** Codes after which nothing needs to be decided: what to do is plain from the message, or there is nothing to do. */
const plainCodes = [
  "usage",
  "no-client-secret",
  "interrupted",
  "journal-mismatch",
  "credentials-refused",
  "client-exists",
  "no-rotation",
];

/** Holds what happens to what must never happen. It shares no code with `src`. */
export class Oracle {
  readonly #scene: Scene;
  readonly #journals: readonly SimulatedJournal[];

  constructor(scene: Scene, journals: readonly SimulatedJournal[]) {
    this.#scene = scene;
    this.#journals = journals;
  }

  sent(change: Change): void {
    const { ledger } = this.#scene;
    const journal =
      this.#journals.find(({ appends }) => appends.some((append) => append === change.announcement)) ??
      this.#journalOf(change.by);
    if (!journal) return;
    judgeAnnouncement(ledger, journal, change, this.#scene.now());
    judgeOverlap(ledger, journal, change, this.#scene.now(), this.#scene.areClocksKnowable());
  }

  /** `one-client`: a second creation reached the server. */
  createdTwice({ by, calledAt }: Change): void {
    const { ledger, now } = this.#scene;
    ledger.judge("one-client", `${by?.name} creates a second client`, {
      "frozen between check and fetch": () =>
        ledger.changes.some(({ sentAt, calledAt, by }) => by && sentAt > calledAt),
      "applied after its settling time": () => by !== undefined && now() > calledAt + by.timeout + 30_000,
      "reads lagged longer than 30 s": () => ledger.longestLag > 30_000,
      "no Date, and a wrong clock": () => !this.#scene.areClocksKnowable(),
      "another person has renamed it": () => ledger.changes.some(({ kind, by }) => kind === "PATCH" && !by),
    });
  }

  applied(change: Change): void {
    judgeDeaths(this.#scene, change);
  }

  delivered(by: Process, place: Place, before: string, value: string, calledAt: number): void {
    judgeDelivery(this.#scene, by, place, before, value, calledAt);
  }

  said(process: Process, event: object): void {
    if (Object.values(event).some((value) => typeof value === "string" && this.#scene.ledger.isLeakedIn(value)))
      this.#scene.ledger.break("leak", `an event of ${process.name} holds a secret`);
    if ("message" in event && typeof event.message === "string") this.#judgeClaims(process, event.message);
  }

  appended(process: Process, { abandoned }: EntryFields): void {
    if (abandoned !== undefined) this.#judgeClaims(process, `This rotation ended without a new secret: ${abandoned}.`);
  }

  /** A command ended well. */
  returned(process: Process, rotation: NonNullable<Ending["rotation"]>): void {
    this.#judgeEnd(process, rotation.revealSecret?.());
    // What was not counted, since another process went on, tells nobody anything.
    if (process.command.name === "count" && !process.won) return;
    judgeCommand(this.#scene, process, this.#journalOf(process));
    this.#judgeClaims(process, rotation.summary);
    this.#judgeNext(process, rotation.nextStep);
    const hasBegun = process.won !== undefined && process.command.name !== "record";
    if (rotation.phase === "done" && rotation.abandoned === undefined && hasBegun) this.#judgeDone(process);
  }

  /** A command ended with an error. */
  failed(process: Process, error: RotationError): void {
    const { ledger } = this.#scene;
    const { code, message, nextStep } = error;
    this.#judgeEnd(process, error.revealSecret());
    judgeFailure(this.#scene, process, this.#journalOf(process), error);
    if (ledger.isLeakedIn(inspect(error, { depth: 8 })))
      ledger.break("leak", `${code} of ${process.name} holds a secret`);
    this.#judgeClaims(process, message);
    this.#judgeNext(process, nextStep);
    const isPlain = plainCodes.includes(code) || process.command.sha256 === "wrong" || decisions.test(message);
    if (!nextStep && !isPlain)
      ledger.judge(
        "consent-in-next-step",
        `${code} of ${process.name} has no next step, and names no decision: ${message}`,
        {},
      );
    if (code === "secret-missing") judgeMissing(this.#scene, process, this.#journalOf(process), message);
    const hasOther = this.#journals.some(
      ({ name, appends }) =>
        name.startsWith(process.journal) &&
        appends.some(({ by, visibleFrom }) => by !== process && visibleFrom >= process.startedAt),
    );
    if (code === "locked" && !hasOther)
      ledger.break("locked-untrue", `${process.name} says locked, and no other process has written to its journal`);
    const newest = ledger.alive.at(-1);
    const holder = this.#scene.placesOf(process).find(({ value }) => value === newest?.value);
    const isOurs = newest?.madeBy?.by?.journal === process.journal;
    // "Recover again." only repeats the operator's own command.
    const isAdvised = /\brecover/i.test(message.replace(/Recover again\.$/, ""));
    if (isAdvised && holder && isOurs && !this.#journalOf(process)?.holds(newest?.value ?? ""))
      if (!/adopt/i.test(message))
        ledger.break("rescue-not-named", `${code} of ${process.name} names recover, not adopt`);
  }

  #judgeNext(process: Process, nextStep: string | undefined): void {
    if (nextStep === "recover") this.#scene.ledger.break("consent-in-next-step", `${process.name} is told to recover`);
  }

  #judgeClaims(process: Process, message: string): void {
    noteMessage(message);
    const { ledger, places, server } = this.#scene;
    const journal = this.#journalOf(process);
    if (!journal) return;
    const claimed = { ledger, server, process, journal, journals: this.#journals, places, now: this.#scene.now() };
    for (const { rule, said } of judgeWording(message, claimed))
      ledger.judge(
        rule,
        `${process.name} says "${said}": ${message}`,
        excusesOf(said, claimed, this.#scene.areClocksKnowable()),
      );
  }

  /** `unbounded` and `secret-lost`. */
  #judgeEnd(process: Process, revealed: string | undefined): void {
    const { ledger, places } = this.#scene;
    const took = this.#scene.now() - process.startedAt - process.frozen - process.delayed;
    if (took > longestRun) ledger.break("unbounded", `${process.name} took ${took / 1000} s`);
    for (const { by, secret, arrivedAt } of ledger.changes) {
      if (by !== process || !secret || arrivedAt === undefined) continue;
      const isKept =
        this.#journals.some((journal) => journal.holds(secret.value)) ||
        places.some(({ value }) => value === secret.value) ||
        ledger.deliveries.some(({ value }) => value === secret.value) ||
        revealed === secret.value;
      if (!isKept && secret.diedAt === undefined) ledger.break("secret-lost", `${process.name} lost S${secret.number}`);
    }
  }

  #judgeDone(process: Process): void {
    const { ledger, server } = this.#scene;
    const journal = this.#journalOf(process);
    // What was done is what this process wrote; others may have gone on since.
    const rotation = process.won?.entry.rotation;
    const doneAt = process.won?.at ?? 0;
    const entries = journal?.appends.filter(({ entry }) => entry.rotation === rotation) ?? [];
    const issued = last(entries, ({ entry }) => entry.secret !== undefined)?.entry;
    const own = ledger.lifeOf(issued?.secret ?? "");
    if (!own || !issued) return;
    const isTooLate = () =>
      ledger.changes.some(
        ({ by, appliedAt, sentAt }) =>
          by?.journal === process.journal && (appliedAt ?? 0) > sentAt + by.timeout + 30_000,
      );
    const isLongLag = () => ledger.longestLag > 30_000;
    const isConfirmed = ledger.changes.some(
      ({ kind, by, confirmedAt, announcement }) =>
        kind === "DELETE" &&
        by?.journal === process.journal &&
        confirmedAt !== undefined &&
        announcement?.entry.rotation === rotation,
    );
    const older = ledger.secrets.find(({ number, diedAt = doneAt + 1 }) => number < own.number && diedAt > doneAt);
    const why = server.manners.flag === "absent" ? "the flag is never shown" : "a read was not true";
    if (older && !isConfirmed)
      ledger.judge("done-untrue", `${process.name} says done, and S${older.number} is still accepted: ${why}`, {
        "no Date, and a wrong clock": () => !this.#scene.areClocksKnowable(),
        "reads lagged longer than 30 s": isLongLag,
      });
    const confirmed = last(ledger.changes, ({ kind, by }) => kind === "DELETE" && by === process)?.confirmedAt ?? 0;
    const isDeclined = process.command.isVerifyDeclined === true || issued.declined?.verify === true;
    if (!isDeclined && process.acceptedSentAt < confirmed)
      ledger.break("done-untrue", `${process.name} says done, and did not verify S${own.number} after the deletion`);
    const { diedAt } = own;
    if (diedAt !== undefined && diedAt <= doneAt) {
      ledger.judge("done-untrue", `${process.name} says done, and its own S${own.number} is dead`, {
        "verify declined": () => process.command.isVerifyDeclined === true || issued.declined?.verify === true,
        "died after it was last verified": () => diedAt > process.acceptedSentAt,
        "the issuer still accepted it": () => server.forgottenAt(own.value) > process.acceptedSentAt,
        "reads lagged longer than 30 s": isLongLag,
      });
    }
    for (const { name } of issued.sinks ?? [])
      if (
        !ledger.deliveries.some(({ sink, value }) => sink === name && value === own.value) &&
        process.command.name !== "adopt"
      )
        ledger.break("done-untrue", `${process.name} says done, and ${name} never got S${own.number}`);
    const newer = ledger.changes.find(
      ({ announcement, secret }) => announcement?.entry.rotation === rotation && secret && secret.number > own.number,
    );
    if (newer)
      ledger.judge("done-untrue", `${process.name} says done, and its rotation made a newer secret`, {
        "adopted by the operator's word": () => ledger.adopted.has(own.value),
        "applied after its settling time": isTooLate,
        "frozen between check and fetch": () => newer.sentAt > newer.calledAt,
      });
  }

  #journalOf(process: Process | undefined): SimulatedJournal | undefined {
    return this.#journals.find(({ name }) => name === process?.journal);
  }
}
