import { Option } from "commander";
import { isCreationLog } from "../../rotation/creation-log.ts";
import { inspectRotation } from "../../rotation/index.ts";
import { decisionFor } from "../attempt/decisions.ts";
import { nextAfter } from "../attempt/next-command.ts";
import { option, refuseBesidePlan } from "../attempt/options.ts";
import { describe, report } from "../attempt/report.ts";
import type { PlanStatusOptions } from "../plan/status-plan.ts";
import { inParallel, usualConcurrency } from "../session/in-parallel.ts";
import { type Session, targetOrCreation } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { formatDuration } from "../terminal/duration.ts";
import { formatTable } from "../terminal/table.ts";
import type { CommandDefinition } from "./definition.ts";

/** `status`: the state of a rotation and the next command; without a client id, of all rotations in the journal. */
export const command: CommandDefinition<[clientId: string | undefined, options: StatusOptions]> = {
  about:
    "Show where a rotation is, and the next command. Without a client, show every rotation that the journal on this machine knows.",
  usage: ["[client-id] [options]", "--plan <file> [options]"],
  examples: `$ cf-oauth status $ID

# Alert if a secret that works is too old: exit 4
$ cf-oauth status --plan rotation.yaml --older-than 90d

# Write metrics for Prometheus
$ cf-oauth status --plan rotation.yaml \\
    --openmetrics /var/lib/prometheus/node-exporter/cf-oauth.prom`,
  options: [
    option("plan", "show the clients of a plan, and how old their secrets are"),
    new Option(
      "--older-than <duration>",
      "only clients with a working secret that is older, or of unknown age; exit 4 if there is one",
    ),
    new Option(
      "--openmetrics <file>",
      "also write the ages, phases and due dates of all clients of the plan as metrics, for the textfile collector of node_exporter (name the file *.prom)",
    ),
    new Option(
      "--confirm",
      "also ask the sinks and running services of the plan which secret they have; exit 4 if one has another than the newest, 7 if one cannot be asked",
    ),
  ],
  async run(session, clientId, { plan, ...options }) {
    if (plan !== undefined) {
      refuseBesidePlan(clientId);
      return (await import("../plan/status-plan.ts")).statusOfPlan(session, plan, options);
    }
    for (const [name, value] of Object.entries({
      "--older-than": options.olderThan,
      "--openmetrics": options.openmetrics,
      "--confirm": options.confirm,
    }))
      if (value !== undefined) throw new UsageError(`${name} reports on the clients of a plan: give --plan.`);
    return clientId === undefined ? statusOfAll(session) : statusOf(session, clientId);
  },
};

interface StatusOptions extends PlanStatusOptions {
  readonly plan?: string;
}

async function statusOf(session: Session, clientId: string): Promise<number> {
  const { output, journal } = session;
  const where = targetOrCreation(session, clientId);
  const state = await inspectRotation(where, { journal });
  const next = nextAfter(session, where, state?.nextStep);
  output.json(report({ command: "status", exitCode: 0, ...next }, where, state, output.warnings));
  if (state) output.result(...describe(state, next.nextCommand, decisionFor(session, state)));
  else output.result(`The journal in ${session.directory} knows of no rotation of ${clientId}.`);
  return 0;
}

async function statusOfAll(session: Session): Promise<number> {
  const { output, journal, journalKeys, directory } = session;
  if (!journalKeys) throw new UsageError("This journal cannot list its clients: give a client id.");
  const found = await inParallel(await journalKeys(), usualConcurrency, (key) => {
    const [accountId = "", clientId = ""] = key.split("/");
    return inspectRotation({ accountId, clientId }, { journal });
  });
  const states = found
    .filter((state) => state !== undefined)
    // What a creation leaves is in the log of its client.
    .filter(({ phase, clientId }) => phase !== "done" || !isCreationLog(clientId));
  states.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  output.json({
    command: "status",
    ok: true,
    exitCode: 0,
    rotations: states.map((state) => {
      const next = nextAfter(session, state, state.nextStep);
      return report({ command: "status", exitCode: 0, ...next }, state, state, []);
    }),
  });
  if (states.length === 0) output.result(`The journal in ${directory} knows of no rotation.`);
  else {
    const rows = states.map(({ clientId, phase, abandoned, startedAt, nextStep }) => [
      clientId,
      abandoned === undefined ? phase : "abandoned",
      `${formatDuration(Date.now() - startedAt.getTime())} ago`,
      nextStep ?? (phase === "done" ? "–" : "see its status"),
    ]);
    const head = ["CLIENT", "PHASE", "STARTED", "NEXT"];
    output.result(...(await formatTable([head, ...rows], { spare: ["STARTED"] })));
  }
  return 0;
}
