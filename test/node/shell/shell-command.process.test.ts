import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rememberSecret } from "../../../src/client/known-secrets.ts";
import { describeExit } from "../../../src/node/shell/describe-exit.ts";
import type { CommandOptions } from "../../../src/node/shell/run-in-shell.ts";
import { runCommand } from "../../../src/node/shell/shell-command.ts";

vi.setConfig({ testTimeout: 30_000 });

const secret = "s3cret";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shell-command-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a command, and returns all that it showed, too. */
async function run(command: string, options: CommandOptions = {}) {
  let shown = "";
  const result = await runCommand(command, {
    onOutput: (text) => {
      shown += text;
    },
    ...options,
  });
  return { ...result, shown, ended: describeExit(result) };
}

async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return status !== "" && !/\) [ZX] /.test(status);
}

describe("a command's stdin", () => {
  test("is exactly the bytes given, with no line end", async () => {
    const { stdout, ended } = await run("od -An -tx1", { input: secret, captureStdout: true });
    expect({ stdout, ended }).toEqual({ stdout: " 73 33 63 72 65 74\n", ended: "status 0" });
  });

  test("goes to the command alone, not to what bash runs where it takes a socket for a login", async () => {
    await writeFile(join(folder, ".bashrc"), 'cat > "$HOME/taken"; echo noise\n');
    // As a job of cron has it.
    const env = { HOME: folder, SHLVL: "0" };
    expect(await run("cat", { input: secret, captureStdout: true, env })).toMatchObject({ stdout: secret, shown: "" });
    await expect(readFile(join(folder, "taken"))).rejects.toThrow("ENOENT");
  });

  test.each(["cat /dev/stdin", "cat < /dev/stdin", "cat /proc/self/fd/0", "cat -"])(
    "can be read by `%s`",
    async (command) => {
      expect(await run(command, { input: secret, captureStdout: true })).toMatchObject({ code: 0, stdout: secret });
    },
  );

  test("is UTF-8", async () => {
    const { stdout } = await run("od -An -tx1", { input: "é☃", captureStdout: true });
    expect(stdout.trim()).toBe("c3 a9 e2 98 83");
  });

  test("is empty if there is no input", async () => {
    expect(await run("wc -c", { captureStdout: true })).toMatchObject({ stdout: "0\n" });
  });

  const long = "x".repeat(2 ** 20);
  test.each([secret, long])("need not be read", async (input) => {
    const ends = ["true", "exit 3", "head -c1 >/dev/null", "exec true", "exec <&-"].map(async (command) => {
      const { ended } = await run(command, { input });
      return [command, ended];
    });
    expect(await Promise.all(ends)).toEqual([
      ["true", "status 0"],
      ["exit 3", "status 3"],
      ["head -c1 >/dev/null", "status 0"],
      ["exec true", "status 0"],
      ["exec <&-", "status 0"],
    ]);
  });

  test("takes 1 MiB whole", async () => {
    expect(await run("wc -c", { input: long, captureStdout: true })).toMatchObject({ stdout: `${2 ** 20}\n` });
  });
});

describe("how a command ended", () => {
  test.each([
    ["exit 3", "status 3"],
    ["true", "status 0"],
    ["no_such_cmd", "status 127 (command not found)"],
    ["/", "status 126 (command cannot be run)"],
    ["sh -c 'kill -KILL $$'; exit $?", "status 137 (SIGKILL)"],
    ["kill -KILL $$", "signal SIGKILL"],
  ])("%s → %s", async (command, expected) => {
    expect((await run(command)).ended).toBe(expected);
  });

  test.each([
    ["exit 3 # a comment", 3],
    ["true # a comment", 0],
    ["sleep 0 &", 0],
    ["true;", 0],
    ["false || true", 0],
    ["cat <<END\nx\nEND", 0],
    ["if true; then exit 4; fi", 4],
  ])("is known for `%s`", async (command, code) => {
    expect(await run(command, { input: secret })).toMatchObject({ code });
    expect(await run(command)).toMatchObject({ code });
  });

  test("is that of the part of a pipeline that failed", async () => {
    expect(await run("cat >/dev/null; (exit 5) | cat", { input: secret })).toMatchObject({ code: 5 });
    expect(await run("(exit 5) | cat")).toMatchObject({ code: 5 });
  });

  test("is known without bash, too: sh is taken", async () => {
    const sh = await writeShell("sh", "/bin/sh");
    const options = { input: secret, env: { PATH: sh }, captureStdout: true };
    expect(await run("read -r line; echo $line; exit 3", options)).toMatchObject({ stdout: `${secret}\n`, code: 3 });
  });

  test("without any shell is an error that says so", async () => {
    await expect(run("true", { env: { PATH: folder } })).rejects.toThrow(/needs bash or sh/);
  });

  async function writeShell(name: string, path: string): Promise<string> {
    // `cat` is what the wrapper needs.
    for (const [file, target] of [
      [name, path],
      ["cat", "/bin/cat"],
    ] as const)
      await writeFile(join(folder, file), `#!/bin/sh\nexec ${target} "$@"\n`, { mode: 0o755 });
    return folder;
  }
});

describe("a command's environment", () => {
  test("has no CF_OAUTH_* but what is given to it", async () => {
    vi.stubEnv("CF_OAUTH_API_TOKEN", "token");
    vi.stubEnv("CF_OAUTH_SECRET_SHA256", "old");
    vi.stubEnv("CLOUDFLARE_ACCOUNT_ID", "account");
    const { stdout } = await run("env", { env: { CF_OAUTH_SECRET_SHA256: "digest" }, captureStdout: true });
    vi.unstubAllEnvs();
    expect(
      stdout
        .split("\n")
        .filter((line) => /^CF_OAUTH|^CLOUDFLARE/.test(line))
        .sort(),
    ).toEqual(["CF_OAUTH_SECRET_SHA256=digest", "CLOUDFLARE_ACCOUNT_ID=account"]);
  });

  test("and arguments do not hold the input", async () => {
    const command = "cat >/dev/null; cat /proc/$$/cmdline /proc/$$/environ | tr '\\0' '\\n'";
    const { stdout } = await run(command, { input: secret, captureStdout: true });
    expect(stdout).toContain("pipefail");
    expect(stdout).not.toContain(secret);
  });
});

describe("what a command prints", () => {
  test("is shown, from stdout and stderr, without the secret", async () => {
    const command = "read -r s || :; echo got $s; echo also $s >&2";
    rememberSecret(secret);
    const { shown } = await run(command, { input: secret });
    expect(shown.split("\n").sort()).toEqual(["", "also [secret]", "got [secret]"]);
  });

  test("is shown without the secret if it comes character by character", async () => {
    const command = "for part in s 3 c r e t s 3; do printf $part; sleep 0.01; done";
    rememberSecret(secret);
    expect((await run(command, { input: secret })).shown).toBe("[secret]s3");
  });

  test("goes to stderr if nobody else takes it", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await runCommand("echo out");
    const calls = write.mock.calls.map(([text]) => text);
    write.mockRestore();
    expect(calls).toEqual(["out\n"]);
  });

  test("does not end this process where nobody reads stderr any more", async () => {
    const module = JSON.stringify(new URL("../../../src/node/shell/shell-command.ts", import.meta.url).href);
    const program = `import { runCommand } from ${module};
      const { code } = await runCommand("read -r line; for i in 1 2 3; do echo $i; sleep 0.02; done; exit 3", { input: "go\\n" });
      console.log("status", code);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.destroy();
    expect(await text(child.stdout)).toBe("status 3\n");
  });

  test("does not end it if it cannot be shown", async () => {
    const onOutput = () => {
      throw new Error("no display");
    };
    expect(await runCommand("echo out; exit 3", { onOutput })).toMatchObject({ code: 3 });
  });

  test("is cut out of what is shown, where it is captured", async () => {
    const { stdout, shown } = await run("echo stored; echo debug: stored >&2; exit 1", { captureStdout: true });
    expect({ stdout, shown }).toEqual({ stdout: "stored\n", shown: "debug: [secret]\n" });
  });

  test("is 4 MiB at most, where it is captured", async () => {
    expect((await run("head -c 4194304 /dev/zero", { captureStdout: true })).stdout).toHaveLength(2 ** 22);
    await expect(run("head -c 4194305 /dev/zero", { captureStdout: true })).rejects.toThrow(/more than 4 MiB/);
    await expect(run("yes", { captureStdout: true })).rejects.toThrow(/more than 4 MiB/);
  });

  test("is not waited for when something that it left running keeps it open", async () => {
    const started = performance.now();
    const { stdout, code } = await run("sleep 20 & echo $!", { captureStdout: true });
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    // What a command leaves running on purpose is its own.
    expect(await isRunning(Number(stdout))).toBe(true);
    process.kill(Number(stdout));
  });
});

test("a command that has ended is no failure by a later abort", async () => {
  const controller = new AbortController();
  // The sleep keeps its output open for longer than is waited for.
  const running = run(`sleep 20 & echo $!; touch ${folder}/ended`, { captureStdout: true, signal: controller.signal });
  await vi.waitFor(() => readFile(join(folder, "ended")), 20_000);
  await delay(200);
  controller.abort();
  const { stdout, code } = await running;
  expect(code).toBe(0);
  process.kill(Number(stdout));
});

describe("a command that is to end", () => {
  /** Starts a child and a grandchild; their ids come in a file. */
  const family =
    "(trap '' TERM; echo $BASHPID >>pids; while :; do sleep 0.1; done) & echo $$ >>pids; touch ready; wait";

  async function pids(): Promise<number[]> {
    return (await readFile(join(folder, "pids"), "utf8")).trim().split("\n").map(Number);
  }

  async function untilReady(): Promise<void> {
    await vi.waitFor(async () => {
      await readFile(join(folder, "ready"));
      expect(await pids()).toHaveLength(2);
    }, 5000);
  }

  test("since its time is over is ended with all that it started, even what ignores SIGTERM", async () => {
    const running = run(`cd ${folder}; ${family}`, { input: secret, timeout: 700 });
    await expect(running).rejects.toThrow("the command did not end within 0.7 s, and was ended");
    expect(await pids()).toHaveLength(2);
    await vi.waitFor(async () => expect(await Promise.all((await pids()).map(isRunning))).toEqual([false, false]));
  });

  test("since it is aborted is ended with all that it started, and rejects with the reason", async () => {
    const controller = new AbortController();
    const running = run(`cd ${folder}; ${family}`, { signal: controller.signal });
    const rejected = expect(running).rejects.toThrow("enough");
    await untilReady();
    controller.abort(new Error("enough"));
    await rejected;
    await vi.waitFor(async () => expect(await Promise.all((await pids()).map(isRunning))).toEqual([false, false]));
  });

  test("gets SIGTERM first, and may clean up", async () => {
    const command = `cd ${folder}; trap 'touch cleaned; exit 1' TERM; touch ready; while :; do sleep 0.05; done`;
    await expect(run(command, { timeout: 500 })).rejects.toThrow("0.5 s");
    await readFile(join(folder, "ready"));
    await readFile(join(folder, "cleaned"));
  });

  test("before it has begun is not begun", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(run(`touch ${folder}/begun`, { signal })).rejects.toThrow("enough");
    await expect(readFile(join(folder, "begun"))).rejects.toThrow("ENOENT");
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 40])("after more than a timer can hold (%d ms) runs", async (timeout) => {
    expect(await run("sleep 0.05", { timeout })).toMatchObject({ code: 0 });
  });
});
