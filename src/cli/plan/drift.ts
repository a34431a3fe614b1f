import { type DeploymentFinding, inspectDeployment, type RotationState } from "../../rotation/index.ts";
import { isRecordedByHand } from "../../rotation/state.ts";
import { deployment } from "../attempt/deployment.ts";
import { deploymentContext } from "../attempt/prepare.ts";
import type { Session } from "../session/session.ts";
import type { PlannedClient } from "./plan.ts";
import { optionsOf } from "./planned-options.ts";

/**
 * Compares what the plan's sinks and services of a client have with the newest secret that the journal knows. There is nothing to compare
 * if the secret was created elsewhere: then the journal has no digest of it.
 */
export async function findDrift(
  session: Session,
  planned: PlannedClient,
  state: RotationState | undefined,
): Promise<readonly DeploymentFinding[]> {
  const unknown = (reason: string): DeploymentFinding[] => [{ where: "journal", has: "unknown", reason }];
  if (!state || isRecordedByHand(state)) return [];
  if (state.sha256 === undefined) return unknown("it does not know the newest secret");
  const { sinks, check } = deployment(optionsOf(planned, undefined), undefined, deploymentContext(session, planned.id));
  const found = await inspectDeployment(state.sha256, { sinks, check, signal: session.signal });
  return found.length > 0 ? found : unknown("the plan has no read-back, check or running for it");
}

/** What was found, in a word or two. */
export function shownDrift(found: readonly DeploymentFinding[]): string {
  if (found.length === 0) return "nothing to compare";
  const named = (has: DeploymentFinding["has"]) => found.filter((one) => one.has === has).map(({ where }) => where);
  const [another, unknown] = [named("another"), named("unknown")];
  if (another.length > 0) return `another in ${another.join(", ")}`;
  return unknown.length > 0 ? `not known: ${unknown.join(", ")}` : "the newest";
}

/** What a person should know of it. */
export function driftWarnings(found: readonly DeploymentFinding[]): string[] {
  return found.flatMap(({ where, has, reason }) => {
    const why = reason ? ` (${reason})` : "";
    if (has === "another") return [`${where} has another secret than the newest that the journal knows${why}.`];
    return has === "unknown" ? [`Whether ${where} has the newest secret is not known${why}.`] : [];
  });
}

/** 4 if any has another secret, else 7 if that is not known of one, else 0. */
export function exitCodeOfDrift(found: readonly DeploymentFinding[]): number {
  if (found.some(({ has }) => has === "another")) return 4;
  return found.some(({ has }) => has === "unknown") ? 7 : 0;
}
