import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { lstat, open, readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "./temporary-file.ts";

/** How long one holder of a turn may keep the others waiting, in ms. Writing a file takes far less. */
const patience = 30_000;

/** `.cf-oauth-turn-<machine>-<pid>-<start of the process>-<random>`: all is in the name, so that it is there at once. */
const form = /^\.cf-oauth-turn-([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{16}$/;

/** A process' turn to write in a folder. */
export interface Turn {
  readonly folder: string;
  /** False if others have taken this turn to be over, since this process did nothing for long. */
  isOurs(): Promise<boolean>;
}

/** The folder takes no file from this user. */
export class NoRoomError extends Error {}

/** The last to wait in this process, by folder. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Does something while no other process, and nobody else in this one, has a turn in the folder.
 *
 * Each who wants a turn makes a file with a name of its own, and has the turn if it sees no other's then. Of two who come at
 * once at least one sees the other, and steps back. A file of a process that has ended is removed by whoever sees it, which
 * cannot hit anybody else's, as no name is used twice.
 *
 * @throws {NoRoomError} if no file can be made there, before anything was done.
 */
export function inTurn<T>(folder: string, work: (turn: Turn) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = queues.get(folder) ?? Promise.resolve();
  const mine = before.then(() => withTurn(folder, work, signal));
  const settled = mine.catch(() => undefined);
  queues.set(folder, settled);
  void settled.then(() => {
    if (queues.get(folder) === settled) queues.delete(folder);
  });
  return mine;
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
  for (let last = performance.now(); ; ) {
    const holders = await holdersIn(folder);
    if (holders.length === 0) {
      const name = await makeTurn(folder);
      const others = (await holdersIn(folder)).filter((one) => one !== name);
      if (others.length === 0) return name;
      await rm(join(folder, name), { force: true });
    }
    const now = performance.now();
    // This process may have been stopped itself: that is no wait.
    const waited = Math.min(now - last, 1000);
    last = now;
    for (const holder of holders) {
      seen.set(holder, (seen.get(holder) ?? 0) + waited);
      if ((seen.get(holder) ?? 0) > patience) await endTurn(folder, holder);
    }
    await sleep(2 + Math.random() * 18, undefined, { signal });
  }
}

/** Ends the turn of a process that cannot be seen from here; one that can be seen is alive, and is not robbed. */
async function endTurn(folder: string, holder: string): Promise<void> {
  const [, machine, pid] = form.exec(holder) ?? [];
  if (machine === thisMachine())
    throw new Error(
      `process ${pid} has been writing in ${folder} for ${patience / 1000} s, so it may be stopped; let it continue, or end it`,
    );
  await rm(join(folder, holder), { force: true });
}

async function makeTurn(folder: string): Promise<string> {
  const start = (await statOf(process.pid))?.start ?? "0";
  const name = `.cf-oauth-turn-${thisMachine()}-${process.pid}-${start}-${randomBytes(8).toString("hex")}`;
  try {
    await (await open(join(folder, name), "wx", 0o600)).close();
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw new Error(`the folder ${folder} is not there`, { cause: error });
    if (!["EACCES", "EPERM", "EROFS"].some((code) => hasCode(error, code))) throw error;
    throw new NoRoomError(`the folder ${folder} takes no file: ${error}`, { cause: error });
  }
  return name;
}

/** The turns of processes that may still live; those of others are removed. */
async function holdersIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error) => {
    if (hasCode(error, "ENOENT")) throw new Error(`the folder ${folder} is not there`, { cause: error });
    if (hasCode(error, "EACCES")) throw new NoRoomError(`the folder ${folder} cannot be read`, { cause: error });
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
  // The number may be another process' by now.
  return !found || (!/[ZX]/.test(found.state) && (start === "0" || found.start === start));
}

/** What Linux says of a process; undefined elsewhere, or if that is hidden. */
async function statOf(pid: number): Promise<{ readonly state: string; readonly start: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The name before may hold blanks and brackets.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

let machine: string | undefined;

/** Names the machine, since when it runs, and the container: where a process' number means something. */
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
