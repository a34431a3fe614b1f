import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds from the request to end until the end is forced. */
const patience = 2000;
/** Milliseconds between looks at whether anything is left of a group. */
const gap = 20;

/**
 * Ends a child and all that it started, if it leads a process group of its own (as one that was started `detached` does).
 * Resolves when all are gone, or have been sent SIGKILL.
 */
export async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  if (process.platform === "win32") return endTree(child, child.pid);
  // Other processes of the group may run on after the child has ended, so look at the group.
  const until = performance.now() + patience;
  let isThere = signalGroup(child.pid, "SIGTERM");
  while (isThere && performance.now() < until) {
    await delay(gap);
    isThere = signalGroup(child.pid, 0);
  }
  if (isThere) signalGroup(child.pid, "SIGKILL");
}

/** Whether there was anything to signal. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** Windows has no process groups, but knows who started whom. */
async function endTree(child: ChildProcess, pid: number): Promise<void> {
  const killer = spawn("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore", windowsHide: true });
  await once(killer, "exit").catch(() => child.kill("SIGKILL"));
}
