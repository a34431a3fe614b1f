import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { describeExit } from "../../node/shell/describe-exit.ts";
import { requireProgram } from "../../node/shell/require-program.ts";
import { runCommand } from "../../node/shell/shell-command.ts";
import type { Report } from "../attempt/report.ts";
import { UsageError } from "../terminal/command-error.ts";
import { parseDuration } from "../terminal/duration.ts";
import type { Output } from "../terminal/output.ts";
import { messageOf } from "../terminal/text.ts";
import type { WrittenHooks } from "./plan.ts";

/** The events that hooks are called for. */
export type EventName = "started" | "failed" | "stuck" | "done" | "overdue";

/** What a hook gets on stdin, as one JSON object; its fields are only ever added to. Holds no secret. */
export interface HookEvent {
  readonly event: EventName;
  readonly command: string;
  readonly accountId: string;
  readonly clientId: string;
  readonly name: string;
  readonly phase: string | null;
  readonly code: string | null;
  readonly message: string | null;
  /** Null while it is not known. */
  readonly exitCode: number | null;
  readonly nextCommand: string | null;
  readonly sha256: string | null;
  /** Who runs the command. */
  readonly actor: string;
  /** Names this run of the command: the CI's address of it, or random. */
  readonly run: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The commands of a plan that are called for events. If one fails, that is a warning and nothing more. */
export class Hooks {
  readonly run: string = runName();
  readonly #actor = actorName();
  readonly #commands: WrittenHooks;
  readonly #timeout: number;
  readonly #output: Output;

  constructor(commands: WrittenHooks, output: Output) {
    this.#commands = commands;
    this.#timeout = parseDuration(commands.timeout ?? "30s", "hooks.timeout");
    this.#output = output;
  }

  /**
   * Looks whether the hooks can run, before anything is sent.
   *
   * @throws {UsageError} for one whose program does not exist.
   */
  async requirePrograms(signal: AbortSignal): Promise<void> {
    const { notify, audit } = this.#commands;
    for (const [name, command] of Object.entries({ notify, audit })) {
      if (command === undefined) continue;
      await requireProgram(command, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw new UsageError(`The hook ${name} could not run: ${messageOf(error)}. Nothing was sent.`);
      });
    }
  }

  /** Reports an event, and waits for the hook: an audit entry must exist before its action. */
  async tell(event: EventName, report: Report & { readonly name: string; readonly clientId: string }): Promise<void> {
    const { command, accountId, clientId, name, phase, code, message, nextCommand, sha256 } = report;
    const told: HookEvent = {
      ...{ event, command, accountId, clientId, name, phase, code, message },
      exitCode: event === "started" ? null : report.exitCode,
      ...{ nextCommand, sha256, actor: this.#actor, run: this.run, at: new Date().toISOString() },
    };
    const { notify, audit } = this.#commands;
    await Promise.all([
      event === "started" ? undefined : this.#call("notify", notify, told),
      this.#call("audit", audit, told),
    ]);
  }

  async #call(name: string, command: string | undefined, event: HookEvent): Promise<void> {
    if (command === undefined) return;
    let failure: string;
    try {
      // No signal: the audit hook must also learn of a run that a signal ended.
      const result = await runCommand(command, {
        onOutput: this.#output.passOn,
        input: `${JSON.stringify(event)}\n`,
        timeout: this.#timeout,
      });
      if (result.code === 0) return;
      failure = `it ended with ${describeExit(result)}`;
    } catch (error) {
      failure = messageOf(error);
    }
    this.#output.warn(
      `The hook ${name} was not told that ${event.name} (${event.clientId}) is ${event.event}: ${failure}.`,
    );
  }
}

function actorName(): string {
  const { CF_OAUTH_ACTOR, GITHUB_ACTOR, GITLAB_USER_LOGIN } = process.env;
  const given = CF_OAUTH_ACTOR || GITHUB_ACTOR || GITLAB_USER_LOGIN;
  if (given) return given;
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // A user id without an entry, as containers have it.
  }
}

function runName(): string {
  const { CF_OAUTH_RUN, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, CI_JOB_URL, BUILD_URL } = process.env;
  const atGitHub = GITHUB_RUN_ID && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  return CF_OAUTH_RUN || atGitHub || CI_JOB_URL || BUILD_URL || randomUUID();
}
