import { UsageError } from "../terminal/usage-error.ts";

/** The options that say for one client what a plan says for all. */
const saidByPlan = {
  to: "--to",
  readBack: "--read-back",
  check: "--check",
  verifyWith: "--verify-with",
  overlap: "--overlap",
  finish: "--finish",
  commandTimeout: "--command-timeout",
  acceptChange: "--accept-change",
} as const;

/** @throws {UsageError} For a client id, or an option, that a plan leaves no room for. */
export function refuseBesidePlan(clientId: string | undefined, options: object): void {
  const given = options as Partial<Record<keyof typeof saidByPlan | "verify", unknown>>;
  const names = Object.entries(saidByPlan).flatMap(([key, name]) =>
    given[key as keyof typeof saidByPlan] === undefined
      ? []
      : [given.check === false && key === "check" ? "--no-check" : name],
  );
  if (given.verify === false) names.push("--no-verify");
  if (clientId !== undefined) names.unshift("client id");
  if (names.length > 0)
    throw new UsageError(`--plan says for each client what is to be done: give no ${names.join(", ")} beside it.`);
}
