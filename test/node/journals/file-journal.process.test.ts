import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, type TestContext, test, vi } from "vitest";
import { FileJournal } from "../../../src/node/index.ts";
import { readEntry } from "../../../src/node/journals/entry-file.ts";
import { inspectRotation } from "../../../src/rotation/index.ts";
import { entryOf } from "../../support/entries.ts";
import { clientId, Process, World } from "../../support/rotation-world.ts";
import type { JournalReport, JournalTask } from "./journal-child.ts";

const child = fileURLToPath(new URL("journal-child.ts", import.meta.url));
const key = "account/client";
const isRoot = process.getuid?.() === 0;
const nobody = 65534;

// Processes are started, dozens of them, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "file-journal-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Runs a task in a process of its own; undefined if the process was killed. */
async function run(task: JournalTask, uid?: number): Promise<JournalReport | undefined> {
  const { stdout, exited } = start(task, uid);
  const [report, [code, signal]] = await Promise.all([text(stdout), exited]);
  if (signal === "SIGKILL") return undefined;
  expect(code, "the exit code of the child").toBe(0);
  return JSON.parse(report);
}

function start(task: JournalTask, uid?: number) {
  const started = spawn(process.execPath, [child, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
    // A child that does not end by itself counts as one that failed.
    timeout: 30_000,
    killSignal: "SIGABRT",
    ...(uid !== undefined && { uid, gid: uid }),
  });
  return { process: started, stdout: started.stdout, exited: once(started, "exit") };
}

/** What Linux says a process does, for example `T` if it is stopped. */
async function stateOf(pid: number | undefined): Promise<string | undefined> {
  return /\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, "utf8"))?.[1];
}

/** {@link run}, as a user who does not own what root has made; skips the test where such a user can run nothing. */
async function runAsNobody(context: TestContext, task: JournalTask): Promise<JournalReport | undefined> {
  if (!isRoot) context.skip("only root can be another user, too");
  if (!(await mayReadByAll(child))) context.skip("this project lies where no other user may read it");
  await chmod(root, 0o755);
  return run(task, nobody);
}

async function mayReadByAll(path: string): Promise<boolean> {
  const found = await stat(path);
  const wanted = found.isDirectory() ? 0o5 : 0o4;
  return (found.mode & wanted) === wanted && (path === dirname(path) || mayReadByAll(dirname(path)));
}

/** The names and modes of all that is below a folder, for example `700 a/b`. */
async function modes(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return Promise.all(
    names.sort().map(async (name) => `${((await stat(join(folder, name))).mode & 0o7777).toString(8)} ${name}`),
  );
}

/** The names of the files below a folder, but for the one that holds the key. */
async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== "key").map(({ name }) => name);
}

/** What is in the folder of the only log, but for the file that holds the key. */
async function namesOfLog(directory: string): Promise<string[]> {
  const [folder] = await readdir(directory);
  return folder === undefined ? [] : (await readdir(join(directory, folder))).filter((name) => name !== "key");
}

test("a file journal tells the keys of its logs, but not what a crash has cut or somebody has put beside them", async () => {
  const journal = new FileJournal(root);
  expect(await journal.keys()).toEqual([]);
  const keys = ["account/a client", "account/a-client", "account/CLIENT"];
  for (const one of keys) await journal.append(one, 1, "entry");
  await writeFile(join(root, "notes.txt"), "not ours");
  await mkdir(join(root, "empty"));
  await mkdir(join(root, "cut"));
  await writeFile(join(root, "cut", "key"), "");

  expect((await journal.keys()).sort()).toEqual(keys.sort());
});

describe("who may read the file journal", () => {
  test.each(["000", "022", "777"])("its owner alone, where the umask is %s", async (octal) => {
    const directory = join(root, "made", "by it");
    const umask = Number.parseInt(octal, 8);
    const report = await run({ directory, umask, steps: [["append", key, 1, "secret"]] });
    expect(report?.results).toEqual([{ value: true }]);
    const found = await modes(root);
    expect(found).toHaveLength(5);
    for (const one of found) expect(one).toMatch(/\.json$|key$/.test(one) ? /^600 / : /^700 /);
  });

  test("can be written under any umask by a user who is not root", async (context) => {
    const directory = join(root, "open", "made", "by it");
    await mkdir(dirname(dirname(directory)));
    await chmod(dirname(dirname(directory)), 0o777);
    const steps = [
      ["append", key, 1, "entry"],
      ["latest", key],
    ] as const;
    const report = await runAsNobody(context, { directory, umask: 0o777, steps });
    expect(report?.results).toEqual([{ value: true }, { value: { sequence: 1, entry: "entry", hasOlder: false } }]);
  });

  test("its owner alone, again, with a warning where others could", async () => {
    const onWarning = vi.fn();
    const journal = new FileJournal(root, { onWarning });
    await journal.append(key, 1, "entry");
    const [name = ""] = await readdir(root);
    await chmod(join(root, name), 0o755);
    await chmod(join(root, name, "1.json"), 0o644);
    for (let count = 0; count < 2; count++) expect(await journal.latest(key)).toMatchObject({ entry: "entry" });
    expect(onWarning.mock.calls).toEqual([
      [expect.stringMatching(`Other users could read or change .*${name} \\(mode 0755\\)`)],
      [expect.stringMatching(`Other users could read .*${name}/1.json \\(mode 0644\\)`)],
    ]);
    expect(await modes(root)).toEqual([`700 ${name}`, `600 ${name}/1.json`, `600 ${name}/key`]);
  });

  test("is written only by its owner, root and the directory's owner, except where the directory is trusted", async (context) => {
    if (!isRoot) return context.skip("only root can give files away");
    const journal = new FileJournal(root);
    await journal.append(key, 1, "entry");
    const [name = ""] = await readdir(root);
    for (const [path, kind] of [
      [join(root, name, "1.json"), "file"],
      [join(root, name), "folder"],
    ] as const) {
      await chown(path, nobody, nobody);
      const message = expect.stringContaining(`${kind} ${path} belongs to another user (uid ${nobody})`);
      await expect(journal.latest(key)).rejects.toMatchObject({ message });
      await chown(root, nobody, nobody);
      expect(await journal.latest(key)).toMatchObject({ entry: "entry" });
      await chown(root, 0, 0);
      await chown(path, 0, 0);
    }
    await chown(join(root, name, "1.json"), nobody, nobody);
    await chmod(join(root, name), 0o770);
    expect(await new FileJournal(root, { trustDirectory: true }).latest(key)).toMatchObject({ entry: "entry" });
    expect(await modes(root)).toContain(`770 ${name}`);
  });

  test("a folder that was there keeps its mode", async () => {
    const directory = join(root, "there");
    await mkdir(directory);
    await chmod(directory, 0o750);
    await new FileJournal(directory).append(key, 1, "entry");
    expect(await modes(root)).toContain("750 there");
  });
});

describe("what survives a power failure", () => {
  /** The calls of an append to a journal in a folder two levels below one that exists. */
  async function callsOfFirstAppend(): Promise<string[]> {
    const report = await run({ directory: join(root, "made", "by it"), steps: [["append", key, 1, "entry"]] });
    return (report?.calls[0] ?? []).map((call) => call.replace(/\.1-\w+\.tmp$/, "beside"));
  }

  test("an entry is flushed before it has its name, and the name before the append succeeds", async () => {
    const calls = await callsOfFirstAppend();
    const folder = dirname(calls.find((call) => call.startsWith("link "))?.slice(5) ?? "");
    const wanted = [
      `the rest of writeFile ${folder}/beside`,
      `sync ${folder}/beside`,
      `link ${folder}/1.json`,
      `sync ${folder}`,
    ];
    expect(calls.filter((call) => wanted.includes(call))).toEqual(wanted);
  });

  test("every folder that was made is flushed, too, in the one above it", async () => {
    const calls = await callsOfFirstAppend();
    const made = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isDirectory());
    expect(made).toHaveLength(3);
    for (const { parentPath } of made) expect(calls).toContain(`sync ${parentPath}`);
  });
});

/** What a process left that was killed. */
interface Killed {
  /** The call to the file system that it did not make any more. */
  readonly before: string;
  readonly directory: string;
  /** A copy for a test to go on with. */
  reopen(): Promise<{ journal: FileJournal; directory: string }>;
}

/** Kills processes in the last of some steps: one before each call to the file system that it makes. */
async function killEverywhere(
  place: string,
  steps: JournalTask["steps"],
  withoutLinks: boolean = false,
): Promise<Killed[]> {
  await mkdir(place, { recursive: true });
  const { calls = [] } = (await run({ directory: join(place, "trial"), steps, withoutLinks })) ?? {};
  const first = calls.slice(0, -1).flat().length;
  const killed: Killed[] = [];
  for (const [index, call] of (calls.at(-1) ?? []).entries()) {
    const directory = join(place, `${index}`);
    const task = { directory, steps, withoutLinks, endBefore: first + index };
    expect(await run(task), `killed before ${call}`).toBeUndefined();
    killed.push({
      before: relative(place, call),
      directory,
      reopen: async () => {
        const copy = join(root, `${index}`);
        // Killed at once, it may not even have made the folder.
        await mkdir(directory, { recursive: true });
        await cp(directory, copy, { recursive: true });
        return { journal: new FileJournal(copy), directory: copy };
      },
    });
  }
  return killed;
}

describe.each([
  ["with", false],
  ["without", true],
])("a process that is killed, on a file system %s hard links", (_, withoutLinks) => {
  const twoEntries = [
    ["append", key, 1, "entry 1"],
    ["append", key, 2, "entry 2"],
  ] as const;

  let place: string;
  let inFirstAppend: Killed[];
  let inAppend: Killed[];
  let inErase: Killed[];
  let inIssued: Killed[];
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), "killed-"));
    [inFirstAppend, inAppend, inErase, inIssued] = await Promise.all([
      killEverywhere(join(place, "first append"), [["append", key, 1, "entry 1"]], withoutLinks),
      killEverywhere(join(place, "append"), [...twoEntries, ["append", key, 3, "entry 3"]], withoutLinks),
      killEverywhere(
        join(place, "erase"),
        [...twoEntries, ["append", key, 3, "entry 3"], ["erase", key, 3]],
        withoutLinks,
      ),
      killEverywhere(
        join(place, "issued"),
        [
          ["append", key, 7, entryOf("requesting")],
          ["append", key, 8, entryOf("issued")],
        ],
        withoutLinks,
      ),
    ]);
  });
  afterAll(() => rm(place, { recursive: true, force: true }));

  test("is killed at every step", () => {
    expect(inFirstAppend.length).toBeGreaterThan(8);
    expect(inAppend.length).toBeGreaterThan(8);
    expect(inErase.length).toBeGreaterThan(3);
    expect(inIssued.length).toBeGreaterThan(8);
  });

  test("in the first append leaves either nothing or the entry", async () => {
    for (const { before, reopen } of inFirstAppend) {
      const { journal } = await reopen();
      const latest = await journal.latest(key);
      expect([undefined, "entry 1"], before).toContain(latest?.entry);
      expect(await journal.append(key, 1, "entry 1"), before).toBe(latest === undefined);
    }
  });

  test("in an append leaves the log whole", async () => {
    for (const { before, reopen } of inAppend) {
      const { journal } = await reopen();
      const latest = await journal.latest(key);
      const sequence = latest?.sequence ?? 0;
      expect([2, 3], before).toContain(sequence);
      expect(latest, before).toEqual({ sequence, entry: `entry ${sequence}`, hasOlder: expect.any(Boolean) });
      expect(await journal.append(key, 3, "entry 3"), before).toBe(sequence === 2);
      expect(await journal.append(key, 4, "entry 4"), before).toBe(true);
    }
  });

  test("in an append leaves something beside the log at times, which the next erase removes", async () => {
    let left = 0;
    for (const { before, reopen } of inAppend) {
      const { journal, directory } = await reopen();
      left += (await namesOfLog(directory)).filter((name) => !name.endsWith(".json")).length;
      await journal.append(key, 4, "entry 4");
      await journal.erase(key, 4);
      expect(await namesOfLog(directory), before).toEqual(["4.json"]);
    }
    expect(left).toBeGreaterThan(3);
  });

  test("in an append leaves nothing that outlasts another entry of that sequence, which may be the last", async () => {
    for (const { before, reopen } of inAppend) {
      const { journal, directory } = await reopen();
      await journal.append(key, 3, "done");
      await journal.erase(key, 3);
      expect(await namesOfLog(directory), before).toEqual(["3.json"]);
    }
  });

  test("in an erase leaves the latest entry, and the next erase does the rest", async () => {
    for (const { before, reopen } of inErase) {
      const { journal, directory } = await reopen();
      const hasOlder = (await namesOfLog(directory)).length > 1;
      expect(await journal.latest(key), before).toEqual({ sequence: 3, entry: "entry 3", hasOlder });
      await journal.erase(key, 3);
      expect(await namesOfLog(directory), before).toEqual(["3.json"]);
    }
  });

  test("as it appends the new secret loses nothing once that is written", async () => {
    let isWritten = false;
    let takenUp = 0;
    for (const { before, reopen } of inIssued) {
      // What is written is there for all other processes, if the power does not fail before it is flushed.
      isWritten ||= /sync \S+\.tmp$/.test(before);
      const { journal, directory } = await reopen();
      const left = await namesOfLog(directory);
      const latest = await journal.latest(key);
      expect(latest?.entry, before).toBe(entryOf(isWritten ? "issued" : "requesting"));
      expect(latest?.sequence, before).toBe(isWritten ? 8 : 7);
      if (isWritten && !left.includes("8.json")) takenUp++;
      expect(await journal.latest(key), before).toEqual(latest);
      expect(await journal.append(key, 8, entryOf("issued")), before).toBe(!isWritten);
    }
    expect(takenUp).toBeGreaterThan(1);
  });

  test("as it takes up a secret leaves it to the next", async () => {
    const { before, directory } = inIssued.find((one) => /link |rename /.test(one.before)) ?? {};
    if (before === undefined || directory === undefined)
      throw new Error("Nobody was killed before the entry had its place.");
    const copy = (name: string) => cp(directory, join(root, name), { recursive: true });
    const steps = [["latest", key]] as const;
    await copy("trial");
    const { calls = [] } = (await run({ directory: join(root, "trial"), steps, withoutLinks })) ?? {};
    for (const [index, call] of (calls[0] ?? []).entries()) {
      await copy(`${index}`);
      const task = { directory: join(root, `${index}`), steps, withoutLinks };
      expect(await run({ ...task, endBefore: index }), call).toBeUndefined();
      expect((await run(task))?.results, call).toEqual([
        { value: { sequence: 8, entry: entryOf("issued"), hasOlder: true } },
      ]);
    }
  });
});

test.each([
  ["with", false],
  ["without", true],
])("of many processes that append the same sequence at once, one wins, %s hard links", async (_, withoutLinks) => {
  const sequences = Array.from({ length: 20 }, (_, index) => index + 1);
  // When all of them have been started, so that they meet.
  const startAt = Date.now() + 1000;
  const reports = await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      run({
        directory: root,
        startAt,
        // With both kinds of entries in one log, too.
        withoutLinks: withoutLinks && index > 0,
        steps: sequences.map((sequence) => ["append", key, sequence, `by ${index}`] as const),
      }),
    ),
  );
  for (const sequence of sequences) {
    const won = reports.map((report) => report?.results[sequence - 1]);
    const winner = won.findIndex((result) => result && "value" in result && result.value === true);
    expect(won).toEqual(won.map((_, index) => ({ value: index === winner })));
    expect(winner).not.toBe(-1);
    const [name = ""] = (await readdir(root, { recursive: true })).filter((path) => path.endsWith(`/${sequence}.json`));
    const log = { folder: root, isOwn: () => true, isTrusted: false, onWarning: () => {} };
    expect(await readEntry(log, name)).toBe(`by ${winner}`);
  }
  expect(await files(root)).toHaveLength(sequences.length);
});

describe.each([
  ["with", false],
  ["without", true],
])("a process that is stopped before any call of an append, %s hard links", (_, withoutLinks) => {
  test("does not undo what others have done meanwhile, and says how its append has ended", async () => {
    const steps = [["append", key, 2, entryOf("issued")]] as const;
    const log = async (name: string) => {
      const journal = new FileJournal(join(root, name));
      await journal.append(key, 1, entryOf("requesting"));
      return journal;
    };
    await log("trial");
    const { calls = [] } = (await run({ directory: join(root, "trial"), steps, withoutLinks })) ?? {};
    const moments = [...(calls[0] ?? []).entries()];
    const complete = moments.findIndex(([, call]) => /^sync .*\.tmp$/.test(call));
    const endings: boolean[] = [];
    // Also just before, where the entry is cut.
    for (const [index, call] of moments.slice(complete - 1)) {
      const journal = await log(`${index}`);
      const directory = join(root, `${index}`);
      const { stdout, exited, process } = start({ directory, steps, withoutLinks, endBefore: index, stop: true });
      await vi.waitFor(async () => expect(await stateOf(process.pid)).toBe("T"), 20_000);
      // Somebody else goes on from what the journal shows, and erases what is older.
      const { sequence = 0, entry = "" } = (await journal.latest(key)) ?? {};
      const next = entryOf("delivered", { writtenBy: "another run" });
      expect(await journal.append(key, sequence + 1, next), call).toBe(true);
      await journal.erase(key, sequence + 1);
      process.kill("SIGCONT");
      const [report] = await Promise.all([text(stdout), exited]);
      const { results }: JournalReport = JSON.parse(report);
      expect(await journal.latest(key), call).toEqual({ sequence: sequence + 1, entry: next, hasOlder: false });
      const isTakenUp = entry === entryOf("issued");
      // Otherwise the place is another's.
      if (!isTakenUp) expect(results, call).toEqual([{ value: false }]);
      endings.push(isTakenUp);
    }
    expect(endings).toContain(true);
    expect(endings).toContain(false);
  });
});

describe("a folder that takes no entry", () => {
  test("since it is not the user's: fails with the system's code, and leaves nothing behind", async (context) => {
    const directory = join(root, "state");
    await mkdir(directory);
    await chmod(directory, 0o555);
    const task: JournalTask = { directory, steps: [["append", key, 1, "entry"]] };
    const report = isRoot ? await runAsNobody(context, task) : await run(task);
    expect(report?.results).toEqual([{ failed: "EACCES" }]);
    expect(await modes(root)).toEqual(["555 state"]);
  });

  test("since another's log cannot be read: a failure is never taken for an empty log", async (context) => {
    const directory = join(root, "state");
    await new FileJournal(directory).append(key, 1, "entry");
    const report = await runAsNobody(context, { directory, steps: [["latest", key]] });
    expect(report?.results).toEqual([{ failed: "EACCES" }]);
  });

  test("since a file is in its place: fails, and leaves the file", async () => {
    const directory = join(root, "state");
    await writeFile(directory, "a file");
    const journal = new FileJournal(directory);
    await expect(journal.append(key, 1, "entry")).rejects.toThrow(/ENOTDIR|EEXIST/);
    await expect(journal.latest(key)).rejects.toThrow(/ENOTDIR/);
    expect(await readFile(directory, "utf8")).toBe("a file");
  });

  test("since a link that leads nowhere is in its place: fails, and leaves the link", async () => {
    const directory = join(root, "state");
    await symlink(join(root, "not mounted"), directory);
    const report = await run({ directory, steps: [["append", key, 1, "entry"]] });
    expect(report?.results).toEqual([{ failed: "ENOENT" }]);
    expect(await readdir(root)).toEqual(["state"]);
  });

  /** Runs a task where `directory` is a file system of its own, which goes away with the process. */
  async function runMounted(options: string, task: JournalTask): Promise<JournalReport | string> {
    const script = `mount -t tmpfs -o ${options} tmpfs "$1" && shift && exec "$@"`;
    const inside = ["sh", "-c", script, "sh", task.directory, process.execPath, child, JSON.stringify(task)];
    const { stdout, stderr, status, error } = spawnSync("unshare", ["--map-root-user", "--mount", ...inside], {
      encoding: "utf8",
    });
    return status === 0 ? JSON.parse(stdout) : (error?.message ?? stderr).trim();
  }

  test("since it can only be read: fails with the system's code", async (context) => {
    const report = await runMounted("ro", { directory: root, steps: [["append", key, 1, "entry"]] });
    if (typeof report === "string") return context.skip(`no file system can be mounted here (${report})`);
    expect(report.results).toEqual([{ failed: "EROFS" }]);
  });

  test("since the file system is full: the log stays whole, and takes the next entry that fits", async (context) => {
    const report = await runMounted("size=64k", {
      directory: root,
      steps: [
        ["append", key, 1, "entry 1"],
        ["append", key, 2, "long".repeat(25_000)],
        ["latest", key],
        ["append", key, 2, "entry 2"],
        ["latest", key],
      ],
    });
    if (typeof report === "string") return context.skip(`no file system can be mounted here (${report})`);
    expect(report.results).toEqual([
      { value: true },
      { failed: "ENOSPC" },
      { value: { sequence: 1, entry: "entry 1", hasOlder: false } },
      // What the failed append wrote is gone, or this would not fit.
      { value: true },
      { value: { sequence: 2, entry: "entry 2", hasOlder: true } },
    ]);
  });
});

describe("an entry that is damaged", () => {
  const damages: readonly [string, (entry: string) => string][] = [
    ["is empty", () => ""],
    ["is cut", (entry) => entry.slice(0, entry.length / 2)],
    ["is cut to its first brace", (entry) => entry.slice(0, 1)],
    ["is NUL bytes, as some file systems leave", (entry) => "\0".repeat(entry.length)],
    ["is no entry", () => "{}"],
  ];

  test.each(damages)("because it %s is reported as such, and never overwritten", async (_, damage) => {
    const world = new World({}, new FileJournal(root));
    await new Process(world).run("rotate", { verify: async () => "accepted" });
    const path = join(root, (await readdir(root, { recursive: true })).sort(byLength).at(-1) ?? "");
    const damaged = damage(await readFile(path, "utf8"));
    await writeFile(path, damaged);
    const before = await files(root);
    const { length } = world.sandbox.requests;

    for (const command of ["rotate", "resume", "finish", "recover"] as const)
      await expect(new Process(world).run(command), command).rejects.toMatchObject({ code: "journal-mismatch" });
    const target = { accountId: world.sandbox.accountId, clientId };
    await expect(inspectRotation(target, world)).rejects.toMatchObject({ code: "journal-mismatch" });

    expect(world.sandbox.requests).toHaveLength(length);
    expect(await readFile(path, "utf8")).toBe(damaged);
    expect(await files(root)).toEqual(before);
  });
});

/** By length, then by number, so that the latest entry is the last. */
function byLength(a: string, b: string): number {
  return a.length - b.length || a.localeCompare(b);
}
