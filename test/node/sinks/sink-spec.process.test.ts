import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSink } from "../../../src/node/index.ts";

const context = { signal: new AbortController().signal };

describe("a sink as a user writes it", () => {
  const cwd = resolve(".");
  test.each([
    ["exec:wrangler secret put N", "exec:wrangler", "exec:wrangler secret put N"],
    ["exec: cat", "exec:cat", "exec: cat"],
    ["exec:FOO=bar cat", "exec:FOO=bar", "exec:FOO=bar cat"],
    ["exec:a\nb", "exec:a", "exec:a\nb"],
    ["worker=exec:cat >x=y", "worker", "worker=exec:cat >x=y"],
    ["file:x", `file:${cwd}/x`, `file:${cwd}/x`],
    ["file:a=b:c#d", `file:${cwd}/a=b:c#d`, `file:${cwd}/a=b:c#d`],
    ["1.a_b-c=file:/x/../y", "1.a_b-c", "1.a_b-c=file:/y"],
    ["dotenv:.env#KEY", `dotenv:${cwd}/.env#KEY`, `dotenv:${cwd}/.env#KEY`],
    ["env=dotenv:/a#b#KEY", "env", "env=dotenv:/a#b#KEY"],
    ["stdout", "stdout", "stdout"],
    ["out=stdout", "out", "out=stdout"],
    ["exec=stdout", "exec", "exec=stdout"],
  ])("%j is named %j, and made again by %j", (written, name, spec) => {
    expect(parseSink(written)).toMatchObject({ name, spec });
    expect(parseSink(spec)).toMatchObject({ name, spec });
  });

  test("can be read back where it holds the secret itself", () => {
    const can = (written: string) => "readBack" in parseSink(written);
    expect(["file:x", "dotenv:x#K", "exec:x", "stdout"].map(can)).toEqual([true, true, false, false]);
  });

  test.each(["exec:true", "file:/nowhere", "dotenv:/nowhere#K", "stdout"])(
    "is read back by a command that is given: %s",
    async (written) => {
      expect(await parseSink(written, { readBack: "echo stored" }).readBack?.(context)).toBe("stored");
    },
  );

  test("is looked at beforehand as without that command, whose program must exist", async () => {
    const look = (written: string, readBack: string) => parseSink(written, { readBack }).preflight?.(context);
    expect(await look("stdout", "cat x")).toBeUndefined();
    expect(await look(`file:${tmpdir()}/none`, "cat x")).toContain("does not exist yet");
    for (const written of ["stdout", `file:${tmpdir()}/none`])
      await expect(look(written, "no_such_cmd")).rejects.toThrow("finds no program no_such_cmd");
  });

  test("is written for the one reader that is given", async () => {
    const sink = parseSink(`dotenv:${tmpdir()}/none#K`, { readBy: "docker" });
    await expect(sink.deliver("a b", context)).rejects.toThrow("/none: the secret cannot be written");
    expect(() => parseSink("dotenv:x#K", { readBy: "nodejs" })).toThrow('unknown reader of dotenv files "nodejs". Use');
    for (const written of ["file:x", "exec:cat", "stdout"])
      expect(() => parseSink(written, { readBy: "node" })).toThrow("but only a dotenv file has readers");
  });

  test("passes time limit and display on to its commands", async () => {
    const shown: string[] = [];
    const options = { timeout: 100, onOutput: (text: string) => shown.push(text) };
    await expect(parseSink("exec:echo out; sleep 20", options).deliver("s3cret", context)).rejects.toThrow("0.1 s");
    await expect(parseSink("stdout", { ...options, readBack: "sleep 20" }).readBack?.(context)).rejects.toThrow(
      "0.1 s",
    );
    expect(shown).toEqual(["out\n"]);
  });

  test("delivers", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sink-spec-"));
    await parseSink(`dotenv:${folder}/a#b#KEY`).deliver("s3cret", context);
    expect(await readFile(join(folder, "a#b"), "utf8")).toBe("KEY=s3cret\n");
    await rm(folder, { recursive: true });
  });
});

describe("an unknown sink is refused", () => {
  const forms = "[name=]exec:<command>, [name=]file:<path>, [name=]dotenv:<path>#<KEY>, [name=]stdout";

  test.each([
    ["exce:cat", "exec:cat"],
    ["File:x", "file:x"],
    ["dot-env:x#K", "dotenv:x#K"],
    ["a=flie:x", "a=file:x"],
    ["STDOUT", "stdout"],
    ["stdout:", "stdout"],
    ["stdout:x", "stdout"],
    [" file:x", "file:x"],
    ["file", "file:<path>"],
  ])("%s, saying that %s may be meant, and the four forms", (written, meant) => {
    expect(() => parseSink(written)).toThrow(
      new Error(`Unknown sink "${written}". Did you mean ${meant}? Use one of ${forms}.`),
    );
  });

  test.each(["", "kubernetes:x", "./secret.txt", "https://example.com"])("%j, with the four forms", (written) => {
    expect(() => parseSink(written)).toThrow(`Unknown sink ${JSON.stringify(written)}. Use one of ${forms}.`);
  });

  test.each([
    ["exec:", "has no command. Write [name=]exec:<command>"],
    ["a=exec: \n", "has no command"],
    ["file:", "no path"],
    ["file: ", "no path"],
    ["dotenv:", "no path"],
    ["dotenv:#KEY", "no path"],
    ["dotenv:.env", "has no variable"],
    ["dotenv:x", "has no variable"],
    ["dotenv:.env#", "has no variable"],
    ["dotenv:.env#1KEY", "not a valid name of a variable"],
    ["dotenv:.env#A-B", "not a valid name of a variable"],
    ["dotenv:.env#é", "not a valid name of a variable"],
    ["file:~/secret", "starts with ~"],
    ["my name=file:x", 'The name "my name" is not valid'],
    ["-a=stdout", 'The name "-a" is not valid'],
    ["=exec:cat", 'The name "" is not valid'],
  ])("%j: %s", (written, message) => {
    expect(() => parseSink(written)).toThrow(message);
  });
});
