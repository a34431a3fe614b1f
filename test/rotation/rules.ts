/** A rule of the rotation, and the tests that fail without it. */
export interface Rule {
  readonly name: string;
  readonly says: string;
  /** Titles of tests, or of the groups that they are in, by file. */
  readonly heldBy: Readonly<Record<string, readonly string[]>>;
}

/** What a rotation promises. Shown in the guide to the rotation. */
export const rules: readonly Rule[] = [
  {
    name: "R1",
    says: "Write ahead: every change is in the journal before it is made, and every result before it is used.",
    heldBy: {
      "write-ahead.test.ts": [
        "every change is written down before it is made, and every result before it is used",
        "the deletion that makes room in a recovery is written down before it is sent",
      ],
      "crash-points.test.ts": ["a process can end at any point, and what it says comes next leads to done"],
    },
  },
  {
    name: "R2",
    says: "The rotation requests another secret only if the first request was certainly not applied, or can no longer be applied.",
    heldBy: {
      "late-request.test.ts": [
        "is not repeated on the strength of a read that does not show it yet",
        "a request is taken for lost only after the time that an announcement, a request and a lagging read may take",
        "the requests that change something are never repeated by the client below",
      ],
    },
  },
  {
    name: "R3",
    says: "The old secret is deleted only if this rotation created the new one, delivered it to every sink, and has just verified it and confirmed every sink, and nobody has changed the client since. Only the caller can decline a check or accept a change, each by its own option.",
    heldBy: {
      "foreign-rotation.test.ts": [
        "finishing after another person has rotated deletes nothing, and says why",
        "where rotating does not move updated_at, it cannot show another person's rotation, so it is not relied on",
      ],
      "deployment-proof.test.ts": [
        "is refused before anything is sent where nothing could confirm the deployment",
        "a roll-back to the old secret between the confirmation and the finish is noticed",
      ],
      "verification.test.ts": ["the verification before the deletion is as strict as the first"],
      "write-ahead.test.ts": ["the deletion is the very next request after the read that shows the client unchanged"],
    },
  },
  {
    name: "R4",
    says: "The secret is in the journal, the sinks and the return value. It is in no log, message, argument or environment variable.",
    heldBy: {
      "leaks.test.ts": ["when %s", "the secret is in no address that is asked"],
      "deletion.test.ts": ["the secret has left the journal, and its digest has not"],
      "deployment-proof.test.ts": [
        "a check is given the SHA-256 of the new secret, which a service can compare, and not the secret",
      ],
      "control.test.ts": ["the old secret is never presented to the issuer, from the first step to the last"],
    },
  },
  {
    name: "R5",
    says: "After a failure the error says what happened, where the rotation is, and what to do next. It says that the old secret still works only if that was seen.",
    heldBy: {
      "crash-points.test.ts": ["a process can end at any point, and what it says comes next leads to done"],
      "lost-responses.test.ts": ["the request for a new secret meets: $kind"],
      "deletion.test.ts": ["gives no verdict, is told as what it is: the old secret is gone"],
      "bot-challenge.test.ts": ["is refused by the control, with nothing changed"],
      "recover.test.ts": ["that the old secret continues working is not claimed where a recovery may have replaced it"],
      "next-step.test.ts": ["an error's state is the rotation as the run knows it"],
    },
  },
  {
    name: "R6",
    says: "Each step is won once: if two processes try, one continues and the other stops with the error `locked`.",
    heldBy: {
      "concurrency.test.ts": [
        "of two runs that begin at once one goes on to the end, and the other is told that it is locked",
        "of two runs that find it %s and write the same at the same moment only one is told that it has won",
        "just before it writes %s, does not go on",
      ],
    },
  },
  {
    name: "R7",
    says: "All of this holds whatever the server does on a second rotation (keep, refuse, replace), whether a lost request was applied, was not, or is applied late, and if reads lag by seconds.",
    heldBy: {
      "lost-responses.test.ts": [
        "the request for a new secret meets: $kind",
        "the deletion of the old secret meets: $kind",
      ],
      "crash-points.test.ts": ["a process can end at any point, and what it says comes next leads to done"],
    },
  },
  {
    name: "R8",
    says: "If the journal cannot take the secret, the rotation still delivers it, and tries to write again after each delivery. It deletes nothing. The error names the sinks that have the secret, and holds it if none has. The delivery stops only if the journal was seen to have moved on, or the client to have changed.",
    heldBy: {
      "unjournaled-secret.test.ts": [
        "is delivered anyway, and the error names the sinks that hold it",
        "is written down after a delivery where the journal has room again, and the run continues",
        "is handed over where no sink takes it, with nothing deleted",
        "leads to done by what the error says comes next",
        "goes to no further sink once another person was seen to have changed the client",
      ],
    },
  },
  {
    name: "R9",
    says: "A signal does not abort a request for a new secret (a third one does). Its response is in the journal before the process ends.",
    heldBy: {
      "signals.test.ts": [
        "the request for a new secret is not aborted: its response is written down before the run ends",
        "a signal at any moment loses nothing, repeats nothing, and what the error says comes next leads to done",
      ],
    },
  },
  {
    name: "R10",
    says: "The rotation says only what it has seen. A flag that is clear counts only once reads must show our last change, or with a later `updated_at`. A missing flag shows nothing after the first request. A response counts as missing only when its time is over.",
    heldBy: {
      "only-what-was-seen.test.ts": [
        "it does not end as done: the secret is kept, and what to accept is named (updated_at %s)",
        "accepting that sends the deletion, after which it is said only that the API confirmed it (updated_at %s)",
        "is not taken for a deletion that met: %s",
        "is called lost only when its time is over: until then a live run may be waiting for it",
        "comes late to a run that lives, while a %s waits and is locked",
      ],
      "held.test.ts": ["a sink that holds a secret which it did not hold before the request"],
    },
  },
  {
    name: "R11",
    says: "If a journal shows a lower sequence than the one we wrote, its reads lag. That is never taken for another process.",
    heldBy: {
      "lagging-journal.test.ts": [
        "a journal whose reads lag by %d ms is not taken for another process",
        "a journal whose reads never show what was written",
        "a write at %s that failed after it was made, and that reads show later, is recognised as our own",
      ],
    },
  },
  {
    name: "R12",
    says: "A secret that works need not be the newest. Before each delivery and before the deletion, the client is compared with what is known of our rotation. If nothing is known, the secret is verified first.",
    heldBy: {
      "newest-secret.test.ts": [
        "a secret that works is not delivered over the newer one that another journal's rotation deployed",
        "another person's rotation keeps the secret from the second",
        "the secret is verified once before it is delivered to every sink",
        "a secret that is refused is not delivered",
        "counts until the client changes again",
      ],
      "foreign-rotation.test.ts": [
        "a rotation of another person between two of our runs is not taken for our own, however soon it comes",
      ],
    },
  },
  {
    name: "R13",
    says: "Ages count from the moment a request was sent, by whichever clock shows more. The overlap is measured by the server's clock. If a clock differs from it by more than a minute, the rotation says so.",
    heldBy: {
      "clocks.test.ts": [
        "though this machine's clock was %s when it began",
        "though this machine's clock is eight days ahead when it is to end",
        "the overlap is not over before it is by %s, too",
        "is reported once: %s the server's",
        "a read is as old as its request, not as its response",
      ],
    },
  },
  {
    name: "R14",
    says: "A secret is verified with the authentication method that the client has now. After a refusal, the client is read again.",
    heldBy: {
      "authentication-method.test.ts": [
        "a method that was changed since the rotation is the one that the secret is verified by",
        "a method that is changed while the secret is verified is noticed after the refusals (updated_at %s)",
      ],
    },
  },
  {
    name: "R15",
    says: "Nothing is asked twice: not a verification of two seconds ago, nor a refusal of ten minutes ago. A request that was certainly refused needs no time to settle.",
    heldBy: {
      "asked-once.test.ts": [
        "verifies and confirms once where the deletion comes within two seconds",
        "is not waited for again by a recovery that follows within ten minutes",
        "needs no settling: the next finish sends it at once",
      ],
      "round-trips.test.ts": ["a plain rotation makes seven requests, and its finish ten"],
    },
  },
  {
    name: "R16",
    says: "The next step is a promise: following it alone leads to an end, and it contains no consent. Where only a person can decide, there is none, and the message says what to decide.",
    heldBy: {
      "next-step.test.ts": [
        "a next step is a function that needs no consent",
        "a secret that is dead is not resumed for ever where no baseline shows it",
        "a secret that only sinks hold is adopted from one",
        "where only a person can decide, there is no next step, and the message names what to decide:",
      ],
      "crash-points.test.ts": ["a process can end at any point, and what it says comes next leads to done"],
    },
  },
  {
    name: "R17",
    says: "A change is sent only while its announcement is live: the journal still shows it as the latest entry, it is younger than thirty seconds, and before a deletion the client was read less than a moment ago.",
    heldBy: {
      "superseded.test.ts": [
        "a run that was frozen after its announcement, while another continued,",
        "is announced anew, with all the time that it may take",
        "since its process was frozen is waited for in full, if the response is lost",
        "is announced anew, after verifying and confirming once more",
        "is not sent where that happens three times",
        "is repeated after the announcement where it is older",
        "five times too slow ends the run with nothing deleted",
      ],
    },
  },
];

/** The rules as a Markdown table. */
export function renderRules(): string {
  const rows = rules.map(({ name, says, heldBy }) => {
    const links = Object.keys(heldBy).map((file) => `[${file}](test/rotation/${file})`);
    return `| ${name} | ${says} | ${links.join(", ")} |`;
  });
  return ["| Rule | What it says | Held by |", "| --- | --- | --- |", ...rows, ""].join("\n");
}
