import { inspectRotation } from "../../rotation/index.ts";
import { decisionFor } from "../attempt/decisions.ts";
import { describe, report } from "../attempt/report.ts";
import { refuseBesidePlan } from "../plan/beside-plan.ts";
import { lookAtAll } from "../plan/look-at-all.ts";
import { commandLine, type Session, target } from "../session/session.ts";
import { formatDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** `status`: where a rotation stands, and which command is next; without a client id, all that the journal knows. */
export async function status(
  session: Session,
  clientId: string | undefined,
  { plan, olderThan }: { readonly plan?: string; readonly olderThan?: string },
): Promise<number> {
  if (plan !== undefined) {
    refuseBesidePlan(clientId, {});
    return (await import("../plan/status-plan.ts")).statusOfFleet(session, plan, olderThan);
  }
  if (olderThan !== undefined) throw new UsageError("--older-than reports on the clients of a plan: give --plan.");
  if (clientId === undefined) return statusOfAll(session);
  const { output, journal } = session;
  const where = target(session, clientId);
  const state = await inspectRotation(where, { journal });
  const nextCommand = state?.nextStep && commandLine(session, state.nextStep, clientId);
  output.json(
    report({ command: "status", exitCode: 0, nextStep: state?.nextStep, nextCommand }, where, state, output.warnings),
  );
  output.result(
    state
      ? describe(state, nextCommand, decisionFor(session, state))
      : `The journal in ${session.directory} knows of no rotation of ${clientId}.`,
  );
  return 0;
}

async function statusOfAll(session: Session): Promise<number> {
  const { output, journal, journalKeys, directory } = session;
  if (!journalKeys) throw new UsageError("This journal cannot list its clients: give a client id.");
  const found = await lookAtAll(await journalKeys(), (key) => {
    const [accountId = "", clientId = ""] = key.split("/");
    return inspectRotation({ accountId, clientId }, { journal });
  });
  const states = found.filter((state) => state !== undefined);
  states.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  output.json({
    command: "status",
    ok: true,
    exitCode: 0,
    rotations: states.map((state) => {
      const nextCommand = state.nextStep && commandLine(session, state.nextStep, state.clientId);
      return report({ command: "status", exitCode: 0, nextStep: state.nextStep, nextCommand }, state, state, []);
    }),
  });
  if (states.length === 0) output.result(`The journal in ${directory} knows of no rotation.`);
  else {
    const rows = states.map(({ clientId, phase, abandoned, startedAt, nextStep }) => [
      clientId,
      abandoned === undefined ? phase : "given up",
      `${formatDuration(Date.now() - startedAt.getTime())} ago`,
      nextStep ?? (phase === "done" ? "–" : "see its status"),
    ]);
    output.result(await formatTable([["CLIENT", "PHASE", "STARTED", "NEXT"], ...rows]));
  }
  return 0;
}
