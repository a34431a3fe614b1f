import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type fs from "node:fs/promises";
import { chmod, chown, link, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { dotenvSink, fileSink } from "../../../src/node/index.ts";
import type { Sink } from "../../../src/rotation/index.ts";
import { deliverAsNobody, isRoot, nobody, useFolder } from "./file-system.ts";
import type { KilledTask } from "./killed-writer.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Looks at each call that changes a file, and may throw: then it is not made. */
const life: { before?: ((call: string) => void) | undefined } = {};

vi.mock("node:fs/promises", async (importOriginal) => {
  const { intercept } = await import("./intercepted-calls.ts");
  const original = await importOriginal<typeof fs>();
  const mocked = { ...original, ...intercept(original, (call) => life.before?.(call)) };
  return { ...mocked, default: mocked };
});

const child = fileURLToPath(new URL("killed-writer.ts", import.meta.url));
const folder = useFolder();
const context = { signal: new AbortController().signal };
const path = () => join(folder.path, "a");

afterEach(() => vi.restoreAllMocks());

interface Death {
  /** Up to the one that was not made any more. */
  readonly calls: readonly string[];
  readonly isDead: boolean;
}

/**
 * Works like a process that is gone from its n-th call on: no later one changes anything, whatever the work still tries. The
 * process that its turn names really ends then.
 */
async function dieAt(call: number, work: () => Promise<unknown> | undefined): Promise<Death> {
  const named = spawn("sleep", ["600"], { stdio: "ignore" });
  await once(named, "spawn");
  const pid = Object.getOwnPropertyDescriptor(process, "pid") ?? {};
  Object.defineProperty(process, "pid", { value: named.pid, configurable: true });
  const calls: string[] = [];
  let isDead = false;
  life.before = (what) => {
    if (!isDead) calls.push(what);
    isDead ||= calls.length === call;
    if (isDead) throw new Error("the process is gone");
  };
  try {
    await work();
  } catch (error) {
    if (!isDead) throw error;
  } finally {
    life.before = undefined;
    Object.defineProperty(process, "pid", pid);
    named.kill("SIGKILL");
    await once(named, "exit");
  }
  return { calls, isDead };
}

/** A real process that is really killed just before a call. */
function killAt(task: KilledTask): readonly string[] {
  const { signal, stderr } = spawnSync(process.execPath, [child, JSON.stringify(task)], { encoding: "utf8" });
  if (signal !== "SIGKILL") throw new Error(stderr);
  return stderr.split("\n").filter((line) => /^[a-zA-Z]+ \S/.test(line));
}

const old = "A='a longer one than the new one, é☃'\nKEY=old\nB=2\n";

interface Kind {
  readonly sink: () => Sink;
  readonly content: string;
  readonly next: string;
  readonly inPlace?: true;
  readonly hasLink?: true;
  /** Where a real process is killed as well. */
  readonly moments: readonly string[];
}

const dotenv = {
  sink: () => dotenvSink({ path: path(), key: "KEY" }),
  content: old,
  next: old.replace("=old", "=new"),
};
const file = { content: "the old secret, which is longer", next: "new" };
const kinds: Readonly<Record<string, Kind>> = {
  "a file": { ...file, sink: () => fileSink({ path: path() }), moments: ["rename .tmp a"] },
  "a dotenv file": { ...dotenv, moments: ["sync .tmp"] },
  "a file in place": {
    ...file,
    sink: () => fileSink({ path: path(), inPlace: true }),
    inPlace: true,
    moments: ["truncate a", "rm .kept"],
  },
  "a dotenv file with two names": { ...dotenv, hasLink: true, moments: ["write a", "sync a"] },
};

async function begin(kind: Kind): Promise<void> {
  writeFileSync(path(), kind.content, { mode: 0o600 });
  if (kind.hasLink) await link(path(), join(folder.path, "b")).catch(() => undefined);
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  const expectWhole = async (moment: string) => {
    // Who only reads puts it right, too.
    await kind.sink().peek?.();
    expect([kind.content, kind.next], moment).toContain(readFileSync(path(), "utf8"));
    await kind.sink().deliver("new", context);
    expect(readFileSync(path(), "utf8"), moment).toBe(kind.next);
    expect(readdirSync(folder.path).sort(), moment).toEqual(kind.hasLink ? ["a", "b"] : ["a"]);
  };

  test("is whole for the next process, wherever the one before was killed while it wrote", async () => {
    const moments: string[] = [];
    for (let call = 1, isDead = true; isDead; call++) {
      await begin(kind);
      const death = await dieAt(call, () => kind.sink().deliver("new", context));
      isDead = death.isDead;
      if (isDead) moments.push(death.calls.at(-1) ?? "");
      await expectWhole(`killed before ${death.calls.at(-1)}, call ${call}`);
    }
    console.log(`Gone before each of ${moments.length} calls: ${[...new Set(moments)].join(", ")}`);
    for (const moment of kind.moments) {
      await begin(kind);
      const call = moments.indexOf(moment) + 1;
      const task = { spec: kind.sink().spec ?? "", secret: "new", inPlace: kind.inPlace === true, call };
      expect(killAt(task)).toEqual(moments.slice(0, call));
      await expectWhole(`really killed before ${moment}`);
    }
  });

  test("is unchanged, with nothing left, wherever a rehearsal was killed", async () => {
    await begin(kind);
    const { ino, mtimeMs } = statSync(path());
    let count = 0;
    for (let isDead = true; isDead; count++) {
      const death = await dieAt(count + 1, () => kind.sink().preflight?.(context));
      isDead = death.isDead;
      expect(await kind.sink().preflight?.(context)).toBeUndefined();
      expect(readFileSync(path(), "utf8")).toBe(kind.content);
      expect(statSync(path())).toMatchObject({ ino, mtimeMs });
      const left = readdirSync(folder.path).filter((one) => one.startsWith("."));
      expect(left, `killed before ${death.calls.at(-1)}`).toEqual([]);
    }
    console.log(`Gone before each of ${count - 1} calls of a rehearsal.`);
    expect(count).toBeGreaterThan(5);
  });
});

describe("a write in place that was cut", () => {
  /** What a process leaves that is killed just before it writes; and what it would have written. */
  async function cut(content: string, secret: string): Promise<void> {
    writeFileSync(path(), content, { mode: 0o600 });
    const work = () => fileSink({ path: path(), inPlace: true }).deliver(secret, context);
    const { calls } = await dieAt(Number.POSITIVE_INFINITY, work);
    writeFileSync(path(), content);
    expect(await dieAt(calls.indexOf("write a") + 1, work)).toMatchObject({ isDead: true });
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

  test("is put right by what is done with another file of the folder, too", async () => {
    await cut("old", "newer");
    await writeFile(path(), "newe");
    await fileSink({ path: join(folder.path, "b") }).deliver("b", context);
    expect(readFileSync(path(), "utf8")).toBe("old");
    expect(readdirSync(folder.path).sort()).toEqual(["a", "b"]);
    // Unless somebody has changed that one: then it is told when it is written.
    await cut("old", "newer");
    await writeFile(path(), "theirs");
    await fileSink({ path: join(folder.path, "b") }).deliver("b", context);
    expect(readFileSync(path(), "utf8")).toBe("theirs");
    await expect(fileSink({ path: path() }).deliver("new", context)).rejects.toThrow("was interrupted");
  });

  test("by another user is left to that user, who is named", async (context) => {
    if (!isRoot) return context.skip("only root can be another user, too");
    await cut("old", "newer");
    const [name = ""] = await kept();
    await chmod(folder.path, 0o777);
    await chown(path(), nobody, nobody);
    const task = { spec: `file:${path()}`, secret: "new" };
    const { message } = await deliverAsNobody(context, folder, task);
    expect(message).toContain("by another user (uid 0) was interrupted, and only that user can repair it");
    expect(await readdir(folder.path)).toEqual([name, "a"]);
  });

  test("is not restored from a copy that another user may have forged", async (context) => {
    if (!isRoot) return context.skip("only root can give files away");
    await cut("old", "newer");
    const [name = ""] = await kept();
    await writeFile(path(), "newe");
    await chown(join(folder.path, name), nobody, nobody);
    await expect(fileSink({ path: path() }).deliver("third", context)).rejects.toMatchObject({
      message: expect.stringContaining(`by another user (uid ${nobody}) was interrupted`),
    });
    expect(await readFile(path(), "utf8")).toBe("newe");
    // The file's owner can write to it anyway.
    await chown(path(), nobody, nobody);
    expect(await fileSink({ path: path() }).peek?.()).toBe("old");
  });

  test.each(["ne", "wxyz", "newxx", "n\0wer", "newer\0"])(
    "is left alone where it holds %j, which no write of newer over old can leave",
    async (content) => {
      await cut("old", "newer");
      await writeFile(path(), content);
      await expect(fileSink({ path: path() }).deliver("third", context)).rejects.toMatchObject({
        message: expect.stringContaining("somebody has changed the file since"),
      });
      expect(await readFile(path(), "utf8")).toBe(content);
    },
  );

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
    const message = /a write to .* was interrupted, and somebody has (changed|removed) the file since.*\.kept/;
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

  test("is not robbed, but named; and continues afterwards", async () => {
    await writeFile(path(), "old", { mode: 0o600 });
    // Just before its file takes the place of the old one.
    const { calls } = await dieAt(Number.POSITIVE_INFINITY, () => fileSink({ path: path() }).deliver("a", context));
    const call = calls.indexOf("rename .tmp a") + 1;
    const stopped: KilledTask = {
      spec: `file:${path()}`,
      secret: "frozen",
      inPlace: false,
      call,
      isStopped: true,
    };
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
