import type { Fetch } from "../../client/call.ts";
import { commandLine } from "../session/command-line.ts";
import { requireAccount, type Session } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { formatDuration } from "../terminal/duration.ts";
import type { Output } from "../terminal/output.ts";
import { Hooks } from "./hooks.ts";
import type { Plan } from "./plan.ts";
import { PlanError, readPlan } from "./plan-file.ts";
import { atMost, RateLimit } from "./rate-limit.ts";

/** What a command on a plan works with. */
export interface OpenedPlan {
  readonly plan: Plan;
  /** Whose client keeps to the plan's limit. */
  readonly session: Session;
  readonly limit: RateLimit;
  readonly hooks: Hooks;
}

/**
 * Reads a plan, and opens what a command on it works with.
 *
 * @throws {PlanError} for a plan with faults, all of which are shown.
 */
export async function openPlan(session: Session, path: string): Promise<OpenedPlan> {
  let plan: Plan;
  try {
    plan = await readPlan(path, session.signal);
  } catch (error) {
    if (error instanceof PlanError) showFaults(session.output, error);
    throw error;
  }
  const onAccount = sessionOf(session, plan);
  requireAccount(onAccount.accountId);
  const { client, fetch = (url, init) => globalThis.fetch(url, init) } = onAccount;
  const limit = new RateLimit(plan.budget, plan.parallel, client.timeout, (wait) =>
    session.output.note(`  waiting ${formatDuration(wait)}, since the API's limit allows no more requests until then`),
  );
  const limited: Fetch = limit.limit(fetch);
  return {
    plan,
    limit,
    session: { ...onAccount, client: client.withOptions({ fetch: limited }), fetch: atMost(plan.parallel, fetch) },
    hooks: new Hooks(plan.hooks, session.output),
  };
}

function sessionOf(session: Session, { account }: Plan): Session {
  const { options, accountId } = session;
  if (account === undefined || account === accountId) return session;
  if (options.accountId !== undefined || options.sandbox)
    throw new UsageError(`The plan is for the account ${account}, and the command for ${accountId}. Nothing was sent.`);
  return { ...session, accountId: account, options: { ...options, accountId: account } };
}

function showFaults(output: Output, { path, faults }: PlanError): void {
  for (const { line, column, message } of faults) output.fail(`${path}:${line}:${column}: ${message}`);
}

/** The command line that does something on the whole plan. */
export function planLine({ session, plan }: OpenedPlan, command: "rotate" | "finish"): string {
  return commandLine(session, `${command} --plan`, plan.path);
}
