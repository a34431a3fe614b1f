/**
 * Preloaded into a command, which is then killed just before its n-th call that changes a file, as `KILLED_AT` says. Prints to
 * stderr the calls so far.
 */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { intercept } from "../../node/files/intercepted-calls.ts";

const killedAt = Number(process.env.KILLED_AT);
let count = 0;

Object.assign(
  fs,
  intercept({ ...fs }, (call) => {
    process.stderr.write(`call: ${call}\n`);
    if (++count === killedAt) process.kill(process.pid, "SIGKILL");
  }),
);
syncBuiltinESMExports();
