import { NotFoundError } from "../../client/index.ts";
import { isCreationLog } from "../../rotation/creation-log.ts";
import type { RotationError, RotationState } from "../../rotation/index.ts";
import { commandLine, programName, shellQuote } from "../session/command-line.ts";
import { credentialsHint } from "../session/credentials-hint.ts";
import type { Session } from "../session/session.ts";
import { hintForMessage } from "../terminal/text.ts";
import { sourceOf } from "./next-command.ts";
import type { GivenOptions } from "./option-table.ts";
import { repeatedWords } from "./options.ts";

/** What a command was asked to do when it failed. */
export interface Asked {
  readonly command: string;
  readonly clientId: string;
  readonly options: GivenOptions;
  /** Whether a command that continues is printed by itself. */
  readonly hasNext: boolean;
}

/** The commands for a decision that a message leaves to a person, and the journal that was searched; empty if there is nothing to add. */
export function hintFor(session: Session, error: RotationError, asked: Asked): string {
  const { message, cause } = error;
  const hint =
    hintForMessage(message).trim() ||
    (cause instanceof NotFoundError
      ? `\`${programName()} list\` shows the account's clients.`
      : hintForCode(session, error, asked));
  return hint ? ` ${hint}` : "";
}

/**
 * The commands for a decision that a person has to make before a rotation can be finished, if no message names it.
 *
 * @returns Undefined if nothing has to be decided.
 */
export function decisionFor(session: Session, state: RotationState): string | undefined {
  const { clientId, phase, nextStep } = state;
  if ((phase !== "verified" && phase !== "finishing") || nextStep !== undefined) return undefined;
  const finish = (more = "") => inline(session, "finish", clientId, more);
  if (phase === "verified" && !state.declined.check && unconfirmed(state).length > 0)
    return waysToConfirm(finish, state);
  return `${finish("--accept-change <updated_at>")}; ${finish()} says which change that is`;
}

/** A command line within a sentence. */
function inline(session: Session, command: string, clientId: string, more: string): string {
  return `\`${commandLine(session, command, clientId, more)}\``;
}

function unconfirmed({ sinks, confirmations }: RotationState): string[] {
  return sinks.filter(({ name }) => !confirmations[name]).map(({ name }) => name);
}

function waysToConfirm(command: (more: string) => string, state: RotationState | undefined): string {
  const [name, ...others] = state ? unconfirmed(state) : [];
  const sink = name === undefined || others.length > 0 ? "<sink>" : shellQuote(name);
  return `${command(`--read-back ${sink}=<command>`)}, ${command("--check <command>")} or, without any, ${command("--no-check")}`;
}

function hintForCode(session: Session, error: RotationError, asked: Asked): string {
  const { code, phase, nextStep, state, message } = error;
  const { command, clientId, options } = asked;
  const given = repeatedWords(options);
  // Without it, a command that finishes would wait for the end of the overlap.
  const line = (name: string, more: string) =>
    inline(session, name, clientId, [name === "finish" && options.now ? "--now" : "", more].filter(Boolean).join(" "));
  const isUnderWay = state !== undefined && phase !== "done";
  const again = phase === "verified" || phase === "finishing" ? "finish" : "resume";
  // A rotation under way has its sinks in the journal.
  const sinks = isUnderWay ? "" : given || "--to <sink>";
  const recover = () =>
    `If nobody has the new secret: ${line("recover", [sinks, "--accept-downtime"].filter(Boolean).join(" "))}.`;
  const accepted = acceptedChange(message);

  switch (code) {
    case "check-failed":
      if (phase === undefined || phase === "done")
        return options.running ? "The address must be one at which your service answers with runningSecret." : "";
      if (saysOfReplicas(message))
        return [
          / questions got no response/.test(message)
            ? "Where nothing answers, start the service or correct the address."
            : "",
          nextStep === undefined
            ? `Restart the replicas that do not use the new secret, and then: ${line(again, "")}.`
            : `Restart the replicas that do not use the new secret, and then ${again}.`,
          `If the address is mistyped: ${line(again, "--running <url>")}. To delete without that confirmation: ${line(again, "--no-check")}.`,
        ]
          .filter(Boolean)
          .join(" ");
      return [
        ...(message.startsWith("The check says") ? [`To run the check again: ${line(again, "")}.`] : []),
        `To confirm in another way: ${waysToConfirm((more) => line(again, more), state)}.`,
        `To deliver again: ${line("resume", `--deliver-again ${onlySink(state)}`)}.`,
        `If the sink itself is mistyped: ${line("resume", `--replace-sink ${onlySink(state)}=<sink>`)}.`,
      ].join(" ");
    case "overlap-not-over":
      return `To end it now: ${line("finish", "--now")}.`;
    case "client-changed":
    case "outcome-unknown":
      if (nextStep !== undefined) return "";
      if (accepted !== undefined) return `To accept it: ${line(again, `--accept-change ${shellQuote(accepted)}`)}.`;
      return phase === "requesting" ? `${searched(session)} ${recover()}` : recover();
    case "secret-missing": {
      const holder = state?.sinks.find(({ name }) => message.includes(`the sink ${name} holds`));
      return `If a sink has the new secret: ${line("adopt", `--secret-from ${sourceOf(holder?.spec) ?? "<source>"} --without-digest`)}. ${recover()}`;
    }
    case "rotation-in-progress":
      if (nextStep !== undefined) return "";
      return `${searched(session)} If a sink has the new secret: ${line("adopt", `--secret-from <source> --digest <sha256> ${sinks}`)}. ${recover()}`;
    case "no-rotation":
      if (nextStep !== "rotate" || asked.hasNext) return searched(session);
      return `${searched(session)} If the rotation began elsewhere, use its journal. If that journal is lost: ${line("adopt", `--secret-from <source> --digest <sha256> ${sinks}`)}. To begin one: ${line("rotate", sinks)}.`;
    case "journal-mismatch":
      return searched(session);
    case "journal-failed":
      if (nextStep !== "adopt" || asked.hasNext) return "";
      return `To adopt: ${line("adopt", `--secret-from <source> --digest ${state?.sha256 ?? "<sha256>"} ${given}`.trim())}.`;
    case "verification-failed":
      return nextStep === undefined ? recover() : "";
    case "verification-inconclusive": {
      const more = (option: string) =>
        [command === "recover" ? sinks : "", consent(command), option].filter(Boolean).join(" ");
      if (nextStep !== undefined) return "To verify in another way: --verify-with <command>. To decline: --no-verify.";
      return `To verify in another way: ${line(command, more("--verify-with <command>"))}.${command === "recover" ? ` To decline: ${line(command, more("--no-verify"))}.` : ""}`;
    }
    case "delivery-failed":
      // Every sink has it, so it was the activation that failed.
      if (phase === "delivered") return `If your command is mistyped: ${line("resume", "--activate <command>")}.`;
      // Nothing has begun that could be resumed.
      return isUnderWay ? `If the sink is mistyped: ${line("resume", "--replace-sink <name>=<sink>")}.` : "";
    case "client-exists": {
      if (isUnderWay && !isCreationLog(clientId))
        return `If a sink is mistyped: ${line("resume", "--replace-sink <name>=<sink>")}.`;
      const [id, ...others] = message.match(/\b[0-9a-f]{32}\b/g) ?? [];
      return id && others.length === 0 ? `To rotate it: ${inline(session, "rotate", id, given)}.` : "";
    }
    case "credentials-refused":
      return credentialsHint(error.cause, session.accountId);
    default:
      return "";
  }
}

function consent(command: string): string {
  return command === "recover" ? "--accept-downtime" : "";
}

/** The change that a message says can be accepted, as the option takes it. */
function acceptedChange(message: string): string | undefined {
  return /\baccept the (?:change|client as it is now:) (\S+?)\.(?= |$)/.exec(message)?.[1];
}

function searched({ journalKeys, directory }: Session): string {
  return `The journal that was searched is ${journalKeys ? `in ${directory}` : "the one that your command keeps"}.`;
}

/** Whether a running service is what did not confirm the new secret. */
function saysOfReplicas(message: string): boolean {
  return /^The check failed: \d+ (of \d+ )?replicas uses? the new one/.test(message);
}

/** The name of the one sink that there is; otherwise what to write there. */
function onlySink(state: RotationState | undefined): string {
  const [sink, ...others] = state?.sinks ?? [];
  return sink === undefined || others.length > 0 ? "<name>" : shellQuote(sink.name);
}
