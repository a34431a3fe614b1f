/**
 * A process that writes to a file, and is killed on the way: by SIGKILL just before its n-th call that changes anything, as its
 * argument says. Prints to stderr the calls so far.
 */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { intercept } from "./intercepted-calls.ts";

export interface KilledTask {
  readonly spec: string;
  readonly secret: string;
  readonly inPlace: boolean;
  /** From 1. */
  readonly call: number;
  /** To be stopped by SIGSTOP in place of killed. */
  readonly isStopped?: boolean;
}

const task: KilledTask = JSON.parse(process.argv[2] ?? "");
let count = 0;

Object.assign(
  fs,
  intercept({ ...fs }, (call) => {
    process.stderr.write(`${call}\n`);
    if (++count === task.call) process.kill(process.pid, task.isStopped ? "SIGSTOP" : "SIGKILL");
  }),
);
syncBuiltinESMExports();

const { parseSink } = await import("../../../src/node/index.ts");
await parseSink(task.spec, { inPlace: task.inPlace }).deliver(task.secret, { signal: new AbortController().signal });
