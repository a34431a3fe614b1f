/**
 * A process that writes to a file, and is killed on the way: by SIGKILL just before its n-th call that changes anything, as its
 * argument says. Prints to stderr the calls so far, by the place that they are about.
 */
import fs, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";

export interface KilledTask {
  readonly spec: string;
  readonly secret: string;
  readonly inPlace: boolean;
  readonly isRehearsal: boolean;
  /** From 1; more than there are: it comes to its end. */
  readonly call: number;
  /** To be stopped by SIGSTOP in place of killed. */
  readonly isStopped?: boolean;
}

const task: KilledTask = JSON.parse(process.argv[2] ?? "");
let count = 0;
const names = new WeakMap<object, string>();

function before(what: string): void {
  count++;
  process.stderr.write(`${what}\n`);
  if (count === task.call) process.kill(process.pid, task.isStopped ? "SIGSTOP" : "SIGKILL");
}

/** Of a temporary file what it is for, as the rest is random. */
function short(path: unknown): string {
  return basename(String(path)).replace(
    /^\.cf-oauth-(turn-.*|.*(\.tmp|\.kept))$/,
    (_, all, end) => end ?? all.slice(0, 4),
  );
}

const { open, rename, rm } = fs;
fs.rename = async (from, to) => {
  before(`rename ${short(from)} ${short(to)}`);
  await rename(from, to);
};
fs.rm = async (path, options) => {
  before(`rm ${short(path)}`);
  await rm(path, options);
};
fs.open = async (path, flags, mode) => {
  if (flags === "wx") before(`make ${short(path)}`);
  const handle = await open(path, flags, mode);
  names.set(handle, short(path));
  patch(handle);
  return handle;
};
syncBuiltinESMExports();

let isPatched = false;
function patch(handle: FileHandle): void {
  if (isPatched) return;
  isPatched = true;
  const prototype = Object.getPrototypeOf(handle);
  for (const call of ["write", "writeFile", "truncate", "sync", "chmod", "chown"]) {
    const original = prototype[call];
    prototype[call] = function (this: FileHandle, ...given: unknown[]) {
      before(`${call} ${names.get(this)}`);
      return original.apply(this, given);
    };
  }
}

const { parseSink } = await import("../../src/node/index.ts");
const sink = parseSink(task.spec, { inPlace: task.inPlace });
const context = { signal: new AbortController().signal };
await (task.isRehearsal ? sink.preflight?.(context) : sink.deliver(task.secret, context));
