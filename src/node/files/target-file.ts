import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, parse } from "node:path";
import { walkPath } from "./path-walk.ts";
import { hasCode, missingFolder } from "./temporary-file.ts";
import { noLink, openWithoutLinks } from "./without-links.ts";

/** A file as it was read. */
export interface Found {
  readonly content: Buffer;
  readonly stats: BigIntStats;
}

/**
 * Resolves the links of a path. The file need not exist.
 *
 * @throws {Error} if a link or folder is missing, if the path names a stream of this process, or if another user could redirect
 *   it.
 */
export async function targetOf(path: string): Promise<string> {
  // If the output is redirected, this would replace the file that gets it: most likely a log.
  if (/^\/(dev\/(std(in|out|err)$|fd\/)|proc\/)/.test(path))
    throw new Error(`${path} is a stream of this process, not a file. To print the secret, use the sink stdout`);
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
    if (isThere)
      throw new Error(`${path} is a link to a file that does not exist. Create that file, or remove the link`, {
        cause: error,
      });
    const folder = await realpath(dirname(path)).catch((cause) => {
      throw hasCode(cause, "ENOENT") ? missingFolder(dirname(path), cause) : cause;
    });
    return join(folder, basename(path));
  }
}

/**
 * Refuses a path that another user can redirect, and a file that another user owns: that user could read the secret. Root may
 * write a user's file, except in a folder that everybody can write to: there the user may have planted it.
 */
async function requireOwnPath(path: string, target: string): Promise<void> {
  const user = process.geteuid?.();
  // On Windows, Node does not show owners.
  if (user === undefined) return;
  const isOwn = (uid: number) => uid === user || uid === 0;
  let last = parse(target).root;
  const owner = await lstat(target).then(
    ({ uid }) => uid,
    () => undefined,
  );
  for (const { at, stats, folder } of walkPath(path)) {
    last = at;
    if (isOwn(stats.uid)) continue;
    const isShared = (folder.mode & 0o002) !== 0;
    const isTrusted = user === 0 && !isShared && (!stats.isSymbolicLink() || stats.uid === owner);
    const kind = stats.isSymbolicLink() ? "link" : at === target ? "file" : "folder";
    if (!isTrusted && (isShared || kind !== "folder")) throw ofAnotherUser(kind, at, stats.uid);
  }
  // The file itself need not exist yet.
  if (last !== target && last !== dirname(target))
    throw new Error(
      `somebody changed where ${path} leads while it was checked. Nothing was written. Use a path that nobody else can change`,
    );
}

/**
 * Refuses an open file of another user, who may have replaced the one that was checked. Root may write a user's file
 * where nobody else could have put it.
 */
function requireOwnFile(target: string, uid: number): void {
  const user = process.geteuid?.();
  if (user === undefined || uid === user || uid === 0) return;
  // In a sticky folder, such as /tmp, nobody can replace what belongs to this user or to root.
  const couldBePlanted = [...walkPath(target)].some(
    ({ stats, folder }) =>
      (folder.mode & 0o002) !== 0 && !((folder.mode & 0o1000) !== 0 && [user, 0].includes(stats.uid)),
  );
  if (user !== 0 || couldBePlanted) throw ofAnotherUser("file", target, uid);
}

function ofAnotherUser(kind: string, at: string, uid: number): Error {
  return new Error(
    `the ${kind} ${at} belongs to another user (uid ${uid}), who could read or redirect the secret. Nothing was written. Use a path of your own, or run this as uid ${uid}`,
  );
}

/** Opens an existing file for writing, but not a link or a pipe that has replaced it since. */
export const readWrite: number = constants.O_RDWR | noLink;

/** Reads a file; undefined if it does not exist. */
export async function readFound(target: string): Promise<Found | undefined> {
  let handle: FileHandle;
  try {
    const stats = await lstat(target);
    // Check before opening: opening a named pipe could wait for ever.
    if (stats.isDirectory()) throw new Error(`${target} is a directory`);
    if (!stats.isFile()) throw new Error(`${target} is not a regular file`);
    handle = await openWithoutLinks(target, noLink);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    requireOwnFile(target, Number(stats.uid));
    return { stats, content: await handle.readFile() };
  } finally {
    await handle.close();
  }
}

/** Whether a file is unchanged since it was read; with `undefined`, whether it still does not exist. */
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
