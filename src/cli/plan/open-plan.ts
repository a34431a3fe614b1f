import type { Fetch } from "../../client/call.ts";
import { commandLine, requireAccount, type Session } from "../session/session.ts";
import { formatDuration } from "../terminal/duration.ts";
import type { Output } from "../terminal/output.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { Hooks } from "./hooks.ts";
import type { Plan, PlannedClient } from "./plan.ts";
import { PlanError, readPlan } from "./plan-file.ts";
import { atMost, RateLimit } from "./rate-limit.ts";

/** What a command on a plan works with. */
export interface Fleet {
  readonly plan: Plan;
  /** Whose client keeps to the plan's limit. */
  readonly session: Session;
  readonly limit: RateLimit;
  readonly hooks: Hooks;
  /** The clients for which a new secret was asked that is not in the journal yet. */
  readonly secretsOnTheirWay: Set<PlannedClient>;
}

/**
 * Reads a plan and does something with it.
 *
 * @returns 2 for a plan with faults, all of which it shows; otherwise what `run` returns.
 */
export async function withFleet(
  session: Session,
  command: string,
  path: string,
  run: (fleet: Fleet) => Promise<number>,
): Promise<number> {
  let plan: Plan;
  try {
    plan = await readPlan(path);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    return showFaults(session.output, command, error);
  }
  return run(fleetOf(onAccount(session, plan), plan));
}

function fleetOf(session: Session, plan: Plan): Fleet {
  requireAccount(session.accountId);
  const { client, fetch = (url, init) => globalThis.fetch(url, init) } = session;
  const limit = new RateLimit(plan.budget, plan.parallel, client.timeout, (wait) =>
    session.output.note(`  waiting ${formatDuration(wait)}, since the API's limit allows no more requests until then`),
  );
  const limited: Fetch = limit.limit(fetch);
  return {
    plan,
    limit,
    session: { ...session, client: client.withOptions({ fetch: limited }), fetch: atMost(plan.parallel, fetch) },
    hooks: new Hooks(plan.hooks, session.output),
    secretsOnTheirWay: new Set(),
  };
}

function onAccount(session: Session, { account }: Plan): Session {
  const { options, accountId } = session;
  if (account === undefined || account === accountId) return session;
  if (options.accountId !== undefined || options.sandbox)
    throw new UsageError(`The plan is for the account ${account}, and the command for ${accountId}. Nothing was sent.`);
  return { ...session, accountId: account, options: { ...options, accountId: account } };
}

/** The command line that does something on the whole plan. */
export function planLine({ session, plan }: Fleet, command: "rotate" | "finish"): string {
  return commandLine(session, `${command} --plan`, plan.path);
}

function showFaults(output: Output, command: string, { path, faults, message }: PlanError): number {
  for (const { line, column, message } of faults) output.fail(`${path}:${line}:${column}: ${message}`);
  output.fail(message);
  output.json({ command, ok: false, exitCode: 2, code: "usage", message, faults, warnings: output.warnings });
  return 2;
}
