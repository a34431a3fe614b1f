import { createHash } from "node:crypto";
import { constants, type Dirent } from "node:fs";
import { readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseEntry } from "../../rotation/entry.ts";
import type { Journal, LatestEntry } from "../../rotation/index.ts";
import { makePrivateFolder } from "../files/private-folder.ts";
import { flushFolder, hasCode } from "../files/temporary-file.ts";
import { noLink, openWithoutLinks, readTextSync } from "../files/without-links.ts";
import {
  isSameFile,
  isThere,
  keepPrivate,
  type Log,
  listLog,
  nameBeside,
  placeEntry,
  readBeside,
  readEntry,
  writeFlushed,
} from "./entry-file.ts";

/**
 * A journal in a directory: a folder for each client, a file for each entry, readable by its owner alone.
 *
 * An entry is written beside its place, flushed, and then gets its name, which fails if the name exists. So it is there
 * whole or not at all, and of two writers one wins. If a process is killed between the two, `latest` gives the new secret's
 * entry its name afterwards: it may hold the only copy of the secret.
 */
export class FileJournal implements Journal {
  readonly #directory: string;
  readonly #isTrusted: boolean;
  readonly #onWarning: (message: string) => void;

  /**
   * Makes a journal; nothing is read or written yet.
   *
   * @param directory created with the first entry. Without hard links (FAT, some network file systems), an entry is a folder
   *   with one file.
   * @param options `onWarning` is called with a message when the journal finds an entry or a folder that other users could
   *   read, and has made it private again. `trustDirectory` (default false) also reads entries that other users of the
   *   directory have written, as on a volume that processes of several users share. Without it, they must be this user's,
   *   root's or of the directory's owner: an entry decides which commands run.
   */
  constructor(
    directory: string,
    options: {
      readonly onWarning?: ((message: string) => void) | undefined;
      readonly trustDirectory?: boolean | undefined;
    } = {},
  ) {
    this.#directory = resolve(directory);
    this.#isTrusted = options.trustDirectory ?? false;
    this.#onWarning = options.onWarning ?? (() => undefined);
  }

  async latest(key: string): Promise<LatestEntry | undefined> {
    const log = await this.#log(key);
    for (let missing = 0; ; ) {
      const found = await list(log);
      const sequence = Math.max(0, ...found.filter(isEntry).map(sequenceOf));
      if (sequence === 0) return undefined;
      let entry: string;
      try {
        entry = await readEntry(log, nameOf(sequence));
      } catch (error) {
        if (!hasCode(error, "ENOENT")) throw error;
        // Erased since it was listed, so there is a later one. If not, somebody has emptied the entry's folder.
        if (missing === sequence) return { sequence, entry: "" };
        missing = sequence;
        continue;
      }
      const next = found.filter((one) => !isEntry(one) && sequenceOf(one) === sequence + 1);
      if (!(await takeUp(log, next, entry)))
        return { sequence, entry, hasOlder: found.some((one) => isOlder(one, sequence)) };
    }
  }

  /**
   * The keys of all logs that were ever begun here.
   *
   * @returns The keys, in no order.
   * @throws {Error} What the system says, if the directory cannot be read; none if it does not exist.
   */
  async keys(): Promise<string[]> {
    const found = (await unlessMissing(readdir(this.#directory, { withFileTypes: true }))) ?? [];
    const keys: string[] = [];
    for (const { name } of found.filter((one) => one.isDirectory())) {
      const key = keyIn(join(this.#directory, name));
      // Not one that a crash has cut.
      if (key !== undefined && folderOf(key) === name) keys.push(key);
    }
    return keys;
  }

  async append(key: string, sequence: number, entry: string): Promise<boolean> {
    await makePrivateFolder(join(this.#directory, folderOf(key)));
    const { folder } = await this.#log(key);
    await nameFolder(folder, key);
    const beside = nameBeside(folder, sequence);
    const place = join(folder, nameOf(sequence));
    try {
      await writeFlushed(beside, entry);
      const outcome = await placeEntry(beside, place);
      // Somebody who reads may have taken up this very file in between.
      if (outcome === "taken" && !(await isSameFile(beside, place))) return false;
      if (outcome === "gone" && !(await this.#holds(key, sequence, entry))) return false;
      await flushFolder(folder);
      return true;
    } finally {
      // What cannot be removed now is erased later; it must not hide how the append has ended.
      await rm(beside, { force: true }).catch(() => undefined);
    }
  }

  async erase(key: string, before: number): Promise<void> {
    const log = await this.#log(key);
    const old = (await list(log)).filter((one) => isOlder(one, before));
    for (const { name } of old) await rm(join(log.folder, name), { force: true, recursive: true });
    if (old.length > 0) await flushFolder(log.folder);
  }

  /**
   * Whether an entry that has vanished from beside its place is in it: taken up by somebody who read.
   *
   * @throws {Error} If nothing of it is left, although nobody else has got so far.
   */
  async #holds(key: string, sequence: number, entry: string): Promise<boolean> {
    const latest = await this.latest(key);
    if (latest?.sequence === sequence) return latest.entry === entry;
    if ((latest?.sequence ?? 0) > sequence) return false;
    throw new Error(`somebody has removed entry ${sequence} before it had its name`);
  }

  /** The links that lead to the directory are followed here; below it, none is. */
  async #log(key: string): Promise<Log> {
    const directory = (await unlessMissing(realpath(this.#directory))) ?? this.#directory;
    const owner = (await unlessMissing(stat(directory)))?.uid;
    const user = process.geteuid?.();
    return {
      folder: join(directory, folderOf(key)),
      // On Windows, Node does not show owners.
      isOwn: (uid) => this.#isTrusted || user === undefined || [user, 0, owner].includes(uid),
      isTrusted: this.#isTrusted,
      onWarning: this.#onWarning,
    };
  }
}

async function list(log: Log): Promise<Dirent[]> {
  const found = (await listLog(log)) ?? [];
  return found.filter(({ name }) => /^(\d+\.json|\.\d+-[0-9a-f]+\.tmp)$/.test(name));
}

/** A name that any file system takes, also one that knows no case; readable as far as the key is. */
function folderOf(key: string): string {
  const digest = createHash("sha256").update(key).digest("hex");
  const readable = key.replace(/[^0-9A-Za-z]+/g, "-").slice(0, 80);
  return `${readable}-${digest.slice(0, 16)}`;
}

/**
 * Gives an entry its place that a crash has left beside it, if it is the response to the POST that `latest` announces.
 *
 * Any other entry is written again when the rotation resumes, and may be one that nobody should act on any more.
 *
 * @returns Whether the log must be read again.
 */
async function takeUp(log: Log, temporaries: readonly Dirent[], latest: string): Promise<boolean> {
  for (const temporary of temporaries) {
    if (!temporary.isFile() && !temporary.isDirectory()) continue;
    const path = join(log.folder, temporary.name);
    const text = await readBeside(log, temporary);
    // The process that moved or removed it has changed the log, or is about to.
    if (text === undefined && !(await isThere(path))) return true;
    // An entry that is cut does not parse.
    const entry = text === undefined ? undefined : parseEntry(text);
    if (entry?.phase !== "issued" || entry.rotation !== parseEntry(latest)?.rotation) continue;
    const outcome = await placeEntry(path, join(log.folder, nameOf(sequenceOf(temporary))), temporary.isDirectory());
    if (outcome === "placed") await flushFolder(log.folder);
    return true;
  }
  return false;
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What says which key a folder has. Thousands of these small files take a second if each read is asynchronous. */
function keyIn(folder: string): string | undefined {
  try {
    return readTextSync(join(folder, "key"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** A link in its place is not followed. */
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);

function nameOf(sequence: number): string {
  return `${sequence}.json`;
}

function isEntry({ name }: Dirent): boolean {
  return name.endsWith(".json");
}

/** Whether `erase` removes a file: an older entry, or what a crash left of an older one or of this one. */
function isOlder(one: Dirent, than: number): boolean {
  return sequenceOf(one) < than + (isEntry(one) ? 0 : 1);
}

function sequenceOf({ name }: Dirent): number {
  return Number.parseInt(name.replace(/^\./, ""), 10);
}

/** Writes a log's key into its folder, as the folder's name is a digest; before the first entry, so that none is unknown. */
async function nameFolder(folder: string, key: string): Promise<void> {
  const path = join(folder, "key");
  if ((await unlessMissing(readFile(path, { encoding: "utf8", flag: noLink }))) === key) return;
  const file = await openWithoutLinks(path, newFile, 0o600);
  try {
    await keepPrivate(file);
    await file.writeFile(key);
  } finally {
    await file.close();
  }
}
