import type { Difference } from "./compare-descriptions.ts";

/**
 * Tells the differences under the operations that have them. One that several operations have, since they share a schema,
 * is reported once.
 */
export function renderReport(differences: readonly Difference[], operations: number): string {
  if (differences.length === 0) return `All ${operations} operations are as the description says.`;

  const byLine = new Map<string, string[]>();
  for (const { operation, breaks, text } of differences) {
    const line = `  ${breaks ? "breaks" : "note  "}  ${text.replaceAll("\n", "\n            ")}`;
    byLine.set(line, [...(byLine.get(line) ?? []), operation]);
  }
  const byHead = new Map<string, string[]>();
  for (const [line, ids] of byLine) {
    const head = ids.length === operations ? `all ${operations} operations` : ids.join(", ");
    byHead.set(head, [...(byHead.get(head) ?? []), line]);
  }
  const blocks = [...byHead].map(([head, lines]) => [head, ...lines.sort()].join("\n"));
  const breaking = [...byLine.keys()].filter((line) => line.startsWith("  breaks")).length;
  return [...blocks, `${breaking} could break a caller, ${byLine.size - breaking} could not.`].join("\n\n");
}
