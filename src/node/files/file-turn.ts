import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode, missingFolder } from "./temporary-file.ts";
import { openWithoutLinks } from "./without-links.ts";

/** How long one turn may last while others wait, in ms. Writing a file takes far less. */
const patience = 30_000;

/** `.cf-oauth-turn-<machine>-<pid>-<start of the process>-<random>`. Everything is in the name, so it is complete at once. */
const form = /^\.cf-oauth-turn-([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{16}$/;

/** The right to write in a folder until the turn ends. */
export interface Turn {
  readonly folder: string;
  /** False if another process ended this turn because this process stood still for too long. */
  isOurs(): Promise<boolean>;
}

/** This user cannot create a file in the folder. */
export class NoRoomError extends Error {}

/** The end of the queue in this process, by folder. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Does some work while nobody else has a turn in the folder, in this process or another.
 *
 * A process takes a turn by creating a file with a unique name. It has the turn if it then sees no other such file. If two
 * come at once, at least one sees the other; it removes its file and tries again later. The next process to take a turn
 * removes the file of a process that was killed. That never removes another process's turn, because no name is used twice.
 *
 * @param signal ends the wait for a turn, not the work.
 * @throws {NoRoomError} if this user cannot create a file there; no work was done.
 * @throws what `work` throws, and the signal's reason.
 */
export function inTurn<T>(folder: string, work: (turn: Turn) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = queues.get(folder) ?? Promise.resolve();
  const mine = orAbort(before, signal).then(() => withTurn(folder, work, signal));
  const settled = Promise.allSettled([before, mine]);
  queues.set(folder, settled);
  void settled.then(() => {
    if (queues.get(folder) === settled) queues.delete(folder);
  });
  return mine;
}

/** Rejects as soon as the signal is aborted. */
async function orAbort(wait: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  await Promise.race([wait, aborted]).finally(() => signal?.removeEventListener("abort", onAbort));
}

async function withTurn<T>(folder: string, work: (turn: Turn) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const name = await take(folder, signal);
  try {
    return await work({ folder, isOurs: () => isThere(join(folder, name)) });
  } finally {
    await rm(join(folder, name), { force: true });
  }
}

async function take(folder: string, signal?: AbortSignal): Promise<string> {
  const seen = new Map<string, number>();
  let collisions = 0;
  for (let last = performance.now(); ; ) {
    signal?.throwIfAborted();
    const holders = await holdersIn(folder);
    if (holders.length === 0) {
      const name = await makeTurn(folder);
      const others = (await holdersIn(folder)).filter((one) => one !== name);
      if (others.length === 0) return name;
      await rm(join(folder, name), { force: true });
      collisions++;
    }
    const now = performance.now();
    // If this process itself was stopped, that time does not count.
    const waited = Math.min(now - last, 1000);
    last = now;
    for (const holder of holders) {
      seen.set(holder, (seen.get(holder) ?? 0) + waited);
      if ((seen.get(holder) ?? 0) > patience) await endTurn(folder, holder);
    }
    // Exponential backoff: with a fixed wait, sixty processes would collide nearly always.
    await sleep(2 + Math.random() * 18 * 2 ** Math.min(collisions, 10), undefined, { signal });
  }
}

/** Ends the turn of a process on another machine or in another container. One that is seen to live here keeps its turn. */
async function endTurn(folder: string, holder: string): Promise<void> {
  const path = join(folder, holder);
  const [, machine, pid] = form.exec(holder) ?? [];
  // Where the start of a process is unknown, another one may have its number.
  const advice = `remove ${path} if that process is not writing there`;
  if (machine === thisMachine())
    throw new Error(
      `process ${pid} has been writing in ${folder} for ${patience / 1000} s, and may be stopped. Nothing was written. Let it continue, end it, or ${advice}`,
    );
  await rm(path, { force: true }).catch((cause) => {
    throw new Error(
      `a process on another machine has been writing in ${folder} for ${patience / 1000} s. Nothing was written. Wait for it, or ${advice}`,
      { cause },
    );
  });
}

async function makeTurn(folder: string): Promise<string> {
  const start = (await statOf(process.pid))?.start ?? "0";
  const name = `.cf-oauth-turn-${thisMachine()}-${process.pid}-${start}-${randomBytes(8).toString("hex")}`;
  try {
    await (await openWithoutLinks(join(folder, name), "wx", 0o600)).close();
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw missingFolder(folder, error);
    if (!["EACCES", "EPERM", "EROFS"].some((code) => hasCode(error, code))) throw error;
    throw new NoRoomError(`cannot create a file in ${folder}: ${error}`, { cause: error });
  }
  return name;
}

/** The turns of processes that may still live. Removes the others. */
async function holdersIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error) => {
    if (hasCode(error, "ENOENT")) throw missingFolder(folder, error);
    if (hasCode(error, "EACCES"))
      throw new NoRoomError(`cannot list the files in ${folder}: ${error}`, { cause: error });
    throw error;
  });
  const living: string[] = [];
  for (const name of names.filter((one) => form.test(one)))
    if (await mayLive(name)) living.push(name);
    else await rm(join(folder, name), { force: true }).catch(() => undefined);
  return living;
}

async function mayLive(name: string): Promise<boolean> {
  const [, machine, pid = "", start] = form.exec(name) ?? [];
  if (machine !== thisMachine()) return true;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
  const found = await statOf(Number(pid));
  // The system may have given the number to another process.
  return !found || (!/[ZX]/.test(found.state) && (start === "0" || found.start === start));
}

/** What Linux shows about a process; undefined on other systems, or if it is hidden. */
async function statOf(pid: number): Promise<{ readonly state: string; readonly start: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The process name comes before, and may have spaces and brackets.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

let machine: string | undefined;

/** Identifies the machine, its last start and the container: the scope of a process number. */
function thisMachine(): string {
  machine ??= createHash("sha256")
    .update(
      [
        () => hostname(),
        () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"),
        () => readlinkSync("/proc/self/ns/pid"),
      ]
        .map(orNothing)
        .join(),
    )
    .digest("hex")
    .slice(0, 12);
  return machine;
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
