/** Filters out accepted differences, and reports accepted ones that no longer occur. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import type { Difference } from "./compare-descriptions.ts";
import { DocumentError, fields, list } from "./document.ts";
import type { Recorded } from "./wording.ts";

export interface Accepted {
  readonly differences: readonly AcceptedDifference[];
  readonly recorded: Recorded;
}

export interface AcceptedDifference {
  /** Ids of operations. */
  readonly operations: "all" | readonly string[];
  readonly difference: string;
  readonly reason: string;
}

/** Where {@link readAccepted} reads from, as the report names it. */
export const acceptedFile = "openapi/accepted-drift.yaml";

/** @throws {DocumentError} As {@link parseAccepted}. */
export async function readAccepted(): Promise<Accepted> {
  return parseAccepted(await readFile(new URL(`../../${acceptedFile}`, import.meta.url), "utf8"));
}

/** @throws {DocumentError} For a difference without operations or without a reason. */
export function parseAccepted(text: string): Accepted {
  const { differences, recorded } = fields(parse(text));
  return { differences: list(differences).map(acceptedDifference), recorded: fields(recorded) as Recorded };
}

function acceptedDifference(value: unknown): AcceptedDifference {
  const { operations, difference, reason } = fields(value);
  if ((operations !== "all" && list(operations).length === 0) || !difference || !reason)
    throw new DocumentError(`Each difference in ${acceptedFile} needs \`operations\`, \`difference\` and \`reason\`.`);
  return {
    operations: operations === "all" ? "all" : list(operations).map(String),
    difference: String(difference),
    reason: String(reason),
  };
}

/** The differences that are left, and one for each that was accepted and no longer occurs. */
export function withoutAccepted(
  differences: readonly Difference[],
  accepted: readonly AcceptedDifference[],
): Difference[] {
  const matches = ({ operation, text }: Difference, { operations, difference }: AcceptedDifference) =>
    (operations === "all" || operations.includes(operation)) &&
    (text === difference || text.replace(/^(\d(\d\d|XX)|default) /, "") === difference);
  const left = differences.filter((difference) => !accepted.some((one) => matches(difference, one)));
  const gone = accepted.filter((one) => !differences.some((difference) => matches(difference, one)));
  return [
    ...left,
    ...gone.map(({ difference }) => ({
      operation: acceptedFile,
      breaks: false,
      text: `no longer occurs, so remove it: ${difference}`,
    })),
  ];
}
