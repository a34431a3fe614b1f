import { describe, expect, test } from "vitest";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { clientId, end, faster, Place } from "../../support/command.ts";

/** The answers of a selftest, by question. */
async function selftest(place: Place): Promise<{ answers: Map<string, string>; code: number | null; printed: string }> {
  const { code, stdout, stderr } = await place.run(["selftest", "--json", "--yes"], { environment: { ...faster } });
  const { findings } = JSON.parse(stdout) as { findings: { question: string; answer: string }[] };
  const answers = new Map(findings.map(({ question, answer }) => [question, answer]));
  return { answers, code, printed: stdout + stderr };
}

const second = "What does a second rotation do, while an old secret waits?";
const moves = "Does rotating move updated_at?";
const token = "Does the token endpoint tell a wrong secret from a right one?";
const revocation = "Does the revocation endpoint tell a wrong secret from a right one?";

const behaviours: Readonly<Record<string, [SandboxOptions, Readonly<Record<string, string | RegExp>>]>> = {
  "refuses a second rotation": [{}, { [second]: "it is refused (409, code 10409)", [moves]: "yes" }],
  "keeps several secrets": [
    { onSecondRotation: "keep" },
    { [second]: "it makes a third secret; the first is accepted, the second accepted" },
  ],
  "replaces the oldest": [
    { onSecondRotation: "replace" },
    { [second]: "it makes a third secret; the first is refused, the second accepted" },
  ],
  "leaves updated_at still": [{ updatedAt: "still" }, { [moves]: "no" }],
  "shows no updated_at": [{ updatedAt: "absent" }, { [moves]: "it is absent" }],
  "accepts anything at revocation": [
    { issuer: { revocation: "accepts-everything" } },
    { [token]: "yes", [revocation]: /^no: the revocation endpoint accepted a made-up secret/ },
  ],
  "answers before it authenticates": [
    { issuer: { token: "grant-first" } },
    { [token]: /^no: the token endpoint accepted a made-up secret/, [revocation]: "yes" },
  ],
};

describe.concurrent("a selftest tells of a service that", () => {
  test.each(Object.entries(behaviours))(
    "%s",
    async (_, [options, expected]) => {
      await using place = await Place.open(options);
      const before = place.sandbox.clients();
      const { answers, code, printed } = await selftest(place);
      for (const [question, answer] of Object.entries(expected)) expect(answers.get(question)).toMatch(answer);
      expect(code).toBe(0);
      expect(answers.get("Is the newest secret accepted after that?")).toBe("accepted");
      // Other clients are as they were, and nothing is left behind.
      expect(place.sandbox.clients()).toEqual(before);
      expect(printed).not.toMatch(/sandbox-secret-|[0-9a-f]{32}/);
    },
    30_000,
  );
});

test.concurrent("a selftest that the service stops says by what, and leaves nothing behind", async () => {
  await using place = await Place.open({
    faults: [{ operation: "oauth-clients-delete-rotated-secret", kind: "error", times: 9 }],
  });
  const { answers, code } = await selftest(place);
  expect(answers.get("What stopped the selftest?")).toBe("500, code 7010");
  expect(code).toBe(1);
  expect(place.sandbox.clients().map(({ client_id }) => client_id)).toEqual([clientId]);
});

test.concurrent("a selftest that is interrupted leaves nothing behind", async () => {
  await using place = await Place.open({ latency: 30 });
  const child = place.start(["selftest", "--yes"], { ...faster });
  const ended = end(child);
  await new Promise<void>((resolve) => {
    child.stderr?.on("data", (text) => String(text).includes("a read show the rotation") && resolve());
  });
  expect(place.sandbox.clients()).toHaveLength(2);
  child.kill("SIGINT");
  expect((await ended).code).toBe(130);
  expect(place.sandbox.clients().map(({ client_id }) => client_id)).toEqual([clientId]);
});
