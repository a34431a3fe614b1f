import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { type Place, program } from "./command.ts";

/** Whether util-linux's `script` is there, which gives a command a pseudo terminal. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

/** Skips a test where there is no pseudo terminal. */
export function requireTerminal(context: { skip: (note: string) => never }): void {
  if (!hasScript) context.skip("there is no script (of util-linux) to make a pseudo terminal");
}

/** Starts the command on a pseudo terminal of so many columns; what it prints to either stream is on its stdout. */
export function startOnTerminal(place: Place, words: readonly string[], columns = 80): ChildProcess {
  const quoted = [process.execPath, program, ...words].map((word) => `'${word}'`).join(" ");
  return spawn("script", ["-qec", `stty cols ${columns} rows 24; exec ${quoted}`, "/dev/null"], {
    cwd: place.folder,
    env: { ...place.environment, TERM: "xterm-256color", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "pipe"],
  });
}
