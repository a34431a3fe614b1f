import type { Run } from "../run.ts";

/** Takes back that some sinks have the secret, so that they get it again; it is verified and confirmed anew after that. */
export async function redeliver(run: Run, names: readonly string[]): Promise<void> {
  const { verifiedAt, baseline, issuedAt, ...rest } = run.current;
  // Once a deletion was requested, what reads show may be its doing, and tells nothing of others.
  const entry =
    rest.phase === "finishing" ? rest : { ...rest, ...(baseline && { baseline }), ...(issuedAt && { issuedAt }) };
  const { sinks = [], memo = entry.memo } = run.options;
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
