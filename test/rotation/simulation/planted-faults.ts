import { type PlantedFault, replace } from "./planted-fault.ts";
import { quickFaults } from "./quick-faults.ts";

/** The slowest to be found come first, so that no core is idle at the end. */
export const plantedFaults: readonly PlantedFault[] = [
  {
    name: "an acceptance dated by its receipt",
    changes: [
      replace(
        "rotation/verify.ts",
        "    sent = now();\n    last = await tryOnce(place, secret, { control: false, attempt });",
        "    last = await tryOnce(place, secret, { control: false, attempt });\n    sent = now();",
      ),
    ],
    shows: /^(deployed-died|done-untrue)/,
  },
  {
    name: "refusedAt believed for ever",
    changes: [
      replace(
        "rotation/secret-verification.ts",
        "return passed >= 0 && passed <= refusalMemory;",
        "return passed >= 0 && refusedAt > 0;",
      ),
    ],
    shows: /^unseen-claim: .* refused its secret a short time ago/,
  },
  {
    name: "D5, the age of a read counted from its receipt",
    changes: [
      replace(
        "rotation/reading.ts",
        "return { client, sent, received: now(),",
        "return { client, sent: now(), received: now(),",
      ),
    ],
    shows: /^deployed-died/,
  },
  {
    name: "D15, one lagging read is taken for a deletion",
    changes: [
      replace(
        "rotation/steps/finish.ts",
        'return since === "changed" || isOver ? "deleted" : "lagging";',
        'return "deleted";',
      ),
      replace(
        "rotation/steps/finish.ts",
        'return oldSecret === "none" && since === "changed";',
        'return oldSecret === "none";',
      ),
      replace(
        "rotation/steps/finish.ts",
        'return since !== "earlier" && (oldSecret !== "none" || since === "changed");',
        "return since !== undefined || oldSecret;",
      ),
    ],
    shows: /^done-untrue: .* still accepted/,
  },
  {
    name: "D14a, the journal is not read before the POST",
    changes: [replace("rotation/steps/begin.ts", "    await run.requireLatest(freshness);\n", "")],
    shows: /^one-post-per-announcement: the POST .* superseded/,
  },
  {
    name: "D14b, the age of the announcement is not looked at: a slow journal",
    changes: [
      replace(
        "rotation/steps/begin.ts",
        "run.announced && age(run.announced) < longestAnnouncement;",
        "run.announced !== undefined;",
      ),
    ],
    shows: /^one-post-per-announcement: the POST .* s after its announcement, with a slow journal/,
  },
  {
    name: "D14c, the age of the announcement is not looked at: a freeze",
    changes: [
      replace(
        "rotation/steps/begin.ts",
        "run.announced && age(run.announced) < longestAnnouncement;",
        "run.announced !== undefined;",
      ),
    ],
    shows: /^one-post-per-announcement: the POST .* s after its announcement, after a freeze/,
  },
  {
    name: "D14, the same before a DELETE",
    changes: [
      replace(
        "rotation/steps/delete.ts",
        '    // The journal first: a slow one takes longer than the read of the client may be old.\n    await run.requireLatest(longestRead);\n    if (reads > 0) await read(run);\n    if (!run.announced || age(run.announced) >= longestAnnouncement) return "late";\n',
        "    if (reads > 0) await read(run);\n",
      ),
    ],
    shows: /^one-post-per-announcement: the DELETE/,
  },
  {
    name: "R13, age by the monotonic clock alone",
    changes: [
      replace(
        "rotation/clock.ts",
        "return Math.max(Date.now() - date, performance.now() - monotonic, 0);",
        "return Math.max(performance.now() - monotonic, 0, Math.min(date, 0));",
      ),
    ],
  },
  {
    name: "R13, age by the date alone",
    changes: [
      replace(
        "rotation/clock.ts",
        "return Math.max(Date.now() - date, performance.now() - monotonic, 0);",
        "return Math.max(Date.now() - date, 0, Math.min(monotonic, 0));",
      ),
    ],
  },
  {
    name: "R8, the delivery stopped by any failure of the journal",
    changes: [
      replace(
        "rotation/steps/deliver-unjournaled.ts",
        'if (error instanceof RotationError && error.code === "locked") return reasonOf(run, error);',
        "if (error instanceof RotationError) return reasonOf(run, error);",
      ),
    ],
  },
  {
    name: "R4, a secret in an error message",
    changes: [
      replace(
        "rotation/run-error.ts",
        "return secret === undefined ? text : withoutSecret(text, secret);",
        'return secret === "" ? withoutSecret(text, secret) : text;',
      ),
    ],
    shows: /^leak/,
  },
  {
    name: "D16, delivered without a look",
    changes: [replace("rotation/steps/deliver.ts", "    await requireNewest(run);\n", "")],
    shows: /^deployed-died: .* delivered the dead/,
  },
  {
    name: "D16, refusals and one reset are inconclusive",
    changes: [
      replace(
        "rotation/verify.ts",
        'return refusal ?? { verdict: "inconclusive", reason, sent };',
        'return unclear === 0 && refusal ? refusal : { verdict: "inconclusive", reason, sent };',
      ),
    ],
    shows: /^unseen-claim/,
  },
  ...quickFaults,
];
