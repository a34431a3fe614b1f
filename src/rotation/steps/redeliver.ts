import { readUntil } from "../reads.ts";
import type { Run } from "../run.ts";
import { requireAccepted } from "../secret-verification.ts";
import { judge, readLostDeletion } from "./finish.ts";

/** Takes back that some sinks have the secret, so that they get it again; it is verified and confirmed anew after that. */
export async function redeliver(run: Run, names: readonly string[]): Promise<void> {
  if (run.current.phase === "finishing") await settleFirst(run);
  // The process that announced a request may still send it, or wait for its response (R17).
  else if (run.current.secret === undefined)
    await readUntil(run, () => false, "to see whether the API applied the lost request");
  const { verifiedAt, activatedAt, activatedBy, ...entry } = run.current;
  const { sinks, memo = entry.memo } = run.options;
  const without = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
  await run.append({
    ...entry,
    phase: entry.secret === undefined ? entry.phase : "issued",
    sinks: entry.sinks.map((old) => {
      const given = names.includes(old.name) ? sinks.find(({ name }) => name === old.name) : undefined;
      return given ? { name: given.name, spec: given.spec } : old;
    }),
    delivered: entry.delivered.filter((name) => !names.includes(name)),
    proofs: without(entry.proofs),
    memo,
  });
}

/** Finds out first whether a DELETE was applied: its change must not be taken for a foreign one. */
async function settleFirst(run: Run): Promise<void> {
  const reading = await readLostDeletion(run);
  if (judge(run, reading) !== "deleted") return;
  run.verified = undefined;
  await requireAccepted(run);
  const { updated_at } = reading.client;
  run.log.learn({ deletion: "shown", ...(updated_at && { baseline: updated_at, changeSeen: updated_at }) });
}
