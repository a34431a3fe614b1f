import type { RotationState } from "../../rotation/index.ts";

/** The rotation that the journal knows of, unless it is done. */
export function rotationUnderWay(state: RotationState | undefined): RotationState | undefined {
  return state?.phase === "done" ? undefined : state;
}
