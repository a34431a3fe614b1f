import { type PlantedFault, replace } from "./planted-fault.ts";

/** Faults that show in the first seeds. */
export const quickFaults: readonly PlantedFault[] = [
  {
    name: "D3, alive is not newest",
    changes: [
      replace(
        "rotation/steps/deliver.ts",
        "    if (isForeign(run, reading)) throw await changedBeforeDelivery(run, reading.client.updated_at);\n",
        "",
      ),
    ],
    shows: /^deployed-died: .* delivered the older/,
  },
  {
    name: "R3, a changed client is not seen before a DELETE",
    changes: [
      replace(
        "rotation/steps/finish.ts",
        'if (since === "unchanged" || isAccepted) return "clear";',
        'if (since !== "earlier" || isAccepted) return "clear";',
      ),
    ],
    shows: /^deployed-died: the DELETE/,
  },
  {
    name: "the baseline taken again on resume",
    changes: [
      replace(
        "rotation/steps/deliver.ts",
        "let hasLearnt = baseline === undefined && !isBaselineSought && issuedAt !== undefined;",
        "let hasLearnt = issuedAt !== undefined || baseline !== isBaselineSought;",
      ),
      replace(
        "rotation/steps/deliver.ts",
        "const baseline = baselineOf(run.current, reading);",
        "const baseline = run.isIssuer ? baselineOf(run.current, reading) : reading.client.updated_at;",
      ),
    ],
  },
  {
    name: "D1, done without evidence",
    changes: [
      replace(
        "rotation/steps/finish.ts",
        'if (oldSecret === "none") return since === "changed" || isOver',
        'if (oldSecret !== "exists") return since === "changed" || isOver',
      ),
    ],
    shows: /^done-untrue: .* the flag is never shown/,
  },
  {
    name: "D2, a live run is declared lost",
    changes: [
      replace(
        "rotation/steps/request.ts",
        "await readUntil(run, () => false,",
        "await readUntil(run, ({ client: { has_rotated_secret } }) => has_rotated_secret === true,",
      ),
    ],
    shows: /^secret-missing-untrue: .* waits for its response/,
  },
  {
    name: "D4, late timers",
    changes: [
      replace(
        "client/deadline.ts",
        "      if (left && most) set(gap, left - 1, most - 1);\n      else onOver();",
        "      onOver(left, most, gap);",
      ),
    ],
    shows: /^secret-lost/,
  },
  {
    name: "D6, the clock is wrong",
    changes: [replace("rotation/overlap.ts", "const date = reading?.date;", "const date = undefined;")],
    shows: /^overlap-shortened/,
  },
  {
    name: "the overlap ignored",
    changes: [replace("rotation/overlap.ts", "if (overlap === 0 ||", "if (overlap >= 0 ||")],
    shows: /^overlap-shortened/,
  },
  {
    name: "D11, adopt is not named",
    changes: [replace("rotation/steps/request.ts", "If a sink has the new secret, adopt it from there. ", "")],
    shows: /^rescue-not-named/,
  },
  {
    name: "D12, a journal whose reads lag",
    changes: [
      replace(
        "rotation/log.ts",
        "      found = await this.#latest(this.sequence, longestJournalLag);\n",
        "      found = await this.#latest(this.sequence, 0);\n",
      ),
      replace(
        "rotation/log.ts",
        'if (shown < this.sequence) throw new LogFailure("journal-failed", lagging(), false);',
        'if (shown < this.sequence) throw new LogFailure("locked");',
      ),
    ],
    shows: /^locked-untrue/,
  },
  {
    name: "the verification after the DELETE skipped",
    changes: [
      replace(
        "rotation/steps/finish.ts",
        "  try {\n    await requireAccepted(run);",
        '  try {\n    if (deletion === "shown") await requireAccepted(run);',
      ),
    ],
    shows: /^done-untrue/,
  },
  {
    name: "a second POST under one announcement",
    changes: [
      replace(
        "rotation/steps/request.ts",
        '  if (error.outcome === "unknown")\n',
        '  if (error.status === 503) {\n    run.announced = { date: Date.now(), monotonic: performance.now() };\n    return;\n  }\n  if (error.outcome === "unknown")\n',
      ),
    ],
    shows: /^one-post-per-announcement: .* second under one announcement/,
  },
  {
    name: "R9, a signal aborts a POST",
    changes: [replace("rotation/steps/request.ts", "{ maxRetries: 0 })", "{ maxRetries: 0, signal: run.signal })")],
    shows: /^signal-aborts-post/,
  },
  {
    name: "R3, the sinks are not confirmed before a DELETE",
    changes: [
      replace(
        "rotation/deployment.ts",
        "if (run.confirmed && age(run.confirmed) <= freshness) return",
        "if (Object.keys(run.current.proofs).length > 0 && (run.confirmed = now())) return",
      ),
    ],
    shows: /^deployed-died: the DELETE/,
  },
  {
    name: "an activation that failed counts",
    changes: [
      replace(
        "rotation/steps/activate.ts",
        "    const happened = `Every",
        "    if (sha256) return void (await run.append({ ...run.current, activatedAt: Date.now() }));\n    const happened = `Every",
      ),
    ],
    shows: /^deployed-died/,
  },
  {
    name: "after another delivery nothing is activated again",
    changes: [
      replace(
        "rotation/steps/redeliver.ts",
        "const { verifiedAt, activatedAt, activatedBy, ...entry } = run.current;",
        "const { verifiedAt, ...entry } = run.current;",
      ),
    ],
    shows: /^deployed-died/,
  },
  {
    name: "a sink that is to get the secret again does not",
    changes: [
      replace(
        "rotation/steps/redeliver.ts",
        "delivered: entry.delivered.filter((name) => !names.includes(name)),",
        "delivered: entry.delivered,",
      ),
    ],
    shows: /^redeliver-untrue/,
  },
  {
    name: "a client is created again without a wait for the lost request",
    changes: [
      replace(
        "rotation/create.ts",
        'await readUntil(run, () => false, "to see whether the API applied the lost request", look);',
        "await look();",
      ),
    ],
    shows: /^one-client/,
  },
  {
    name: "success does not set the count of failures back",
    changes: [replace("rotation/steps/confirm.ts", "    failed: undefined,\n", "")],
    shows: /^count-untrue/,
  },
  {
    name: "adopted in spite of another digest",
    changes: [replace("rotation/steps/adopt.ts", "expected.toLowerCase() !== digest", 'expected.toLowerCase() === ""')],
    shows: /^adopt-untrue/,
  },
];
