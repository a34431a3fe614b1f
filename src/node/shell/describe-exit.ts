import { constants } from "node:os";

/** For a message: `status 3`, `status 127 (command not found)`, `signal SIGKILL`. */
export function describeExit({
  code,
  signal,
}: {
  readonly code: number | null;
  readonly signal: string | null;
}): string {
  if (code === null) return `signal ${signal}`;
  const killer = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  const meaning = code === 127 ? "command not found" : code === 126 ? "command cannot be run" : killer;
  return `status ${code}${meaning ? ` (${meaning})` : ""}`;
}
