/** A rule of the rotation, and the tests that fail without it. */
export interface Rule {
  readonly name: string;
  readonly says: string;
  readonly heldBy: readonly { readonly file: string; readonly test: string }[];
}

/** What a rotation promises. Shown in the README. */
export const rules: readonly Rule[] = [
  {
    name: "R1",
    says: "Write ahead: every change is in the journal before it is made, every result before it is used.",
    heldBy: [
      {
        file: "write-ahead.test.ts",
        test: "every change is written down before it is made, and every result before it is used",
      },
      {
        file: "write-ahead.test.ts",
        test: "the deletion that makes room in a recovery is written down before it is sent",
      },
      {
        file: "crash-points.test.ts",
        test: "a process can end at any point, and what it says comes next leads to done",
      },
    ],
  },
  {
    name: "R2",
    says: "A second secret is requested only when the first request is known not to have been applied, or has had its time.",
    heldBy: [
      { file: "late-request.test.ts", test: "is not repeated on the strength of a read that does not show it yet" },
      {
        file: "late-request.test.ts",
        test: "a request is taken for lost only after its time-out and the longest lag of a read",
      },
      {
        file: "late-request.test.ts",
        test: "the requests that change something are never repeated by the client below",
      },
    ],
  },
  {
    name: "R3",
    says: "The old secret is deleted only if this rotation issued the new one, delivered it to every sink, and has just verified it and proved every sink (or the caller declined that by name), and nobody has changed the client since (or the caller accepted that change by name).",
    heldBy: [
      {
        file: "foreign-rotation.test.ts",
        test: "finishing after somebody else has rotated deletes nothing, and says why",
      },
      {
        file: "foreign-rotation.test.ts",
        test: "where rotating does not move updated_at, it cannot show somebody else's rotation, so it is not relied on",
      },
      {
        file: "deployment-proof.test.ts",
        test: "is refused before anything is sent where nothing could prove the deployment",
      },
      {
        file: "deployment-proof.test.ts",
        test: "a roll-back to the old secret between the proof and the finish is noticed",
      },
      { file: "verification.test.ts", test: "the proof before the deletion is as strict as the first" },
      {
        file: "write-ahead.test.ts",
        test: "the deletion is the very next request after the read that shows the client unchanged",
      },
    ],
  },
  {
    name: "R4",
    says: "The secret is in the journal, the sinks and the return value, and in no log, message, argument or environment.",
    heldBy: [
      { file: "leaks.test.ts", test: "when %s" },
      { file: "leaks.test.ts", test: "the secret is in no address that is asked" },
      { file: "deletion.test.ts", test: "the secret has left the journal, and its digest has not" },
      {
        file: "deployment-proof.test.ts",
        test: "a check is given the SHA-256 of the new secret, which a service can compare, and not the secret",
      },
      {
        file: "control.test.ts",
        test: "the old secret is never presented to the issuer, from the first step to the last",
      },
    ],
  },
  {
    name: "R5",
    says: "After any failure the error says what was seen, where the rotation stands, and what comes next; where one command leads on, that leads to done.",
    heldBy: [
      {
        file: "crash-points.test.ts",
        test: "a process can end at any point, and what it says comes next leads to done",
      },
      { file: "lost-answers.test.ts", test: "the request for a new secret meets: $kind" },
      { file: "deletion.test.ts", test: "gives no verdict, is told as what it is: the old secret is gone" },
      { file: "bot-challenge.test.ts", test: "is refused by the control, with nothing changed" },
    ],
  },
  {
    name: "R6",
    says: "Every transition is won once: of two runs one goes on, the other is told that it is locked.",
    heldBy: [
      {
        file: "concurrency.test.ts",
        test: "of two runs that begin at once one goes on to the end, and the other is told that it is locked",
      },
      {
        file: "concurrency.test.ts",
        test: "of two runs that find it %s and write the same at the same moment only one is told that it has won",
      },
      { file: "concurrency.test.ts", test: "just before it writes %s, does not go on" },
    ],
  },
  {
    name: "R7",
    says: "All of this whatever the server does on a second rotation, whether a lost request was applied, was not, or is applied late, and with reads that lag by seconds.",
    heldBy: [
      { file: "lost-answers.test.ts", test: "the request for a new secret meets: $kind" },
      { file: "lost-answers.test.ts", test: "the deletion of the old secret meets: $kind" },
      {
        file: "crash-points.test.ts",
        test: "a process can end at any point, and what it says comes next leads to done",
      },
    ],
  },
  {
    name: "R8",
    says: "A secret that the journal does not take is delivered all the same and written down when it can be; nothing is deleted; if no sink holds it either, the error hands it over.",
    heldBy: [
      {
        file: "unjournaled-secret.test.ts",
        test: "is delivered all the same, and the error names the sinks that hold it",
      },
      {
        file: "unjournaled-secret.test.ts",
        test: "is written down after a delivery where the journal has room again, and the run goes on",
      },
      { file: "unjournaled-secret.test.ts", test: "is handed over where no sink takes it, with nothing deleted" },
    ],
  },
  {
    name: "R9",
    says: "A signal does not abort a request for a new secret that is under way (a third one does): its answer is in the journal before the run ends.",
    heldBy: [
      {
        file: "signals.test.ts",
        test: "the request for a new secret is not aborted: its answer is written down before the run ends",
      },
      {
        file: "signals.test.ts",
        test: "a signal at any moment loses nothing, repeats nothing, and what the error says comes next leads to done",
      },
    ],
  },
];

/** The rules as a Markdown table. */
export function renderRules(): string {
  const rows = rules.map(({ name, says, heldBy }) => {
    const files = [...new Set(heldBy.map(({ file }) => file))];
    const links = files.map((file) => `[${file}](test/rotation/${file})`);
    return `| ${name} | ${says} | ${links.join(", ")} |`;
  });
  return ["| Rule | What it says | Held by |", "| --- | --- | --- |", ...rows, ""].join("\n");
}
