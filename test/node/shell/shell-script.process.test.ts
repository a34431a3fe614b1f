import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, describe, expect, test, vi } from "vitest";
import { describeExit } from "../../../src/node/shell/describe-exit.ts";
import { type CommandOptions, runInShell } from "../../../src/node/shell/run-in-shell.ts";
import { scriptOf } from "../../../src/node/shell/shell-script.ts";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "shell-script-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const secret = "it's a s3cret\n\n";

/** A PATH in which there is no bash, but everything that the commands below run. */
const withoutBash = join(folder, "without-bash");
const programs = ["sh", "cat", "wc", "head", "sleep", "true", "false", "tee", "ls", "env", "od", "tr"];
mkdirSync(withoutBash);
for (const name of programs) symlinkSync(name === "sh" ? "/bin/dash" : `/usr/bin/${name}`, join(withoutBash, name));

/** The ways in which a command runs: both shells, and as on Windows, where a shell has three descriptors. */
const ways: Readonly<Record<string, CommandOptions>> = {
  bash: {},
  sh: { env: { PATH: withoutBash } },
  "bash on Windows": {},
};

async function run(way: string, command: string, options: CommandOptions = {}) {
  const platform = vi.spyOn(process, "platform", "get").mockReturnValue(way.includes("Windows") ? "win32" : "linux");
  let shown = "";
  try {
    const result = await runInShell(command, {
      input: secret,
      captureStdout: true,
      timeout: 20_000,
      onOutput: (text) => {
        shown += text;
      },
      ...ways[way],
      ...options,
    });
    return { ended: describeExit(result), stdout: result.stdout, shown };
  } finally {
    platform.mockRestore();
  }
}

describe.each(Object.keys(ways))("a command in %s", (way) => {
  test.each([
    ["cat", "status 0", secret],
    ["cat; exit 7", "status 7", secret],
    ["true", "status 0", ""],
    ["exec <&-", "status 0", ""],
    ["exec true", "status 0", ""],
    ["exec no_such_program", "status 127 (command not found)", ""],
    ["head -c1", "status 0", "i"],
    ["trap 'echo bye' EXIT; exit 4", "status 4", "bye\n"],
    ["set -e; false; echo never", "status 1", ""],
    ["set -eu; cat", "status 0", secret],
    ["cat # a comment", "status 0", secret],
    ["cat <<END\nhere\nEND", "status 0", "here\n"],
    ["sleep 0 &", "status 0", ""],
    ["echo 'not closed", "status 2", ""],
    ["}", "status 2", ""],
    ["if true", "status 2", ""],
    ["echo $#:$1:$2", "status 0", "2:a b:c\n"],
    ["exec 3<&0 4>&1; cat <&3 >&4", "status 0", secret],
    ["exec 9</dev/null; cat", "status 0", secret],
    ["cd /; cat", "status 0", secret],
    ["REPLY=x cf_in=y; cat", "status 0", secret],
  ])("%j ends as it says, with what it prints", async (command, ended, stdout) => {
    expect(await run(way, command, { args: ["a b", "c"] })).toMatchObject({ ended, stdout });
  });

  test.each(["kill $$", "kill -KILL $$"])("%s is a failure", async (command) => {
    const { ended } = await run(way, command);
    expect(ended).toMatch(/SIG(TERM|KILL)/);
  });

  test("that returns ends with an error, or as it says", async () => {
    const { ended } = await run(way, "return 3");
    expect(["status 1 (SIGHUP)", "status 1", "status 2", "status 3"]).toContain(ended);
  });

  test("that reads nothing of 1 MiB does not fail", async () => {
    expect(await run(way, "true", { input: "x".repeat(2 ** 20) })).toMatchObject({ ended: "status 0" });
    expect(await run(way, "head -c1", { input: "x".repeat(2 ** 20) })).toMatchObject({
      ended: "status 0",
      stdout: "x",
    });
  });

  test("has an environment, arguments and variables without its input", async () => {
    const { stdout } = await run(
      way,
      "cat >/dev/null; set; env; tr '\\0' '\\n' </proc/$$/cmdline; cat /proc/$$/environ",
    );
    expect(stdout).toContain("cf_command");
    expect(stdout).not.toContain("s3cret");
  });

  test("gets an input with a NUL neither whole nor in part", async () => {
    await expect(run(way, `echo started >${folder}/nul`, { input: "a\0b" })).rejects.toThrow("has a NUL character");
    expect(() => readFileSync(join(folder, "nul"))).toThrow("ENOENT");
  });
});

describe.each(["bash", "sh"])("the descriptors of a command in %s", (way) => {
  test("are three pipes that can be opened, and nothing else", async () => {
    const command =
      "tee /dev/stderr </dev/stdin >/dev/stdout; test -p /dev/stdin && test -p /dev/stdout && test -p /dev/stderr";
    // A redaction cuts what was captured out of stderr.
    expect(await run(way, command)).toEqual({ ended: "status 0", stdout: secret, shown: "[secret]\n" });
    const { stdout } = await run(
      way,
      "for n in 3 4 5 6 7; do { true >&$n; } 2>/dev/null && echo $n; { true <&$n; } 2>/dev/null && echo $n; done",
    );
    expect(stdout).toBe("");
  });
});

describe.each(["/bin/bash", "/bin/dash"])("%s without the go-ahead", (shell) => {
  async function end(feed: (stdin: Writable, goAhead: Writable) => void) {
    const file = join(folder, "started");
    const { script, args, stdin } = scriptOf(`cat >${file}`, secret, []);
    const child = spawn(shell, ["-c", script, "cf-oauth", ...args], {
      stdio: ["pipe", "pipe", "inherit", "pipe", "pipe"],
    });
    child.stdin?.write(stdin);
    const status = child.stdio[4] as Readable;
    feed(child.stdin as Writable, child.stdio[3] as Writable);
    status.resume();
    child.stdout?.resume();
    const [code] = await once(child, "close");
    let stored: string | undefined;
    try {
      stored = readFileSync(file, "utf8");
      rmSync(file);
    } catch {}
    return { code, stored };
  }

  test("runs nothing, whether its input was complete or not", async () => {
    expect(await end((stdin, goAhead) => stdin.end(() => goAhead.destroy()))).toEqual({ code: 125, stored: undefined });
    expect(
      await end((stdin, goAhead) => {
        goAhead.destroy();
        stdin.end();
      }),
    ).toEqual({ code: 125, stored: undefined });
    expect(await end((stdin, goAhead) => stdin.end(() => goAhead.end("\n")))).toEqual({ code: 0, stored: secret });
  });
});

test("a shell on Windows runs nothing if its input is cut", async () => {
  const platform = vi.spyOn(process, "platform", "get").mockReturnValue("win32");
  const file = join(folder, "cut");
  const { script, args, stdin } = scriptOf(`cat >${file}`, secret, []);
  platform.mockRestore();
  for (const length of [0, 1, secret.length, stdin.length - 1]) {
    const child = spawn("bash", ["-c", script, "cf-oauth", ...args], { stdio: ["pipe", "inherit", "inherit"] });
    child.stdin?.end(stdin.slice(0, length));
    expect(await once(child, "close")).toEqual([125, null]);
    expect(() => readFileSync(file)).toThrow("ENOENT");
  }
});

test("nothing that changes a shell reaches it", async () => {
  const start = join(folder, "start.sh");
  writeFileSync(start, "cat >/dev/null; echo noise; cat() { echo wrong; }\n");
  const variables = {
    BASH_ENV: start,
    ENV: start,
    SHELLOPTS: "xtrace:braceexpand",
    BASHOPTS: "checkwinsize",
    ...Object.fromEntries(
      ["cat", "printf", "read", "eval", "unset", "exec"].map((name) => [`BASH_FUNC_${name}%%`, "() { echo wrong; }"]),
    ),
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  for (const way of ["bash", "sh"])
    expect(await run(way, "cat")).toEqual({ ended: "status 0", stdout: secret, shown: "" });
  vi.unstubAllEnvs();
});
