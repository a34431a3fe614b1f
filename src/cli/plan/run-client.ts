import type { OAuthClientGetResponse } from "../../client/iam.ts";
import { APIError } from "../../client/index.ts";
import {
  finishRotation,
  inspectRotation,
  RotationError,
  type RotationEvent,
  type RotationState,
  rotateClientSecret,
} from "../../rotation/index.ts";
import { failure } from "../attempt/failure.ts";
import { summarise } from "../attempt/github-actions.ts";
import { prepare, type RotationCommandOptions } from "../attempt/prepare.ts";
import type { Ending } from "../attempt/report.ts";
import { rotationUnderWay } from "../attempt/rotation-under-way.ts";
import { commandLine, target } from "../session/session.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import { messageOf } from "../terminal/message-of.ts";
import { plain } from "../terminal/table.ts";
import { moved, optionsOf, Refusal } from "./client-options.ts";
import { type ClientReport, clientReport, type Result } from "./client-report.ts";
import { type Fleet, planLine } from "./open-plan.ts";
import type { Pace } from "./pace.ts";
import type { PlannedClient } from "./plan.ts";
import type { Standing } from "./run-plan.ts";

/** What is done with a client. */
export interface Work {
  readonly command: "rotate" | "finish";
  readonly addMask: boolean;
  /** Makes only the checks that change nothing. */
  readonly isDry: boolean;
}

/** How long what was read of the journal counts, in ms. The rotation reads it once more. */
const freshness = 2000;
/** How often a client is gone on with whose request was refused because of the API's limit. */
const patience = 5;

/** Rotates or finishes one client of a plan, and tells the hooks. Never rejects. */
export async function runClient(fleet: Fleet, standing: Standing, work: Work, pace: Pace): Promise<ClientReport> {
  const { planned } = standing;
  const begun = rotationUnderWay(standing.state);
  const { session, hooks } = fleet;
  const { output } = session;
  const { command } = work;
  const shown = `${plain(planned.name)} (${planned.id})`;
  const warnings: string[] = [];
  const made = (result: Result, state: RotationState | undefined, ending: Omit<Ending, "command">): ClientReport =>
    clientReport(session, planned, result, state, { command, ...ending }, warnings);
  const onEvent = (event: RotationEvent): void => {
    if (event.type === "request" && event.request === "rotate") awaited(fleet, planned, true);
    if (event.type === "phase") awaited(fleet, planned, false);
    if (event.type === "warning") warn(event.message);
    if (event.type === "downtime" && event.until === undefined)
      warn("from now on no deployed secret may work, until every sink has the new one");
  };
  const warn = (message: string): void => {
    warnings.push(message);
    output.warn(`${shown}: ${message}`);
  };

  if (!work.isDry) await hooks.tell("started", made("under way", begun, { exitCode: 0 }));
  let report: ClientReport;
  try {
    const state = await unlessThrottled(fleet, planned, shown, () => {
      const what = command === "finish" ? "finishing" : begun ? `going on, from ${begun.phase}` : "rotating";
      output.note(`  ${shown}: ${what}`);
      return once(fleet, standing, work, onEvent);
    });
    if (work.isDry) {
      pace.next();
      return made(command === "rotate" ? "would be rotated" : "would be finished", state, { exitCode: 0 });
    }
    const nextStep = state?.nextStep;
    const nextCommand = nextStep === "finish" || nextStep === "rotate" ? planLine(fleet, nextStep) : undefined;
    report = made(command === "rotate" ? "rotated" : "finished", state, { exitCode: 0, nextStep, nextCommand });
    output.note(`${output.paint("green", "✓")} ${shown}: ${report.phase} (${pace.next()})`);
  } catch (error) {
    const { state, ending } = await endingOf(fleet, planned, work, error);
    report = made("failed", state, ending);
    output.fail(`${shown}: ${ending.message}`);
    output.note(`  ${pace.next()}`);
  } finally {
    awaited(fleet, planned, false);
  }
  if (work.isDry) return report;
  summarise(report);
  await hooks.tell(report.ok ? "done" : "failed", report);
  return report;
}

/** Whether a new secret of the client was asked for and is not in the journal yet: a second signal must not lose it. */
function awaited({ session: { signals }, secretsOnTheirWay }: Fleet, client: PlannedClient, isAwaited: boolean): void {
  if (isAwaited) secretsOnTheirWay.add(client);
  else secretsOnTheirWay.delete(client);
  signals.isSecretOnItsWay = secretsOnTheirWay.size > 0;
}

/** A refusal because of the limit has changed nothing: it is no failure of the client. */
async function unlessThrottled<T>(
  { session, limit }: Fleet,
  { id }: PlannedClient,
  shown: string,
  run: () => Promise<T>,
): Promise<T> {
  const { signal, output } = session;
  for (let again = 1; ; again++) {
    // Aborted, the run ends at once and says where it stands.
    const close = await limit.opened(id, signal).catch(() => undefined);
    try {
      return await run();
    } catch (error) {
      const cause = error instanceof RotationError ? error.cause : undefined;
      if (!(cause instanceof APIError && cause.status === 429) || again === patience || signal.aborted) throw error;
      output.note(`  ${shown}: waiting, since the API refuses requests for now`);
    } finally {
      close?.();
    }
  }
}

async function once(
  { session }: Fleet,
  standing: Standing,
  work: Work,
  onEvent: (event: RotationEvent) => void,
): Promise<RotationState | undefined> {
  const { planned } = standing;
  const { client, journal, issuer, fetch, signal } = session;
  const where = target(session, planned.id);
  // It may have waited for hours; another process may have worked on it.
  const isFresh = performance.now() - standing.seen <= freshness;
  const state = isFresh ? standing.state : await inspectRotation(where, { journal });
  const underWay = rotationUnderWay(state);
  if (work.command === "finish" && underWay && moved(planned, underWay).length > 0)
    throw new Refusal(
      "plan-changed",
      `The plan has a sink of ${planned.name} at another place than this rotation, which delivered nothing there. Deliver first, by resume --replace-sink, or finish it as it was begun, by the command for one client. Nothing was deleted.`,
    );
  const options = { ...optionsOf(planned, underWay), ...(work.addMask && { addMask: true }) };
  const prepared = prepare(session, options, state);
  if (work.isDry) {
    requireName(planned, await readClient(session, planned.id, underWay));
    for (const { name, preflight } of prepared.sinks ?? []) {
      const note = await requireWritable(preflight?.({ signal }), name);
      if (note !== undefined) onEvent({ type: "warning", message: `The sink ${name}: ${note}.` });
    }
    return state;
  }
  const run = work.command === "rotate" ? rotateClientSecret : finishRotation;
  const recognise = (found: OAuthClientGetResponse) => requireName(planned, found);
  return run(client, where, { journal, issuer, fetch, signal, onEvent, recognise, ...prepared });
}

/** An id that is mistyped, but another client's, would rotate that. */
function requireName({ id, name }: PlannedClient, { client_name: found }: OAuthClientGetResponse): void {
  if (found !== name)
    throw new Refusal(
      "name-mismatch",
      `The plan calls the client ${id} ${JSON.stringify(name)}, and the API ${found === undefined ? "has no name for it" : JSON.stringify(found)}: if it is the one that is meant, correct the name in the plan. Nothing was changed.`,
    );
}

async function readClient(
  { client, signal, accountId: account_id }: Fleet["session"],
  id: string,
  underWay: RotationState | undefined,
): Promise<OAuthClientGetResponse> {
  try {
    return await client.iam.oauthClients.get(id, { account_id }, { signal });
  } catch (cause) {
    const details = { state: underWay, nextStep: underWay ? underWay.nextStep : "rotate", cause } as const;
    if (signal.aborted)
      throw new RotationError("interrupted", "The run was ended by a signal before anything was changed.", details);
    const code = exitCodeOf(cause) === 3 ? "credentials-refused" : "api-failed";
    throw new RotationError(code, `The client could not be read: ${messageOf(cause)}`, details);
  }
}

function requireWritable(
  trying: Promise<string | undefined> | undefined,
  name: string,
): Promise<string | undefined> | undefined {
  return trying?.catch((cause: unknown) => {
    const reason = messageOf(cause);
    throw new RotationError("delivery-failed", `The sink ${name} could not take a new secret: ${reason}.`, {
      nextStep: "rotate",
    });
  });
}

async function endingOf(
  fleet: Fleet,
  planned: PlannedClient,
  { command }: Work,
  error: unknown,
): Promise<{ state: RotationState | undefined; ending: Ending & { message: string } }> {
  const { session } = fleet;
  const where = target(session, planned.id);
  if (error instanceof RotationError) {
    const options: RotationCommandOptions = optionsOf(planned, undefined);
    const failed = await failure(session, command, where, options, error);
    return failed.ending.nextStep === "rotate"
      ? { ...failed, ending: { ...failed.ending, nextCommand: planLine(fleet, "rotate") } }
      : failed;
  }
  const state = await inspectRotation(where, { journal: session.journal }).catch(() => undefined);
  const message = messageOf(error);
  if (!(error instanceof Refusal))
    return { state, ending: { command, exitCode: exitCodeOf(error), code: "usage", message } };
  const nextStep = error.code === "plan-changed" ? state?.nextStep : undefined;
  const nextCommand = nextStep && commandLine(session, nextStep, planned.id);
  return { state, ending: { command, exitCode: 4, code: error.code, message, nextStep, nextCommand } };
}
