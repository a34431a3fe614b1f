import { expect, test } from "vitest";
import type { Entry, Phase } from "../../src/rotation/entry.ts";
import { stateOf } from "../../src/rotation/state.ts";
import { entryOf } from "../support/entries.ts";

const sinks = [{ name: "app" }, { name: "worker" }];
const confirmed = { by: "check", at: 0 } as const;
const proofs = { app: confirmed, worker: confirmed };
const baseline = "2026-08-01T12:00:00Z";

function told(phase: Phase, more: Partial<Entry> = {}): string {
  const { summary, nextStep } = stateOf({ ...JSON.parse(entryOf(phase)), sinks, ...more });
  return `${summary} → ${nextStep ?? "a person decides"}`;
}

test("what is said of a rotation, and what continues it", () => {
  const declined = { verify: true, check: true };
  expect({
    requesting: told("requesting"),
    "requesting, after a deletion": told("requesting", { downtimeFrom: 1 }),
    issued: told("issued", { delivered: ["app"] }),
    "issued, after the end of the old secret was seen": told("issued", { deletion: "shown" }),
    "issued, after the API has confirmed the deletion": told("issued", { deletion: "confirmed" }),
    delivered: told("delivered"),
    "verified, and confirmed": told("verified", { baseline, proofs }),
    "verified, and confirmed in part": told("verified", { baseline, proofs: { app: confirmed } }),
    "verified, and both declined": told("verified", { baseline, declined }),
    "verified, and nothing shows changes": told("verified", { proofs }),
    finishing: told("finishing"),
    "finishing, and confirmed by the API": told("finishing", { deletion: "confirmed" }),
    recovering: told("recovering"),
    "done, and confirmed by the API": told("done", { sha256: "digest", deletion: "confirmed" }),
    "done, and shown by the API, not verified": told("done", { sha256: "digest", deletion: "shown", declined }),
    "done, by an entry that does not say how": told("done", { sha256: "digest" }),
    "done, recorded by hand": told("done", { deletion: "shown" }),
    abandoned: told("done", { abandoned: "another person or process rotated the client first" }),
  }).toMatchInlineSnapshot(`
    {
      "abandoned": "This rotation ended without a new secret: another person or process rotated the client first. → a person decides",
      "delivered": "Every sink has the new secret; it is not verified yet. This rotation has deleted no secret. → resume",
      "done, and confirmed by the API": "The API confirmed that the old secret is deleted, and the new one works. → a person decides",
      "done, and shown by the API, not verified": "The API shows no old secret any more. The new one was not verified, because that was declined. → a person decides",
      "done, by an entry that does not say how": "This rotation is finished. → a person decides",
      "done, recorded by hand": "The date of this secret was recorded by hand. → a person decides",
      "finishing": "The deletion of the old secret may have been requested, but no response is recorded. → finish",
      "finishing, and confirmed by the API": "The API confirmed that the old secret is deleted. The new one, which is in the journal, has to be verified once more. → finish",
      "issued": "The new secret is in the journal, and 1 of 2 sinks have it. This rotation has deleted no secret. → resume",
      "issued, after the API has confirmed the deletion": "The new secret is in the journal, and 0 of 2 sinks have it. The API confirmed that the old secret is deleted. → resume",
      "issued, after the end of the old secret was seen": "The new secret is in the journal, and 0 of 2 sinks have it. The API shows no old secret any more. → resume",
      "recovering": "An old secret is being deleted to make room for a new one. Until that is delivered, deployed secrets may not work. → resume",
      "requesting": "A new secret may have been requested, but no response is recorded. This rotation has deleted no secret. → resume",
      "requesting, after a deletion": "A new secret may have been requested, but no response is recorded. An older secret may be gone. → resume",
      "verified, and both declined": "The new secret was delivered. It was not verified, because that was declined. Its deployment in app, worker is not confirmed. This rotation has deleted no secret. → finish",
      "verified, and confirmed": "The new secret was verified. Its deployment was confirmed by a check. This rotation has deleted no secret. → finish",
      "verified, and confirmed in part": "The new secret was verified. Its deployment in worker is not confirmed. This rotation has deleted no secret. Finishing needs a check or a read-back for worker, or the check declined. → a person decides",
      "verified, and nothing shows changes": "The new secret was verified. Its deployment was confirmed by a check. This rotation has deleted no secret. Nothing shows whether anybody else has changed the client since. Finishing needs the client to be accepted as it is now. → a person decides",
    }
  `);
});
