/**
 * A process that uses a file journal: it does what its argument says, a `JournalTask` in JSON, and prints what came of
 * it, a `JournalReport`. It can end itself, by SIGKILL, before any call that it makes to the file system.
 */
import { readlinkSync, writeSync } from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { FileJournal } from "../../../src/node/index.ts";

export interface JournalTask {
  readonly directory: string;
  readonly steps: readonly (
    | readonly ["append", key: string, sequence: number, entry: string]
    | readonly ["erase", key: string, before: number]
    | readonly ["latest", key: string]
  )[];
  readonly umask?: number;
  /** The index of the call to the file system before which the process ends. */
  readonly endBefore?: number;
  /** Whether it is stopped there and not ended. */
  readonly stop?: boolean;
  /** Whether the file system has no hard links. */
  readonly withoutLinks?: boolean;
  /** Milliseconds since the epoch; nothing is done before. */
  readonly startAt?: number;
}

export interface JournalReport {
  /** For each step what it resolved to, or the code of the error that it rejected with. */
  readonly results: readonly (
    | { readonly value?: boolean | { readonly sequence: number; readonly entry: string } }
    | { readonly failed: string }
  )[];
  /** For each step the calls to the file system that it made, with the path that each was about. */
  readonly calls: readonly (readonly string[])[];
}

const {
  directory,
  steps,
  umask,
  endBefore,
  stop,
  withoutLinks,
  startAt = 0,
}: JournalTask = JSON.parse(process.argv[2] ?? "");
const calls: string[][] = [];
let count = 0;
const paths = new WeakMap<object, string>();

/** Notes a call that is about to be made, or ends the process instead. */
function pass(call: string): void {
  calls.at(-1)?.push(call);
  if (count++ === endBefore) process.kill(process.pid, stop ? "SIGSTOP" : "SIGKILL");
}

/** The path of a file that is reached by its open folder. */
function named(path: unknown): string {
  return String(path).replace(/^\/proc\/self\/fd\/\d+/, (folder) => readlinkSync(folder));
}

/** Whether a call only opens a folder to reach its files, so that a kill before it is like one before the next call. */
function onlyReaches(name: string, [, flags]: readonly unknown[]): boolean {
  return name === "open" && typeof flags === "number" && (flags & 0o10000000) !== 0;
}

/** Puts a step before a method. */
function intercept(owner: object, name: string, before: (self: object, given: unknown[]) => void): void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== "function") throw new Error(`There is no ${name} to intercept.`);
  Reflect.set(owner, name, async function (this: object, ...given: unknown[]) {
    before(this, given);
    const result: unknown = await Reflect.apply(original, this, given);
    if (name === "open" && typeof result === "object" && result !== null) paths.set(result, named(given[0]));
    return result;
  });
}

const probe = await promises.open(process.execPath, "r");
await probe.close();
const handles: object = Object.getPrototypeOf(probe);
for (const name of ["chmod", "sync"])
  intercept(handles, name, (self) => pass(`${name} ${paths.get(self) ?? "another file"}`));
intercept(handles, "writeFile", (self, [data]) => {
  pass(`writeFile ${paths.get(self)}`);
  // In the middle of it, too.
  if (count === endBefore && !stop && "fd" in self && typeof self.fd === "number")
    writeSync(self.fd, String(data).slice(0, String(data).length / 2));
  pass(`the rest of writeFile ${paths.get(self)}`);
});
if (withoutLinks)
  promises.link = async () => {
    throw Object.assign(new Error("EPERM: made by the test"), { code: "EPERM" });
  };
for (const name of ["mkdir", "chmod", "open", "link", "rename", "rmdir", "unlink", "rm", "readdir", "readFile"])
  intercept(promises, name, (_, given) => {
    if (!onlyReaches(name, given)) pass(`${name} ${named(given[name === "link" ? 1 : 0])}`);
  });
syncBuiltinESMExports();

if (umask !== undefined) process.umask(umask);
const journal = new FileJournal(directory);
while (Date.now() < startAt);

const results: JournalReport["results"][number][] = [];
for (const step of steps) {
  const [name, key] = step;
  calls.push([]);
  try {
    if (name === "append") results.push({ value: await journal.append(key, step[2], step[3]) });
    else if (name === "erase") results.push((await journal.erase(key, step[2])) ?? {});
    else {
      const value = await journal.latest(key);
      results.push(value ? { value } : {});
    }
  } catch (error) {
    results.push({ failed: error instanceof Error && "code" in error ? String(error.code) : String(error) });
  }
}
const report: JournalReport = { results, calls };
process.stdout.write(JSON.stringify(report));
