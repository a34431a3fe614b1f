import { sha256 } from "../digest.ts";
import { longestLag } from "../reading.ts";
import { readFor } from "../reads.ts";
import type { Run } from "../run.ts";
import { firstEntry, requireClientSecret } from "./begin.ts";

/** A secret that a rotation made whose journal is lost. */
export interface Adoption {
  /** Read from a sink that has had it. */
  readonly secret: string;
  /** The SHA-256 that the rotation reported, in hex; without it, that the secret is the newest is the caller's word. */
  readonly sha256?: string | undefined;
}

/** Begins a log at `issued`, with a secret that is found elsewhere; refuses one that is not the rotation's. */
export async function adopt(run: Run, { secret, sha256: expected }: Adoption): Promise<void> {
  const { entry } = run;
  // One that asked for a secret and has none may be given it.
  const lacking = entry?.phase === "requesting" ? entry : undefined;
  if (run.isUnderWay && !lacking)
    throw run.error("rotation-in-progress", "A rotation of this client is under way in the journal.", {
      next: "resume",
    });
  const digest = await sha256(secret);
  if (expected !== undefined && expected.toLowerCase() !== digest)
    throw run.error(
      "check-failed",
      "The secret has another SHA-256 than the rotation reported, so it is not the new secret.",
      { next: null, todo: "Find the new secret elsewhere, or adopt this one with its own SHA-256." },
    );
  const { client } = await readFor(
    run,
    longestLag,
    ({ client }) => client.has_rotated_secret !== false,
    "because reads may lag behind the rotation",
  );
  requireClientSecret(run, client);
  const isOnly = client.has_rotated_secret === false;
  // The response to a creation can be all that has the client's only secret. A secret without a digest may be any.
  if (isOnly && (lacking || expected === undefined))
    throw run.error("no-rotation", "The client has no second secret, so there is no rotation to continue.");
  const { held, ...first } = lacking ?? firstEntry(run, client);
  await run.append({ ...first, phase: "issued", secret, sha256: digest, ...(isOnly && { isOnly }) });
}
