import { APIError } from "../client/errors.ts";
import type { Run } from "./run.ts";

/**
 * Sends the DELETE that keeps only the newest secret; once, whatever comes of it.
 *
 * @returns Undefined if it was applied; otherwise why it was refused.
 * @throws {RotationError} `outcome-unknown`, with the next step that finds out.
 */
export async function deleteRotatedSecret(
  run: Run,
  which: "old" | "older",
  next: "finish" | "resume",
): Promise<unknown> {
  const { accountId: account_id, clientId } = run.target;
  run.emit({ type: "request", request: "delete" });
  try {
    await run.client.iam.oauthClients.deleteRotatedSecret(clientId, { account_id }, { maxRetries: 0 });
    return undefined;
  } catch (error) {
    if (!(error instanceof APIError && error.outcome === "unknown")) return error;
    const again = next === "finish" ? "Finish again" : "Resume";
    throw run.error(
      "outcome-unknown",
      `Whether the ${which} secret was deleted is not known: ${error.message} ${again}: it finds out.`,
      next,
      error,
    );
  }
}
