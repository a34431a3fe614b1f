import type { Run } from "./run.ts";

export const runs: readonly Run[] = [];
