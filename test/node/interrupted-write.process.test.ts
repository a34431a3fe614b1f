import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { link, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { dotenvSink, fileSink } from "../../src/node/index.ts";
import type { Sink } from "../../src/rotation/index.ts";
import { useFolder } from "./file-system.ts";
import type { KilledTask } from "./killed-writer.ts";

vi.setConfig({ testTimeout: 300_000 });

const child = fileURLToPath(new URL("killed-writer.ts", import.meta.url));
const folder = useFolder();
const context = { signal: new AbortController().signal };
const path = () => join(folder.path, "a");

afterEach(() => vi.restoreAllMocks());

/** Runs a writer up to a call; the calls that it came to, and whether it was killed. */
function write(task: Omit<KilledTask, "spec"> & { readonly spec?: string }): { calls: string[]; isKilled: boolean } {
  const { status, signal, stderr } = spawnSync(process.execPath, [child, JSON.stringify({ spec: spec(), ...task })], {
    encoding: "utf8",
  });
  if (signal === null && status !== 0) throw new Error(stderr);
  return { calls: stderr.split("\n").filter((line) => /^[a-zA-Z]+ \S/.test(line)), isKilled: signal === "SIGKILL" };
}

let spec = () => `file:${path()}`;
const old = "A='a longer one than the new one, é☃'\nKEY=old\nB=2\n";
const oldSecret = "the old secret, which is longer";

const kinds: Readonly<
  Record<
    string,
    { sink: () => Sink; spec: () => string; content: string; next: string; inPlace: boolean; hasLink?: true }
  >
> = {
  "a file": {
    sink: () => fileSink({ path: path() }),
    spec: () => `file:${path()}`,
    content: oldSecret,
    next: "new",
    inPlace: false,
  },
  "a dotenv file": {
    sink: () => dotenvSink({ path: path(), key: "KEY" }),
    spec: () => `dotenv:${path()}#KEY`,
    content: old,
    next: old.replace("=old", "=new"),
    inPlace: false,
  },
  "a file in place": {
    sink: () => fileSink({ path: path(), inPlace: true }),
    spec: () => `file:${path()}`,
    content: oldSecret,
    next: "new",
    inPlace: true,
  },
  "a dotenv file with two names": {
    sink: () => dotenvSink({ path: path(), key: "KEY" }),
    spec: () => `dotenv:${path()}#KEY`,
    content: old,
    next: old.replace("=old", "=new"),
    inPlace: false,
    hasLink: true,
  },
};

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  const names = kind.hasLink ? ["a", "b"] : ["a"];
  const begin = async () => {
    spec = kind.spec;
    writeFileSync(path(), kind.content, { mode: 0o600 });
    if (kind.hasLink) await link(path(), join(folder.path, "b")).catch(() => undefined);
  };

  test("is whole for the next process, wherever the one before was killed while it wrote", async () => {
    const seen = new Set<string>();
    let count = 0;
    for (let call = 1, isKilled = true; isKilled; call++) {
      await begin();
      const done = write({ secret: "new", inPlace: kind.inPlace, isRehearsal: false, call });
      isKilled = done.isKilled;
      if (isKilled) count++;
      seen.add(done.calls.at(-1) ?? "");
      // Who only reads puts it right, too.
      await kind.sink().peek?.();
      expect([kind.content, kind.next], `killed before ${done.calls.at(-1)}`).toContain(readFileSync(path(), "utf8"));
      await kind.sink().deliver("new", context);
      expect(readFileSync(path(), "utf8")).toBe(kind.next);
      expect(readdirSync(folder.path).sort(), `killed before ${done.calls.at(-1)}`).toEqual(names);
    }
    console.log(`Killed before each of ${count} calls: ${[...seen].join(", ")}`);
    const isInPlace = kind.inPlace || kind.hasLink;
    for (const one of isInPlace ? ["write a", "truncate a", "sync a", "rm .kept"] : ["rename .tmp a", "sync .tmp"])
      expect([...seen]).toContain(one);
  });
});

test.each(["a file", "a dotenv file with two names"])(
  "%s is unchanged, with nothing left, wherever a rehearsal was killed",
  async (name) => {
    const kind = kinds[name];
    if (!kind) throw new Error(name);
    spec = kind.spec;
    let count = 0;
    writeFileSync(path(), kind.content, { mode: 0o600 });
    if (kind.hasLink) await link(path(), join(folder.path, "b"));
    const { ino, mtimeMs } = statSync(path());
    for (let call = 1, isKilled = true; isKilled; call++) {
      const done = write({ secret: "new", inPlace: kind.inPlace, isRehearsal: true, call });
      isKilled = done.isKilled;
      if (isKilled) count++;
      expect(await kind.sink().preflight?.(context)).toBeUndefined();
      expect(readFileSync(path(), "utf8")).toBe(kind.content);
      expect(statSync(path())).toMatchObject({ ino, mtimeMs });
      const left = readdirSync(folder.path).filter((one) => one.startsWith("."));
      expect(left, `killed before ${done.calls.at(-1)}`).toEqual([]);
    }
    console.log(`Killed before each of ${count} calls of a rehearsal.`);
    expect(count).toBeGreaterThan(5);
  },
);

describe("a write in place that was cut", () => {
  /** What a process leaves that is killed just before it writes; and what it would have written. */
  async function cut(content: string, secret: string): Promise<void> {
    spec = () => `file:${path()}`;
    writeFileSync(path(), content, { mode: 0o600 });
    const task = { secret, inPlace: true, isRehearsal: false };
    const call = write({ ...task, call: 99 }).calls.indexOf("write a") + 1;
    writeFileSync(path(), content);
    expect(write({ ...task, call })).toMatchObject({ isKilled: true });
  }
  const kept = async () => (await readdir(folder.path)).filter((name) => name.endsWith(".kept"));

  test.each([
    ["longer", "new", "a longer content, é☃, than before"],
    ["shorter", "a longer content, é☃, than before", "new"],
    ["as long", "12345", "abcde"],
  ])("after any byte is put right, where the new content is %s", async (_, before, after) => {
    await cut(before, after);
    const [name = ""] = await kept();
    const saved = await readFile(join(folder.path, name));
    const [from, to] = [Buffer.from(before), Buffer.from(after)];
    const torn: Buffer[] = [];
    for (let at = 0; at <= to.length; at++) torn.push(Buffer.concat([to.subarray(0, at), from.subarray(at)]));
    // What a loss of power may leave: a later part without an earlier one, and zeros for what was added.
    for (let at = 0; at < to.length; at++) {
      const mixed = Buffer.alloc(Math.max(from.length, at + 1));
      from.copy(mixed);
      to.copy(mixed, at, at, at + 1);
      torn.push(mixed);
    }
    torn.push(to);
    for (const one of torn) {
      await writeFile(path(), one);
      await writeFile(join(folder.path, name), saved, { mode: 0o600 });
      const read = await fileSink({ path: path() }).peek?.();
      expect(read).toBe(one.equals(to) ? after : before);
      expect(await readFile(path(), "utf8")).toBe(read);
      expect(await readdir(folder.path)).toEqual(["a"]);
    }
    console.log(`${torn.length} torn contents were put right.`);
  });

  test("is put right by whatever a sink does first", async () => {
    await cut("old", "newer");
    const [name = ""] = await kept();
    const saved = await readFile(join(folder.path, name));
    for (const call of ["preflight", "deliver", "readBack", "peek"] as const) {
      await writeFile(path(), "newe");
      await writeFile(join(folder.path, name), saved, { mode: 0o600 });
      const sink = fileSink({ path: path() });
      if (call === "deliver") await sink.deliver("third", context);
      else await sink[call]?.(context);
      expect(await readFile(path(), "utf8"), call).toBe(call === "deliver" ? "third" : "old");
      expect(await readdir(folder.path), call).toEqual(["a"]);
    }
  });

  test.each(["appended to", "replaced", "removed"])("is left alone where somebody has %s it since", async (how) => {
    await cut("old", "newer");
    if (how === "appended to") await writeFile(path(), "newldX=1\n");
    else {
      await writeFile(join(folder.path, "b"), "theirs");
      await rename(join(folder.path, "b"), path());
      if (how === "removed") await rename(path(), join(folder.path, "b"));
    }
    const before = await readFile(path(), "utf8").catch(() => undefined);
    const sink = fileSink({ path: path() });
    const message = /was being written when a process was killed, and somebody has (changed|removed) it since.*\.kept/;
    for (const work of [() => sink.preflight?.(context), () => sink.deliver("third", context), () => sink.peek?.()])
      await expect(work()).rejects.toThrow(message);
    expect(await readFile(path(), "utf8").catch(() => undefined)).toBe(before);
    const [name = ""] = await kept();
    expect(await readFile(join(folder.path, name), "utf8")).toContain("\noldnewer");
    await rename(join(folder.path, name), join(folder.path, "saved"));
    await sink.deliver("third", context);
    expect(await readFile(path(), "utf8")).toBe("third");
  });
});

describe("a writer that stands still in its turn", () => {
  /** Each look at the clock finds a second gone. */
  function hurry(): void {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (now += 1000));
  }

  test("is not robbed, but named; and goes on afterwards", async () => {
    await writeFile(path(), "old", { mode: 0o600 });
    const task = { spec: `file:${path()}`, secret: "frozen", inPlace: false, isRehearsal: false, isStopped: true };
    // Just before its file takes the place of the old one.
    const calls = write({ ...task, isStopped: false, call: 99 }).calls;
    const stopped = { ...task, call: calls.indexOf("rename .tmp a") + 1 };
    const frozen = spawn(process.execPath, [child, JSON.stringify(stopped)], { stdio: ["ignore", "ignore", "pipe"] });
    for await (const text of frozen.stderr.iterator({ destroyOnReturn: false }))
      if (String(text).includes("rename .tmp a")) break;
    hurry();
    await expect(fileSink({ path: path() }).deliver("new", context)).rejects.toThrow(
      `process ${frozen.pid} has been writing in ${folder.path} for 30 s`,
    );
    vi.restoreAllMocks();
    frozen.kill("SIGCONT");
    await once(frozen, "exit");
    expect(await readFile(path(), "utf8")).toBe("frozen");
    await fileSink({ path: path() }).deliver("new", context);
    expect(await readFile(path(), "utf8")).toBe("new");
    expect(await readdir(folder.path)).toEqual(["a"]);
  });

  test("on a machine that cannot be seen loses its turn, and does not write then", async () => {
    await writeFile(path(), "old", { mode: 0o600 });
    const foreign = ".cf-oauth-turn-0123456789ab-1-1-0123456789abcdef";
    await writeFile(join(folder.path, foreign), "");
    hurry();
    await fileSink({ path: path() }).deliver("new", context);
    expect(await readFile(path(), "utf8")).toBe("new");
    expect(await readdir(folder.path)).toEqual(["a"]);
  });
});
