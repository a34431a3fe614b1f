import { mostAnnouncements, stopTooSlow } from "../announcement.ts";
import { read, readUntil } from "../reads.ts";
import type { Run } from "../run.ts";
import { holdDeletion, sendDeletion } from "./delete.ts";

/**
 * `recovering`: deletes an old secret to make room for a new one that somebody holds. From here until that is delivered no
 * deployed secret may work; the caller has accepted that.
 */
export async function makeRoom(run: Run): Promise<void> {
  if (run.announced) return deleteOlder(run);
  const before = Date.parse(run.current.client.updated_at ?? "");
  const { client } = await readUntil(
    run,
    ({ client }) => client.has_rotated_secret === false && Date.parse(client.updated_at ?? "") > before,
    "to see whether the API applied the lost deletion",
  );
  requireFlag(run, client.has_rotated_secret);
  await run.announce({ ...run.current, client, phase: client.has_rotated_secret ? "recovering" : "requesting" });
}

async function deleteOlder(run: Run): Promise<void> {
  const clearance = await holdAnnounced(run);
  if (clearance === "clear") {
    const refusal = await sendDeletion(run, "older");
    if (refusal !== undefined) {
      await settled(run);
      throw run.apiError(refusal, "The older secret was not deleted");
    }
  }
  await run.announce({ ...run.current, phase: "requesting" });
}

/** Writes down that nothing was changed that would need time to show. */
function settled(run: Run): Promise<void> {
  return run.append({ ...run.current, settleUntil: 0, server: {} });
}

/** Holds the DELETE until it may be sent, and announces it again where that has taken too long. */
async function holdAnnounced(run: Run): Promise<"clear" | "deleted"> {
  for (let announcements = 1; ; announcements++) {
    const clearance = await holdDeletion(run, ({ client }) => {
      requireFlag(run, client.has_rotated_secret);
      return client.has_rotated_secret ? "clear" : "deleted";
    });
    if (clearance !== "late") return clearance;
    if (announcements >= mostAnnouncements) return stopTooSlow(run, "journal", "deletion", () => settled(run));
    const { client } = await read(run);
    await run.announce({ ...run.current, client });
  }
}

/** A secret is deleted only where the API shows that there are two. */
function requireFlag(run: Run, flag: boolean | undefined): void {
  if (flag === undefined)
    throw run.error(
      "outcome-unknown",
      "The API does not show whether an old secret exists, so none was deleted to make room.",
      {
        todo: "Delete the old secret by hand if there is one, then recover again.",
        next: null,
      },
    );
}
