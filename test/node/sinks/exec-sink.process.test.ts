import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  commandActivate,
  commandCheck,
  commandVerify,
  type ExecSinkOptions,
  execSink,
  parseSink,
} from "../../../src/node/index.ts";

vi.setConfig({ testTimeout: 30_000 });

const secret = "s3cret";
const context = { signal: new AbortController().signal };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "exec-sink-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function sinkOf(command: string, options: Partial<ExecSinkOptions> = {}) {
  return execSink({ name: "store", command, onOutput: () => {}, ...options });
}

describe("an exec sink", () => {
  test("gives its command exactly the secret's bytes", async () => {
    await sinkOf(`od -An -tx1 >${folder}/out`).deliver(secret, context);
    expect(await readFile(join(folder, "out"), "utf8")).toBe(" 73 33 63 72 65 74\n");
  });

  test.each([
    ["exit 3", "the command ended with status 3"],
    ["no_such_cmd", "the command ended with status 127 (command not found)"],
    ["cat >/dev/null; false | cat", "the command ended with status 1"],
  ])("fails where its command does: %s", async (command, message) => {
    for (const value of [secret, "x".repeat(2 ** 20)])
      await expect(sinkOf(command).deliver(value, context)).rejects.toThrow(new Error(message));
  });

  test.each(["true", "head -c1 >/dev/null"])("does not fail where its command does not read: %s", async (command) => {
    for (const value of [secret, "x".repeat(2 ** 20)])
      await expect(sinkOf(command).deliver(value, context)).resolves.toBeUndefined();
  });

  test("shows what its command prints without the secret", async () => {
    const onOutput = vi.fn();
    await sinkOf("cat; echo; cat </dev/null; echo done >&2", { onOutput }).deliver(secret, context);
    const shown = onOutput.mock.calls.join("");
    expect(shown).toContain("[secret]\n");
    expect(shown).toContain("done\n");
    expect(shown).not.toContain(secret);
  });

  test("knows its name, and what makes it again", () => {
    expect(sinkOf("cat >x")).toMatchObject({ name: "store", spec: "exec:cat >x" });
  });

  test("ends in time, and by the signal of the rotation", async () => {
    await expect(sinkOf("sleep 20", { timeout: 50 }).deliver(secret, context)).rejects.toThrow("within 0.05 s");
    const signal = AbortSignal.timeout(50);
    const error = await sinkOf("sleep 20")
      .deliver(secret, { signal })
      .catch((reason: unknown) => reason);
    expect(error).toBe(signal.reason);
  });
});

describe("what an exec sink reads back", () => {
  test.each([
    [`printf ${secret}`, secret],
    [`printf '${secret}\\n'`, secret],
    [`printf '${secret}\\r\\n'`, secret],
    [`printf '${secret}\\n\\n'`, `${secret}\n`],
    [`printf ' ${secret} '`, ` ${secret} `],
    ["true", ""],
  ])("is what the command prints, less one line end: %s", async (readBack, expected) => {
    expect(await sinkOf("true", { readBack }).readBack?.(context)).toBe(expected);
  });

  test("is nothing, but an error, where the command fails", async () => {
    const sink = sinkOf("true", { readBack: `echo ${secret}; exit 4` });
    await expect(sink.readBack?.(context)).rejects.toThrow(new Error("the read-back command ended with status 4"));
  });

  test("is not shown, even where the command shows it", async () => {
    const onOutput = vi.fn();
    await sinkOf("true", { readBack: "set -x; echo an-other", onOutput }).readBack?.(context);
    expect(onOutput.mock.calls.join("")).toBe("++ echo [secret]\n");
  });

  test("is not shown by a later command either, unless it is too short or too long for a secret", async () => {
    const shownLater = async (value: string) => {
      await sinkOf("true", { readBack: `echo ${value}` }).readBack?.(context);
      const onOutput = vi.fn();
      await sinkOf(`printf %s ${value}`, { onOutput }).deliver(secret, context);
      return onOutput.mock.calls.join("");
    };
    expect(await shownLater("the-old")).toBe("[secret]");
    expect(await shownLater("an-old")).toBe("an-old");
    expect(await shownLater("o".repeat(4096))).toBe("o".repeat(4096));
  });

  test("is nothing where there is no command", () => {
    expect(sinkOf("true")).not.toHaveProperty("readBack");
  });
});

describe("a check by a command", () => {
  test("gets the digest in its environment, and nothing on stdin", async () => {
    const command = `echo "$CF_OAUTH_SECRET_SHA256" >${folder}/out; cat >>${folder}/out`;
    expect(await commandCheck(command)("abc123", context)).toBe(true);
    expect(await readFile(join(folder, "out"), "utf8")).toBe("abc123\n");
  });

  test("vouches by exit 0, and does not by exit 1", async () => {
    expect(await commandCheck("true")("abc", context)).toBe(true);
    expect(await commandCheck("false")("abc", context)).toBe(false);
  });

  test.each([
    ["exit 2", "status 2"],
    ["no_such_cmd 2>/dev/null", "status 127"],
    ["kill -KILL $$", "signal SIGKILL"],
  ])("says nothing, but is an error, where it ends otherwise: %s", async (command, message) => {
    await expect(commandCheck(command, { onOutput: () => {} })("abc", context)).rejects.toThrow(message);
  });
});

describe("an activation by a command", () => {
  test("gets the digest in its environment, and is known by its command", async () => {
    const command = `echo "$CF_OAUTH_SECRET_SHA256" >${folder}/out; cat >>${folder}/out`;
    const activate = commandActivate(command);
    await activate("abc123", context);
    expect(await readFile(join(folder, "out"), "utf8")).toBe("abc123\n");
    expect(activate.spec).toBe(command);
  });

  test("fails where its command does, and is refused before if there is no such program", async () => {
    const activate = commandActivate("no_such_cmd", { onOutput: () => {} });
    await expect(activate("abc", context)).rejects.toThrow("the command that activates it ended with status 127");
    await expect(activate.preflight?.(context)).rejects.toThrow("finds no program no_such_cmd");
  });
});

describe("a verification by a command", () => {
  test.each([
    [`test "$(cat)" = ${secret}`, "accepted"],
    [`test "$(cat)" != ${secret}`, "refused"],
    ["exit 2", "inconclusive"],
    ["no_such_cmd", "inconclusive"],
    ["sh -c 'kill -KILL $$'", "inconclusive"],
  ])("%s → %s", async (command, verdict) => {
    expect(await commandVerify(command, { onOutput: () => {} })(secret, context)).toBe(verdict);
  });

  test("shows what it prints without the secret", async () => {
    const onOutput = vi.fn();
    await commandVerify("cat", { onOutput })(secret, context);
    expect(onOutput.mock.calls.join("")).toBe("[secret]");
  });
});

describe("a command that would do nothing, and so end with 0, is refused", () => {
  test.each(["", " \n", "# cat >x", "\n  # a\n# b\n"])("%j", (command) => {
    const message = "is no command";
    expect(() => sinkOf(command)).toThrow(message);
    expect(() => sinkOf("true", { readBack: command })).toThrow(message);
    expect(() => commandCheck(command)).toThrow(message);
    expect(() => commandVerify(command)).toThrow(message);
    expect(() => commandActivate(command)).toThrow(message);
    expect(() => parseSink("stdout", { readBack: command })).toThrow(message);
  });

  test("but not one that has comments before or after it", async () => {
    expect(await commandCheck("# a\nfalse # b")("abc", context)).toBe(false);
  });
});
