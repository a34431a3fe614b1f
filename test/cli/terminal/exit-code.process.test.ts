import { spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fileOfMessage } from "../../../scripts/error-codes.ts";
import Cloudflare from "../../../src/client/index.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { clientId, end, faster, oldSecret, Place, program } from "../../support/command.ts";
import { printedMessage } from "./printed-message.ts";

/** A situation, the command line that meets it, and how that ends. */
interface Situation {
  readonly code: string | null;
  readonly exit: number;
  readonly words: readonly string[];
  readonly sandbox?: SandboxOptions;
  readonly environment?: Readonly<Record<string, string>>;
  readonly before?: (place: Place) => Promise<unknown>;
  /** POSTs and DELETEs in all. */
  readonly changes?: readonly [posts: number, deletes: number];
}

// What is proved by time-consuming probes has its tests elsewhere; here it is declined.
const unproved = ["--no-verify", "--no-check"];
const rotate = ["rotate", clientId, "--to", "file:secret", ...unproved];
const newClient = [
  "--redirect-uri",
  "https://app.example.com/callback",
  "--scope",
  "account.read",
  "--to",
  "file:secret",
];
const lost: SandboxOptions = { faults: [{ operation: "oauth-clients-rotate-secret", kind: "error-applied" }] };

async function elsewhere(place: Place): Promise<void> {
  const { apiToken, baseURL, fetch, accountId: account_id } = place.sandbox;
  await new Cloudflare({ apiToken, baseURL, fetch }).iam.oauthClients.rotateSecret(clientId, { account_id });
}

/** The journal's folder of the client, which is the only one. */
function log(place: Place): string {
  const [folder = ""] = readdirSync(`${place.stateDirectory}/journal`);
  return `${place.stateDirectory}/journal/${folder}`;
}

/** A command line that is refused before anything is sent. */
function refused(words: readonly string[]): Situation {
  return { exit: 2, code: "usage", words, changes: [0, 0] };
}

/** A token that opens nothing. */
function withToken(token: string): Situation {
  const environment = { CF_OAUTH_API_TOKEN: token };
  return { exit: 3, code: "credentials-refused", words: rotate, environment, changes: [0, 0] };
}

const situations: Readonly<Record<string, Situation>> = {
  "a rotation at rest": { exit: 0, code: null, words: rotate, changes: [1, 0] },
  "a rotation that is finished in the same run": {
    exit: 0,
    code: null,
    words: [...rotate, "--finish"],
    changes: [1, 1],
  },
  "a finish when all is done": {
    exit: 0,
    code: null,
    words: ["finish", clientId],
    before: (place) => place.run([...rotate, "--finish"]),
    changes: [1, 1],
  },
  "a status with nothing to tell": { exit: 0, code: null, words: ["status", clientId] },
  "a journal that cannot be written": {
    exit: 1,
    code: "journal-failed",
    words: [...rotate, "--state-dir", "/proc/cf-oauth"],
    changes: [0, 0],
  },
  "a journal whose latest entry is cut": {
    exit: 1,
    code: "journal-mismatch",
    words: rotate,
    before: async (place) => {
      await place.run([...rotate, "--finish"]);
      writeFileSync(`${log(place)}/99.json`, '{"version":1,"ph');
    },
    changes: [1, 1],
  },
  "an API that is not there": {
    exit: 1,
    code: "api-failed",
    words: rotate,
    environment: { CLOUDFLARE_BASE_URL: "http://127.0.0.1:1/client/v4" },
    changes: [0, 0],
  },
  "a client that does not exist": { exit: 1, code: "api-failed", words: ["rotate", "unknown", ...rotate.slice(2)] },
  "an option that does not exist": refused([...rotate, "--finsh"]),
  "a sink that does not exist": refused(["rotate", clientId, "--to", "flie:secret"]),
  "no sink at all": refused(["rotate", clientId]),
  "--finish with no proof of deployment": refused([
    "rotate",
    clientId,
    "--to",
    "exec:cat >/dev/null",
    "--finish",
    "--yes",
  ]),
  "an API over http on another machine": refused([...rotate, "--base-url", "http://api.example.com/client/v4"]),
  "an account id that is cut": refused([...rotate, "--account-id", "023e"]),
  "a client id that is a path": refused(["rotate", "../x", "--to", "file:secret"]),
  "recovering without accepting a downtime": refused(["recover", clientId, "--to", "file:secret"]),
  "--to stdout with --json": refused(["rotate", clientId, "--to", "stdout"]),
  "a token that is refused": withToken("0123456789abcdefghijklmnopqrstuvwxyzABCD"),
  "a token in quotes": withToken('"0123456789abcdefghijklmnopqrstuvwxyzABCD"'),
  "a token of a wrong format": withToken("0123456789abcdefghij.klmnopqrstuvwxyzABCD"),
  "no credentials": withToken(""),
  "a client without a secret": {
    exit: 4,
    code: "no-client-secret",
    words: rotate,
    sandbox: { clients: [{ client_id: clientId, token_endpoint_auth_method: "none" }] },
    changes: [0, 0],
  },
  "a new client whose name another one has": {
    exit: 4,
    code: "client-exists",
    words: ["create", "--name", "My OAuth App", ...newClient],
    changes: [0, 0],
  },
  "a rotation that was begun elsewhere": {
    exit: 4,
    code: "rotation-in-progress",
    words: rotate,
    before: elsewhere,
    changes: [1, 0],
  },
  "a rotation under way with another sink": {
    exit: 4,
    code: "rotation-in-progress",
    words: ["rotate", clientId, "--to", "file:elsewhere", ...unproved],
    before: (place) => place.run(rotate),
    changes: [1, 0],
  },
  "another run that goes on meanwhile": {
    exit: 4,
    code: "locked",
    words: [
      "rotate",
      clientId,
      "--to",
      'exec:cat >/dev/null; cd "$HOME"/state/journal/*/ && last=$(ls | sort -n | tail -n 1) && cp "$last" "$(expr "$(basename "$last" .json)" + 1).json"',
      ...unproved,
    ],
    changes: [1, 0],
  },
  "a client that somebody else has rotated since": {
    exit: 4,
    code: "client-changed",
    words: ["finish", clientId],
    sandbox: { onSecondRotation: "keep" },
    before: async (place) => {
      await place.run(rotate);
      await elsewhere(place);
    },
    changes: [2, 0],
  },
  "a finish before its time": {
    exit: 4,
    code: "overlap-not-over",
    words: ["finish", clientId],
    before: (place) => place.run([...rotate, "--overlap", "1h"]),
    changes: [1, 0],
  },
  "nothing to resume": { exit: 4, code: "no-rotation", words: ["resume", clientId], changes: [0, 0] },
  "a POST whose response is lost": { exit: 5, code: "outcome-unknown", words: rotate, sandbox: lost, changes: [1, 0] },
  "a secret that nobody holds": {
    exit: 5,
    code: "secret-missing",
    words: ["resume", clientId],
    sandbox: lost,
    environment: faster,
    // It is given as long to show as that request may take.
    before: (place) => place.run([...rotate, "--timeout", "20s"], { environment: { ...faster } }),
    changes: [1, 0],
  },
  "a sink that fails": {
    exit: 6,
    code: "delivery-failed",
    words: ["rotate", clientId, "--to", "exec:exit 3", ...unproved],
    changes: [1, 0],
  },
  "a sink that is no command": {
    exit: 6,
    code: "delivery-failed",
    words: ["rotate", clientId, "--to", "exec:no_such_command", ...unproved],
    // It is looked up before anything is sent.
    changes: [0, 0],
  },
  "a check that says no": {
    exit: 7,
    code: "check-failed",
    words: ["rotate", clientId, "--to", "exec:cat >/dev/null", "--no-verify", "--check", "false", "--finish"],
    changes: [1, 0],
  },
  "a new secret that is refused": {
    exit: 7,
    code: "verification-failed",
    words: ["rotate", clientId, "--to", "file:secret", "--verify-with", "exit 1"],
    changes: [1, 0],
  },
  "a new secret of which nothing can be told": {
    exit: 7,
    code: "verification-inconclusive",
    words: ["rotate", clientId, "--to", "file:secret", "--verify-with", "exit 2"],
    changes: [1, 0],
  },
  "an issuer that accepts anything": {
    exit: 7,
    code: "verification-inconclusive",
    words: ["rotate", clientId, "--to", "file:secret"],
    sandbox: { issuer: { token: "absent", revocation: "accepts-everything" } },
    changes: [0, 0],
  },
};

/** Of the situations with the same code, the first: the page of the code shows its message. */
const shown = new Map(
  Object.entries(situations)
    .map(([name, { code }]) => [code, name] as const)
    .reverse(),
);

const signals = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const;

describe.concurrent("exit code", { timeout: 20_000 }, () => {
  test.for(Object.entries(situations))("of %s", async ([name, situation], { expect }) => {
    const { code, exit, words, before, environment, ...rest } = situation;
    await using place = await Place.open(rest.sandbox);
    await before?.(place);
    const ended = await place.run([...words, "--json"], environment ? { environment } : {});
    const report = JSON.parse(ended.stdout);

    expect({ exit: ended.code, code: report.code, stderr: ended.stderr }).toMatchObject({ exit, code });
    expect(report).toMatchObject({ exitCode: exit, ok: exit === 0 });
    if (rest.changes) expect([place.posts, place.deletes]).toEqual(rest.changes);
    // Nobody is told of a secret but by a sink.
    const secrets = [oldSecret, ...place.sandbox.secretsOf(clientId), place.sandbox.apiToken];
    for (const secret of secrets) expect(ended.stdout + ended.stderr).not.toContain(secret);
    if (code !== null && shown.get(code) === name)
      await expect(printedMessage(place, words, "", ended.stderr)).toMatchFileSnapshot(fileOfMessage(code));
  });

  test.for(signals)("after %s is %i, and the next command is told", async ([signal, exit], { expect }) => {
    await using place = await Place.open();
    const words = ["rotate", clientId, "--to", "exec:echo delivering >&2; sleep 20", ...unproved];
    const child = place.start(words);
    const ended = end(child);
    await new Promise<void>((resolve) => {
      child.stderr?.on("data", (chunk) => String(chunk).includes("delivering\n") && resolve());
    });
    child.kill(signal);

    const { code, stderr } = await ended;
    expect({ code, stderr }).toMatchObject({ code: exit });
    expect(stderr).toContain(`next: cf-oauth resume ${clientId}`);
    if (signal === "SIGINT")
      await expect(printedMessage(place, words, "", stderr)).toMatchFileSnapshot(fileOfMessage("interrupted"));
    expect(await place.report("status")).toMatchObject({ phase: "issued" });
  });
});

test.each([
  ["an empty check", ["--check", ""], "--check is empty"],
  ["an empty place for the journal", ["--state-dir", ""], "--state-dir is empty"],
  [
    "a check, and none",
    ["--check", "false", "--no-check"],
    "option '--check <command>' cannot be used with option '--no-check'",
  ],
  ["an overlap that nobody lives to see", ["--overlap", "99999999d"], "overlap must be"],
  ["a file in the place of the journal's folder", ["--state-dir", program], `${program} is not a folder`],
  ["a folder for the journal below a file", ["--state-dir", `${program}/state/of`], `${program} is not a folder`],
  ["two sinks of one name", ["--to", "file:secret"], "Each sink needs a name of its own"],
  [
    "two read-backs of one sink",
    ["--read-back", "file:secret=cat secret", "--read-back", "file:secret=cat old"],
    "There are two --read-back for file:",
  ],
  ["an overlap, and none", ["--overlap", "1h", "--finish"], "finish and overlap cannot be combined"],
] as const)("%s is refused, with and without --dry-run, and while a rotation is under way", async (_, words, told) => {
  await using place = await Place.open();
  const refused = { code: 2, stderr: expect.stringContaining(told) };
  const line = ["rotate", clientId, "--to", "file:secret", ...words];
  expect(await place.run([...line, "--dry-run"])).toMatchObject(refused);
  expect(await place.run(line)).toMatchObject(refused);
  expect(place.sandbox.requests).toEqual([]);
  expect(await place.run(rotate)).toMatchObject({ code: 0 });
  expect(await place.run(line)).toMatchObject(refused);
});

test("two sinks instead of one are refused", async () => {
  await using place = await Place.open();
  await place.run(rotate);
  const both = ["file:secret=file:one", "file:secret=file:other"].flatMap((replacement) => [
    "--replace-sink",
    replacement,
  ]);
  expect(await place.run(["resume", clientId, ...both])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("There are two --replace-sink for file:"),
  });
});

test("a finish with an empty check is not one that declines the check", async () => {
  await using place = await Place.open();
  const words = ["rotate", clientId, "--to", "file:secret", "--no-verify", "--check", "false"];
  expect(await place.run(words)).toMatchObject({ code: 7 });
  expect(await place.run(["finish", clientId, "--check", ""])).toMatchObject({ code: 2 });
  expect(await place.run(["finish", clientId])).toMatchObject({ code: 7 });
  expect(place.deletes).toBe(0);
});

test("a result that stdout does not take is a failure", async (context) => {
  if (!existsSync("/dev/full")) context.skip("there is no /dev/full");
  await using place = await Place.open();
  for (const words of ["keygen", "list", "--help", "plan-schema"]) {
    const line = `exec "$0" "$1" ${words} > /dev/full`;
    const ended = await end(
      spawn("sh", ["-c", line, process.execPath, program], { env: { ...process.env, ...place.environment } }),
    );
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the result could not be written to stdout"),
    });
  }
});

test("every exit code that the help names has its situation", async () => {
  await using place = await Place.open();
  const { stdout } = await place.run(["--help"]);
  const named = [...(stdout.match(/^Exit codes\n[\s\S]*/m)?.[0] ?? "").matchAll(/\b(\d+)\b/g)].map(([, code]) =>
    Number(code),
  );
  const produced = new Set([...Object.values(situations).map(({ exit }) => exit), ...signals.map(([, exit]) => exit)]);
  expect(new Set(named)).toEqual(produced);
});
