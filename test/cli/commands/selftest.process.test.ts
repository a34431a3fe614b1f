import { readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { openapi, redocly } from "../../description/description.ts";
import { clientId, end, faster, Place } from "../../support/command.ts";
import { runNode } from "../../support/run-node.ts";

interface Archive {
  readonly log: {
    readonly _findings: readonly { question: string; answer: string }[];
    readonly entries: readonly {
      request: { method: string; url: string };
      response: { status: number; content: { text: string } };
    }[];
  };
}

interface Selftest {
  readonly answers: ReadonlyMap<string, string>;
  readonly code: number | null;
  /** All that anybody gets to see: what it printed, and its report. */
  readonly shown: string;
  readonly archive: Archive;
}

/** The responses of a selftest, by question. */
async function selftest(place: Place): Promise<Selftest> {
  const words = ["selftest", "--json", "--yes", "--report", "report.har"];
  const { code, stdout, stderr } = await place.run(words, { environment: { ...faster } });
  const { findings } = JSON.parse(stdout) as { findings: Archive["log"]["_findings"] };
  const answers = new Map(findings.map(({ question, answer }) => [question, answer]));
  const report = readFileSync(place.path("report.har"), "utf8");
  const archive: Archive = JSON.parse(report);
  expect(archive.log._findings).toEqual(findings);
  return { answers, code, shown: stdout + stderr + report, archive };
}

/** Looks at what a sandbox sent and got, and so knows every id and secret of a selftest. */
function watch(place: Place): Set<string> {
  const private_ = new Set([place.sandbox.apiToken, place.sandbox.accountId]);
  const { fetch } = place.sandbox;
  Object.assign(place.sandbox, {
    fetch: async (...given: Parameters<typeof fetch>) => {
      const response = await fetch(...given);
      const text = await response.clone().text();
      for (const [, value = ""] of text.matchAll(/"(?:client_id|client_secret|id)":\s*"([^"]+)"/g)) private_.add(value);
      return response;
    },
  });
  return private_;
}

const second = "What does a second rotation do, while an old secret waits?";
const overlap = "Is the old secret accepted during the overlap?";
const edit = "Does editing the client during the overlap disturb the rotation?";
const moves = "Does rotating move updated_at?";
const token = "Does the token endpoint tell a wrong secret from a right one?";
const revocation = "Does the revocation endpoint tell a wrong secret from a right one?";

const behaviours: Readonly<Record<string, [SandboxOptions, Readonly<Record<string, string | RegExp>>]>> = {
  "refuses a second rotation": [
    {},
    { [second]: "it is refused (409, code 10409)", [moves]: "yes", [overlap]: "accepted", [edit]: "no" },
  ],
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
    { [token]: "yes", [revocation]: /^no: the revocation endpoint accepts a deliberately wrong secret/ },
  ],
  "answers before it authenticates": [
    { issuer: { token: "grant-first" } },
    { [token]: /^no: the token endpoint accepts a deliberately wrong secret/, [revocation]: "yes" },
  ],
};

describe.concurrent("a selftest tells of a service that", () => {
  test.each(Object.entries(behaviours))(
    "%s",
    async (_, [options, expected]) => {
      await using place = await Place.open(options);
      const before = place.sandbox.clients();
      const private_ = watch(place);
      const { answers, code, shown } = await selftest(place);
      for (const [question, answer] of Object.entries(expected)) expect(answers.get(question)).toMatch(answer);
      expect(code).toBe(0);
      expect(answers.get("Is the newest secret accepted after that?")).toBe("accepted");
      // Other clients are as they were, and nothing is left behind.
      expect(place.sandbox.clients()).toEqual(before);
      expect(private_.size).toBeGreaterThan(4);
      for (const value of private_) expect(shown).not.toContain(value);
      expect(shown).not.toMatch(/sandbox-secret-|[0-9a-f]{32}|@/);
    },
    30_000,
  );
});

/** What a service might say that knows more of an account than we do. */
const talkative = {
  ...{ owner: "Jane.Doe@example.com", owner_id: 90210907341, "7f3c9a1e-1111-4222-8333-944445555666": "by id" },
  messages: [
    { code: 1001, message: "Request 7f3c9a1e of jane@example.com was taken, token sk_live_abc123, by node-17" },
  ],
  internal: { token: "opaquewordoflowercaseletters", at: "2026-11-30T01:02:03Z" },
};

test.concurrent("the report of a selftest shows nothing that a service adds about an account", async () => {
  await using place = await Place.open();
  const { fetch } = place.sandbox;
  Object.assign(place.sandbox, {
    fetch: async (...given: Parameters<typeof fetch>) => {
      const response = await fetch(...given);
      const body: unknown = await response
        .clone()
        .json()
        .catch(() => undefined);
      if (!(typeof body === "object" && body && "success" in body)) return response;
      const headers = {
        ...{ "Content-Type": "application/json", "CF-Ray": "8f1e5ec13edac6b1-AMS", "Set-Cookie": "session=b7e2" },
        Ratelimit: '"default";r=50;t=30;pk=:b3duZXI=:',
      };
      return new Response(JSON.stringify({ ...body, ...talkative }), { status: response.status, headers });
    },
  });
  const { archive, code, shown } = await selftest(place);
  expect(code).toBe(0);
  for (const value of ["Jane", "jane", "example.com", "90210907341", "7f3c9a1e", "sk_live", "abc123", "node-17"])
    expect(shown).not.toContain(value);
  for (const value of ["opaqueword", "8f1e5ec1", "session", "b7e2", "b3duZXI"]) expect(shown).not.toContain(value);
  expect(shown).toContain("r=50;t=30");
  // What describes the API is there.
  const text = archive.log.entries[0]?.response.content.text ?? "";
  expect(text).toContain(
    '"code":1001,"message":"Request xxxxxxxx of xxxxxxxxxxxxxxxx was taken, token xxxxxxxxxxxxxxx by xxxxxxx"',
  );
  expect(text).toContain('"at":"2026-11-30T01:02:03Z"');
});

test.concurrent("redocly drift reads the report of a selftest, and finds it as the description says", async () => {
  await using place = await Place.open({ onSecondRotation: "keep" });
  await selftest(place);
  const words = ["drift", place.path("report.har"), "--api", "openapi.yaml", "--coverage"];
  const { exit, stdout } = await runNode(redocly, words, openapi);
  expect(exit, stdout).toBe(0);
  expect(stdout).toMatch(/undocumented=0\n.*Findings: total=0 /);
  // All but the list, which would show other clients.
  expect(stdout).toMatch(/operations .* 7\/8\n/);
});

test.concurrent("an edit that ends the overlap is reported as such", async () => {
  await using place = await Place.open();
  const { fetch } = place.sandbox;
  Object.assign(place.sandbox, {
    fetch: async (...[url, init]: Parameters<typeof fetch>) => {
      // A service that keeps one secret only when a client is edited.
      if (init?.method === "PATCH")
        await fetch(`${url}/rotate_secret`, { method: "DELETE", headers: init.headers ?? {} });
      return fetch(url, init);
    },
  });
  const { answers } = await selftest(place);
  expect(answers.get(edit)).toBe("yes: has_rotated_secret; the old secret was accepted and is refused");
});

test.concurrent("a selftest leaves an existing file alone, and sends nothing then", async () => {
  await using place = await Place.open();
  writeFileSync(place.path("report.har"), "mine");
  const { code, stderr } = await place.run(["selftest", "--yes", "--report", "report.har"]);
  expect(code).toBe(2);
  expect(stderr).toContain("--report cannot make this file: EEXIST");
  expect(readFileSync(place.path("report.har"), "utf8")).toBe("mine");
  expect(place.sandbox.requests).toEqual([]);
});

test.concurrent("a selftest that may not create a client reports the refusal, in a file that only its user can read", async () => {
  await using place = await Place.open();
  const words = ["selftest", "--yes", "--report", "report.har"];
  const { code } = await place.run(words, { environment: { CF_OAUTH_API_TOKEN: "another-token" } });
  expect(code).toBe(3);
  const text = readFileSync(place.path("report.har"), "utf8");
  const { log }: Archive = JSON.parse(text);
  expect(log.entries.map(({ response }) => response.status)).toEqual([401]);
  expect(text).not.toContain("another-token");
  expect(statSync(place.path("report.har")).mode & 0o777).toBe(0o600);
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
