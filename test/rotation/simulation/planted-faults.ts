/** One replacement in `src`. */
export interface Replacement {
  /** Below `src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  readonly instead: string;
}

/** A fault that is put back, so that the simulator has to find it. */
export interface PlantedFault {
  /** The case of the second set, or the rule, and what is wrong. */
  readonly name: string;
  readonly changes: readonly [Replacement, ...Replacement[]];
  /** How it must show, where other violations would show something else. Default: any violation. */
  readonly shows?: RegExp;
}

const replace = (file: string, text: string, instead: string): Replacement => ({ file, text, instead });

/** The slowest to be found come first, so that no core is idle at the end. */
export const plantedFaults: readonly PlantedFault[] = [
  {
    name: "an acceptance dated by its receipt",
    changes: [
      replace(
        "rotation/verify.ts",
        "    sent = now();\n    last = await probe(server, endpoint, options, secret, false, attempt);",
        "    last = await probe(server, endpoint, options, secret, false, attempt);\n    sent = now();",
      ),
    ],
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
        "rotation/run.ts",
        "client: answer.data, sent, received: now()",
        "client: answer.data, sent: now(), received: now()",
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
      replace("rotation/steps/begin.ts", "if (run.announced && age(run.announced) < 30_000) return;", "return;"),
    ],
    shows: /^one-post-per-announcement: the POST .* s after its announcement, with a slow journal/,
  },
  {
    name: "D14c, the age of the announcement is not looked at: a freeze",
    changes: [
      replace("rotation/steps/begin.ts", "if (run.announced && age(run.announced) < 30_000) return;", "return;"),
    ],
    shows: /^one-post-per-announcement: the POST .* s after its announcement, after a freeze/,
  },
  {
    name: "D14, the same before a DELETE",
    changes: [
      replace(
        "rotation/steps/delete.ts",
        '    await run.requireLatest(freshness);\n    if (!run.announced || age(run.announced) >= 30_000) return "late";\n',
        "",
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
        "rotation/run.ts",
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
        'return { verdict: refusals > 0 ? "refused" : "inconclusive", reason, sent };',
        'return { verdict: refusals > 0 && unclear === 0 ? "refused" : "inconclusive", reason, sent };',
      ),
    ],
    shows: /^unseen-claim/,
  },
  {
    name: "D3, alive is not newest",
    changes: [
      replace(
        "rotation/steps/deliver.ts",
        '    if (since === "changed") throw await changedBeforeDelivery(run, reading.client.updated_at);\n',
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
        "await run.readUntil(() => false,",
        "await run.readUntil(({ client: { has_rotated_secret } }) => has_rotated_secret === true,",
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
        'throw new LogFailure("journal-failed", new Error("its reads lag behind what was written"));',
        'throw new LogFailure("locked");',
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
        "const proofs = await confirmSinks(run);",
        "const proofs = run.current.proofs;",
      ),
    ],
    shows: /^deployed-died: the DELETE/,
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
    name: "adopted in spite of another digest",
    changes: [replace("rotation/steps/adopt.ts", "expected.toLowerCase() !== digest", 'expected.toLowerCase() === ""')],
    shows: /^adopt-untrue/,
  },
];
