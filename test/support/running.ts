import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Ended } from "./command.ts";

/** Milliseconds after which a process counts as one that hangs. */
const patience = 30_000;

/** A process, and what it has printed so far. */
export class Running {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly ended: Promise<Ended>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdin?.on("error", () => undefined).end();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    const late = setTimeout(() => {
      this.stderr += "\nUnhandled: it did not end, and was ended";
      child.kill("SIGKILL");
    }, patience);
    this.ended = once(child, "close").then(([code, signal]) => {
      clearTimeout(late);
      return { code, signal, stdout: this.stdout, stderr: this.stderr };
    });
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until something is so; false if the process ends before. */
  async until(isSo: () => boolean): Promise<boolean> {
    while (!isSo()) {
      if (this.hasEnded) return isSo();
      await delay(3);
    }
    return true;
  }
}
