import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Cloudflare } from "../../../src/client/index.ts";
import { commandCheck, commandReadBack, commandVerify, execSink, fileSink } from "../../../src/node/index.ts";
import { runCommand } from "../../../src/node/shell/shell-command.ts";
import { finishRotation, MemoryJournal, rotateClientSecret } from "../../../src/rotation/index.ts";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { clientId } from "../../support/rotation-world.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "known-secrets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function world() {
  const sandbox = createSandbox();
  const { apiToken, baseURL, fetch, issuer, accountId } = sandbox;
  const client = new Cloudflare({ apiToken, baseURL, fetch });
  return { sandbox, client, target: { accountId, clientId }, issuer, fetch };
}

describe("in a rotation, nothing that a command prints shows the secret", () => {
  test("not even a check that prints the file in which it is, nor commands that trace themselves", async () => {
    const { client, target, issuer, fetch } = world();
    const file = join(folder, "secret");
    let shown = "";
    const options = {
      onOutput: (text: string) => {
        shown += text;
      },
    };
    const trace = `set -x; s=$(cat ${file}); printf '%q\\n' "$s"; echo "$s" >&2; printf %s "$s" | base64; printf %s "$s" | od -An -tx1`;
    const sinks = [
      fileSink({ path: file }),
      execSink({ name: "store", command: `set -x; s=$(cat); echo "$s"; echo "$s" >&2`, ...options }),
      execSink({ name: "other", command: "cat >/dev/null", readBack: `set -x; cat ${file}`, ...options }),
    ];
    const check = commandCheck(trace, options);
    const verify = commandVerify(`set -x; s=$(cat); echo "$s"`, options);
    const journal = new MemoryJournal();
    await rotateClientSecret(client, target, { journal, sinks, check, verify, issuer, fetch });
    const secret = await readFile(file, "utf8");
    await finishRotation(client, target, { journal, sinks, check, verify, issuer, fetch });
    await runCommand(trace, options);
    expect(shown).toContain("[secret]");
    expect(shown).toContain("s=[secret]");
    expect(shown).not.toContain(secret);
    for (const encoding of ["base64", "hex"] as const)
      expect(shown.replace(/\s/g, "")).not.toContain(Buffer.from(secret).toString(encoding).slice(0, 24));
  });

  test("not in a later process, which has it of the journal alone", async () => {
    const { client, target, issuer, fetch } = world();
    const file = join(folder, "secret");
    const journal = new MemoryJournal();
    const sinks = [fileSink({ path: file })];
    await rotateClientSecret(client, target, { journal, sinks, issuer, fetch });
    const secret = await readFile(file, "utf8");
    vi.resetModules();
    const later = await import("../../../src/rotation/index.ts");
    const { commandCheck } = await import("../../../src/node/index.ts");
    let shown = "";
    const check = commandCheck(`cat ${file}`, {
      onOutput: (text) => {
        shown += text;
      },
    });
    await check("digest", { signal: new AbortController().signal });
    // Nothing has told this process of it yet.
    expect(shown).toBe(secret);
    shown = "";
    await later.finishRotation(client, target, { journal, sinks, check, issuer, fetch });
    expect(shown).toMatch(/^(\[secret\])+$/);
  });
});

const context = { signal: new AbortController().signal };

describe("before a rotation begins, a mistyped program is found", () => {
  test("in a sink, its read-back, a check and a verification, with nothing sent", async () => {
    const { sandbox, client, target, issuer, fetch } = world();
    const good = { name: "store", command: "cat >/dev/null" };
    const journal = new MemoryJournal();
    const tries = [
      { sinks: [execSink({ ...good, command: "catt > /dev/null" })] },
      { sinks: [execSink({ ...good, readBack: "catt x" })] },
      { sinks: [execSink(good)], check: commandCheck("A=1 B='2' catt x") },
      { sinks: [execSink(good)], verify: commandVerify("# a comment\n catt x | true") },
    ];
    for (const options of tries)
      await expect(rotateClientSecret(client, target, { journal, issuer, fetch, ...options })).rejects.toThrow(
        /could not .*: the shell finds no program catt in PATH\. Did you mean (\S+ or )*cat\b/,
      );
    expect(sandbox.requests.filter(({ operation }) => operation === "oauth-clients-rotate-secret")).toEqual([]);
    expect(await journal.latest(`${target.accountId}/${target.clientId}`)).toBeUndefined();
  });

  test.each([
    "cat | catt",
    "if true; then :; fi",
    "f() { cat; }; f",
    "PATH=/nowhere:$PATH catt",
    '"catt" x',
    "$PROGRAM x",
    "2>/dev/null cat",
    "A=$(catt) cat",
    "[ -f x ]",
    "exec cat",
    "/bin/cat",
    "{ cat; }",
  ])("but not where the shell alone can tell: %s", async (command) => {
    await expect(execSink({ name: "store", command }).preflight?.(context)).resolves.toBeUndefined();
  });

  test.each(["./no-such-file x", "/etc/passwd"])("also as a path: %s", async (command) => {
    await expect(execSink({ name: "store", command }).preflight?.(context)).rejects.toThrow(/cannot run/);
  });
});

describe("a shell that is not itself is refused before anything is sent", () => {
  test.each([
    ["swallows stdin", 'exec /bin/bash "$@" </dev/null'],
    ["prints something first", 'echo welcome; exec /bin/bash "$@"'],
    ["prints something on stderr", 'echo welcome >&2; exec /bin/bash "$@"'],
    ["ends with 0 always", '/bin/bash "$@" 4>/dev/null; exit 0'],
    ["clears the environment", 'exec env -i PATH="$PATH" /bin/bash "$@"'],
    ["runs nothing", "exit 0"],
  ])("one that %s", async (_, wrapper) => {
    await writeFile(join(folder, "bash"), `#!/bin/sh\n${wrapper}\n`, { mode: 0o755 });
    vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
    try {
      const { sandbox, client, target, issuer, fetch } = world();
      const sinks = [execSink({ name: "store", command: "cat >/dev/null" })];
      const rotation = rotateClientSecret(client, target, { journal: new MemoryJournal(), sinks, issuer, fetch });
      await expect(rotation).rejects.toThrow(
        /could not take a new secret: the shell does not run commands as it should/,
      );
      expect(sandbox.requests).toEqual([]);
      // Nor does any other way to run a command hand it a secret.
      await expect(sinks[0]?.deliver("s3cret", context)).rejects.toThrow("the shell does not run");
      await expect(commandReadBack("true")(context)).rejects.toThrow("the shell does not run");
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
