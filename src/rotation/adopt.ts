import { firstEntry } from "./begin.ts";
import { sha256 } from "./digest.ts";
import type { Run } from "./run.ts";

/** A secret that a rotation made whose journal is gone. */
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
    throw run.error(
      "rotation-in-progress",
      "The journal knows of a rotation of this client that is under way: resume that. Nothing was changed.",
      "resume",
    );
  const digest = await sha256(secret);
  if (expected !== undefined && expected.toLowerCase() !== digest)
    throw run.error(
      "check-failed",
      "The secret that was found has another SHA-256 than the rotation's: it is not the one that was made. Nothing was changed.",
    );
  const client = await run.read();
  if (client.token_endpoint_auth_method === "none")
    throw run.error("no-client-secret", "The client's token_endpoint_auth_method is none: it has no secret to rotate.");
  if (!client.has_rotated_secret)
    throw run.error(
      "no-rotation",
      "The client has no second secret, so there is no rotation to go on with. Nothing was changed.",
      "rotate",
    );
  await run.append({ ...(lacking ?? firstEntry(run, client)), phase: "issued", secret, sha256: digest });
  // Not made by this run, so it may have been deleted since.
  run.fresh = false;
}
