import { existsSync } from "node:fs";
import { join } from "node:path";
import { execJournal, FileJournal } from "../../node/index.ts";
import { type Journal, sealed } from "../../rotation/index.ts";
import { UsageError } from "../terminal/command-error.ts";
import type { Output } from "../terminal/output.ts";
import { makeFolder, requireFolder } from "./state-directory.ts";

/** A journal, and the keys of its logs where it can list them. */
export interface OpenedJournal {
  readonly journal: Journal;
  readonly journalKeys: (() => Promise<string[]>) | undefined;
}

/**
 * The journal that `--journal` names, or the one in the state directory; sealed if there is a key.
 *
 * @throws {UsageError} For an invalid key, a remote journal without a key, or a path that is not a directory.
 */
export function openJournal(
  given: string | undefined,
  directory: string,
  { isTrusted, output }: { readonly isTrusted: boolean; readonly output: Output },
): OpenedJournal {
  const key = journalKey();
  if (given === undefined) {
    const folder = join(directory, "journal");
    requireFolder(folder, isTrusted);
    const files = new FileJournal(folder, {
      onWarning: (message) => output.warn(message),
      trustDirectory: isTrusted,
    });
    const journal = existsSync(folder) ? files : checkedWhenMade(files, folder, isTrusted);
    return { journal: key ? sealed(journal, key) : journal, journalKeys: () => files.keys() };
  }
  const command = /^exec:(.*\S.*)$/s.exec(given)?.[1];
  if (command === undefined) throw new UsageError(`--journal takes exec:<command>, not "${given}".`);
  if (!key)
    throw new UsageError(
      "No encryption key for the journal. Nothing was sent. Set CF_OAUTH_JOURNAL_KEY to a key that `cf-oauth keygen` prints, and keep it with your other secrets.",
    );
  return { journal: execJournal({ command, key, onOutput: output.passOn }), journalKeys: undefined };
}

/** A journal whose folder did not exist yet when it was checked: another user may make it first, in a folder such as /tmp. */
function checkedWhenMade(files: FileJournal, folder: string, isTrusted: boolean): Journal {
  return {
    latest: (key) => files.latest(key),
    erase: (key, before) => files.erase(key, before),
    async append(key, sequence, entry) {
      await makeFolder(folder, isTrusted);
      return files.append(key, sequence, entry);
    },
  };
}

function journalKey(): Uint8Array | undefined {
  const text = process.env.CF_OAUTH_JOURNAL_KEY?.trim();
  if (!text) return undefined;
  const key = Buffer.from(text, "base64");
  // Node ignores what is no base64.
  if (key.length !== 32 || key.toString("base64").replace(/={1,2}$/, "") !== text.replace(/={1,2}$/, ""))
    throw new UsageError("CF_OAUTH_JOURNAL_KEY must be 32 bytes in base64, as `cf-oauth keygen` prints them.");
  return new Uint8Array(key);
}
