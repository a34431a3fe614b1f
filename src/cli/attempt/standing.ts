import { inspectRotation, type RotationState, type Target } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";

/** What the journal had of a client, and when that was read, by `performance.now()`. */
export interface Look {
  readonly state: RotationState | undefined;
  readonly at: number;
}

/** How long a look counts, in ms. The rotation itself reads the journal once more. */
const freshness = 2000;

/** Looks at the journal, unless an earlier look is fresh. */
export async function look({ journal }: Session, where: Target, earlier?: Look): Promise<Look> {
  const at = performance.now();
  if (earlier && at - earlier.at <= freshness) return earlier;
  return { state: await inspectRotation(where, { journal }), at };
}

/** The rotation that the journal knows of, unless it is done. */
export function rotationUnderWay(state: RotationState | undefined): RotationState | undefined {
  return state?.phase === "done" ? undefined : state;
}

/** In a rotation's memo: when the client's earlier secret was created, in case this rotation is abandoned. */
const before = "rotated-before";

/** When a client's newest secret was asked for, or recorded to have been made; undefined if the journal does not know. */
export function rotatedAt(state: RotationState | undefined): Date | undefined {
  if (!state) return undefined;
  const isMade = state.abandoned === undefined && (state.phase === "done" || state.sha256 !== undefined);
  return isMade ? state.startedAt : rotatedBefore(state);
}

/** When the oldest secret that may still work was made. */
export function oldestFrom(state: RotationState | undefined): Date | undefined {
  const underWay = rotationUnderWay(state);
  return underWay && !underWay.isOnly ? rotatedBefore(underWay) : rotatedAt(state);
}

/** The ages that a rotation keeps when it begins or continues. */
export function rememberAge(state: RotationState | undefined): Record<string, string> {
  const date = oldestFrom(state);
  return date ? { [before]: date.toISOString() } : {};
}

function rotatedBefore({ memo }: RotationState): Date | undefined {
  const text = memo[before];
  return text === undefined ? undefined : new Date(text);
}
