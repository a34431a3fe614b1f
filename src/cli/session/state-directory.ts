import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
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
 * Refuses a place in which journals cannot be kept, since something else is there or above. It need not be there yet.
 *
 * @throws {UsageError}
 */
export function requireFolder(path: string): void {
  const reason = obstacle(path);
  if (reason === undefined) return;
  throw new UsageError(
    `Journals cannot be kept in ${path}: ${reason}. Give another folder by --state-dir or CF_OAUTH_STATE_DIR.`,
  );
}

function obstacle(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : `${path} is no folder`;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Below a file: the one on POSIX, the other on Windows.
    const isMissing = code === "ENOTDIR" || code === "ENOENT";
    return isMissing && path !== dirname(path) ? obstacle(dirname(path)) : messageOf(error);
  }
}
