/** A moment of a rotation, and how a command is held up there. */
export interface Moment {
  readonly name: string;
  /** A request that is held, by what it asks and what the journal says then: before it is applied, or before its response. */
  readonly request?: "read" | "rotate" | "delete" | "probe";
  readonly phase?: string;
  readonly isAnswered?: boolean;
  /** In place of a request: what the command, or the command of a sink, looks for. */
  readonly hold?: string;
  /** The same where there is one sink, whose delivery is written down as that of all. */
  readonly holdOfOne?: string;
  /** Whether it is in the half that deletes the old secret. */
  readonly isInFinish?: boolean;
  /** Whether it is a command of a sink that is held. */
  readonly needsExec?: boolean;
  /** Whether the new secret is known to the server, or to this process, and to nobody else. */
  readonly isPrecarious?: boolean;
}

/** In the order in which they come. */
export const moments: readonly Moment[] = [
  { name: "nothing begun", request: "read", phase: "none" },
  { name: "POST announced, not sent", hold: "after requesting" },
  { name: "POST sent, not applied", request: "rotate", phase: "requesting", isPrecarious: true },
  { name: "POST applied, not answered", request: "rotate", phase: "requesting", isAnswered: true, isPrecarious: true },
  { name: "POST answered, not journaled", hold: "before issued 0", isPrecarious: true },
  { name: "issued, nothing delivered", request: "read", phase: "issued" },
  { name: "a sink has it, not journaled", hold: "before issued 1", holdOfOne: "before delivered" },
  { name: "a sink's command runs", hold: "deliver", needsExec: true },
  { name: "a sink's command has stored it", hold: "delivered", needsExec: true },
  { name: "delivered, being proved", request: "probe", phase: "delivered" },
  { name: "delivered, being read back", hold: "read back", needsExec: true },
  { name: "verified", request: "read", phase: "verified", isInFinish: true },
  { name: "DELETE announced, not sent", hold: "after finishing", isInFinish: true },
  { name: "DELETE sent, not applied", request: "delete", phase: "finishing", isInFinish: true },
  { name: "DELETE applied, not answered", request: "delete", phase: "finishing", isAnswered: true, isInFinish: true },
  { name: "DELETE answered, being proved", request: "probe", phase: "finishing", isInFinish: true },
  { name: "done, not erased", hold: "erasing", isInFinish: true },
];

/** Whether the first sink has the new secret by then. */
export function isDelivered(moment: Moment): boolean {
  return moments.indexOf(moment) > moments.findIndex(({ name }) => name === "issued, nothing delivered");
}
