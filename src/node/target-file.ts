import { type BigIntStats, constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, parse, sep } from "node:path";
import { hasCode } from "./temporary-file.ts";

/** A file as it was read. */
export interface Found {
  readonly content: Buffer;
  readonly stats: BigIntStats;
}

/**
 * The file that a path leads to, which need not be there.
 *
 * @throws {Error} if it leads nowhere, to a stream of this process, or through what another user can change.
 */
export async function targetOf(path: string): Promise<string> {
  // It would lead to what the process's output was redirected to, and replace that: a log, most likely.
  if (/^\/(dev\/(std(in|out|err)$|fd\/)|proc\/)/.test(path))
    throw new Error(`${path} is a stream of this process, not a file; a secret is printed by the sink stdout`);
  const target = await leadsTo(path);
  await requireOwnPath(path, target);
  return target;
}

async function leadsTo(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    if (isThere) throw new Error(`${path} is a link that leads nowhere`, { cause: error });
    const folder = await realpath(dirname(path)).catch((cause) => {
      throw hasCode(cause, "ENOENT") ? new Error(`the folder ${dirname(path)} is not there`, { cause }) : cause;
    });
    return join(folder, basename(path));
  }
}

/**
 * Refuses a path that another user can lead elsewhere, or whose file is another user's: the secret would be theirs. Root may
 * write a user's file, though not in a folder that everybody can write to, where that user may have put it for this.
 */
async function requireOwnPath(path: string, target: string): Promise<void> {
  const user = process.geteuid?.();
  // Windows has no owners that Node could see.
  if (user === undefined) return;
  const isOwn = (uid: number) => uid === user || uid === 0;
  const owner = await lstat(target).then(
    ({ uid }) => uid,
    () => undefined,
  );
  for await (const { at, stats, folder } of walk(path)) {
    if (isOwn(stats.uid)) continue;
    const isShared = (folder.mode & 0o002) !== 0;
    const isTrusted = user === 0 && !isShared && (!stats.isSymbolicLink() || stats.uid === owner);
    const kind = stats.isSymbolicLink() ? "link" : at === target ? "file" : "folder";
    if (!isTrusted && (isShared || kind !== "folder"))
      throw new Error(
        `${at} is a ${kind} of another user (uid ${stats.uid}), who could read the secret or lead it elsewhere; give a path that is yours, or have that user run this`,
      );
  }
}

interface Step {
  readonly at: string;
  readonly stats: Stats;
  readonly folder: Stats;
}

/** All that a path leads through: folders, links with all that they lead through, and the file, if it is there. */
async function* walk(path: string): AsyncGenerator<Step> {
  const { root } = parse(path);
  let at = root;
  const rest = path.slice(root.length).split(sep);
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const stats = await lstat(next).catch((error) => {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    });
    if (!stats) return;
    yield { at: next, stats, folder: await stat(at) };
    if (stats.isSymbolicLink()) {
      const link = await readlink(next);
      if (isAbsolute(link)) at = root;
      rest.unshift(...link.split(sep));
    } else at = next;
  }
}

const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** To write to a file itself. Neither a link nor a pipe that has come into its place since it was looked at. */
export const readWrite: number = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Undefined if it is not there. */
export async function readFound(target: string): Promise<Found | undefined> {
  let handle: FileHandle;
  try {
    const stats = await lstat(target);
    // Before it is opened: that could wait for ever, for a named pipe.
    if (stats.isDirectory()) throw new Error(`${target} is a directory`);
    if (!stats.isFile()) throw new Error(`${target} is not a regular file`);
    handle = await open(target, readOnly);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    return { stats, content: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** Whether a file is still as it was found; or still not there. */
export async function isAsFound(target: string, found: Found | undefined): Promise<boolean> {
  try {
    const now = await lstat(target, { bigint: true });
    return found !== undefined && isSame(now, found.stats);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return found === undefined;
    throw error;
  }
}

export function isSame(now: BigIntStats, then: BigIntStats): boolean {
  return (["dev", "ino", "size", "mtimeNs", "ctimeNs"] as const).every((key) => now[key] === then[key]);
}
