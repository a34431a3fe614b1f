import { execFileSync } from "node:child_process";
import { existsSync, type Stats, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { walkPath } from "../../node/files/path-walk.ts";
import { makePrivateFolder } from "../../node/files/private-folder.ts";
import { UsageError } from "../terminal/command-error.ts";
import { messageOf } from "../terminal/text.ts";

/**
 * Where journals are kept: what was given, or the platform's own place for state that must last.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ for XDG_STATE_HOME
 */
export function stateDirectory(given: string | undefined): string {
  const { CF_OAUTH_STATE_DIR, XDG_STATE_HOME, LOCALAPPDATA } = process.env;
  const chosen = given || CF_OAUTH_STATE_DIR;
  if (chosen) return resolve(chosen);
  const name = "cf-oauth";
  if (process.platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), name);
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", name);
  // The specification: a relative one is to be ignored.
  const state = XDG_STATE_HOME && isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(homedir(), ".local", "state");
  return join(state, name);
}

/**
 * Refuses a directory in which journals cannot be kept, or which other users could change: what they write there would decide
 * which commands run and which secrets are deleted. The directory need not exist yet.
 *
 * @param isTrusted whether the user has said that the others who can change it are trusted.
 * @throws {UsageError}
 */
export function requireFolder(path: string, isTrusted: boolean): void {
  const reason = obstacle(path) ?? (isTrusted ? undefined : intruder(path));
  if (reason === undefined) return;
  throw new UsageError(
    `Journals cannot be kept in ${path}: ${reason}. Nothing was sent. Choose another directory with --state-dir or CF_OAUTH_STATE_DIR.`,
  );
}

/**
 * Creates a directory for journals, as far as it is missing, and checks each folder before anything is created in it: in a folder
 * such as /tmp, another user may create one of that name first.
 *
 * @throws {UsageError} as {@link requireFolder}.
 */
export async function makeFolder(path: string, isTrusted: boolean): Promise<void> {
  if (!existsSync(path)) {
    await makeFolder(dirname(path), isTrusted);
    await makePrivateFolder(path);
  }
  requireFolder(path, isTrusted);
}

/**
 * Who else could change a directory or what leads to it, as ssh checks it for its keys.
 *
 * @returns Undefined if nobody can.
 */
function intruder(path: string): string | undefined {
  const user = process.geteuid?.();
  // Windows has no owners and modes that Node could see.
  if (user === undefined) return undefined;
  for (const { at, stats } of walkPath(path)) {
    if (stats.uid !== user && stats.uid !== 0) return `${at} belongs to another user (uid ${stats.uid})${ofSudo(user)}`;
    // In a sticky folder nobody can move or remove what is another's.
    if (!stats.isDirectory() || (stats.mode & 0o1000) !== 0) continue;
    if ((stats.mode & 0o002) !== 0)
      return `every user can write to ${at}. If that is not intended, run \`chmod o-w ${at}\`. If it is, add --trust-state-dir`;
    if ((stats.mode & 0o020) !== 0 && hasOthers(stats, user))
      return `other members of its group can write to ${at}. If that is not intended, run \`chmod g-w ${at}\`. If it is, add --trust-state-dir`;
  }
  return undefined;
}

function ofSudo(user: number): string {
  const isKept = user === 0 && process.env.SUDO_USER !== undefined;
  return isKept ? ", because sudo has kept HOME; use `sudo -H`" : "; if you trust that user, add --trust-state-dir";
}

/** Whether others may belong to a folder's group. Root's own group has administrators only. */
function hasOthers({ gid }: Stats, user: number): boolean {
  if (gid === 0) return false;
  const [group, ...unknown] = entries("group", String(gid));
  if (group === undefined || unknown.length > 0) return true;
  const [, , , members = ""] = group;
  const accounts = entries("passwd");
  const own = accounts.find(([, , uid]) => uid === String(user))?.[0];
  const others = accounts.some(([, , uid, primary]) => primary === String(gid) && uid !== String(user));
  return others || members.split(",").some((member) => member !== "" && member !== own);
}

/** Records of the system's databases of users and groups, which need not be files. */
function entries(...query: readonly string[]): string[][] {
  try {
    const text = execFileSync("getent", query, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}

function obstacle(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : `${path} is not a folder`;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Below a file: the one on POSIX, the other on Windows.
    const isMissing = code === "ENOTDIR" || code === "ENOENT";
    return isMissing && path !== dirname(path) ? obstacle(dirname(path)) : messageOf(error);
  }
}
