import { verifyAndConfirm } from "../deployment.ts";
import type { Entry } from "../entry.ts";
import { latestServerTime } from "../reading.ts";
import { read } from "../reads.ts";
import type { Run } from "../run.ts";
import { activate } from "./activate.ts";

/** `delivered`: has the new secret taken up, and shows that the issuer accepts it and that it is deployed. */
export async function confirm(run: Run): Promise<void> {
  await activate(run);
  const confirmations = await verifyAndConfirm(run);
  // The overlap is counted by the server's clock.
  if (!run.reading && withWishes(run).overlap > 0) await read(run);
  const entry = withWishes(run);
  // There is no old secret to wait for.
  const isAtEnd = entry.isOnly && (entry.declined.check || entry.sinks.every(({ name }) => confirmations[name]));
  await run.append({
    ...entry,
    phase: "verified",
    finish: entry.finish || isAtEnd === true,
    proofs: confirmations,
    failed: undefined,
    verifiedAt: Date.now(),
    server: { ...entry.server, verifiedAt: latestServerTime(run.reading) },
  });
}

/** The entry with the wishes of this run's caller, which replace those of the run that began. */
export function withWishes(run: Run): Entry {
  const { overlap = run.current.overlap, finish = run.current.finish, memo } = run.options;
  return { ...withDeclined(run), overlap, finish, ...(memo && { memo: { ...run.current.memo, ...memo } }) };
}

/** The entry with the checks that this run's caller declines, in addition to those declined before. */
export function withDeclined(run: Run): Entry {
  const { declined } = run.current;
  const { verify, check } = run.options;
  return {
    ...run.current,
    declined: { verify: verify === false || declined.verify, check: check === false || declined.check },
  };
}
