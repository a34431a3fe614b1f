import { createHash, randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Journal } from "../rotation/index.ts";
import { hasCode } from "./temporary-file.ts";

/**
 * A journal in a directory: a folder for each client, a file for each entry, readable by its owner alone.
 *
 * An entry is written beside its place, flushed, and given its name by a hard link, which fails if the name exists: so it
 * is there whole or not at all, and of two writers one wins.
 */
export class FileJournal implements Journal {
  readonly #directory: string;

  /**
   * Makes a journal; nothing is read or written yet.
   *
   * @param directory made when the first entry is written; must be on a file system with hard links.
   */
  constructor(directory: string) {
    this.#directory = resolve(directory);
  }

  async latest(key: string): Promise<{ sequence: number; entry: string } | undefined> {
    for (;;) {
      const sequence = Math.max(0, ...(await this.#files(key)).filter(isEntry).map(sequenceOf));
      if (sequence === 0) return undefined;
      try {
        return { sequence, entry: await readFile(join(this.#folder(key), `${sequence}.json`), "utf8") };
      } catch (error) {
        // Erased since it was listed, so there is a later one.
        if (!hasCode(error, "ENOENT")) throw error;
      }
    }
  }

  /**
   * The keys of all logs that were ever begun here.
   *
   * @returns The keys, in no order.
   * @throws {Error} What the system says, if the directory cannot be read; none for one that is not there.
   */
  async keys(): Promise<string[]> {
    const found = (await unlessMissing(readdir(this.#directory, { withFileTypes: true }))) ?? [];
    const keys: string[] = [];
    for (const { name } of found.filter((one) => one.isDirectory())) {
      const folder = join(this.#directory, name);
      const key = await unlessMissing(readFile(join(folder, "key"), "utf8"));
      // Not one that a crash has cut.
      if (key !== undefined && this.#folder(key) === folder) keys.push(key);
    }
    return keys;
  }

  async append(key: string, sequence: number, entry: string): Promise<boolean> {
    const folder = this.#folder(key);
    await makeFolder(folder);
    await nameFolder(folder, key);
    // Its sequence is in its name, so that `erase` finds what a crash left.
    const beside = join(folder, `.${sequence}-${randomBytes(8).toString("hex")}.tmp`);
    try {
      const file = await open(beside, "wx", 0o600);
      try {
        await file.chmod(0o600); // Whatever the umask.
        await file.writeFile(entry);
        await file.sync();
      } finally {
        await file.close();
      }
      try {
        await link(beside, join(folder, `${sequence}.json`));
      } catch (error) {
        // Taken; or taken, and what was beside its place has been erased with what is older.
        if (hasCode(error, "EEXIST") || hasCode(error, "ENOENT")) return false;
        throw error;
      }
      await flush(folder);
      return true;
    } finally {
      // What cannot be removed now is erased later; it must not hide how the append has ended.
      await rm(beside, { force: true }).catch(() => undefined);
    }
  }

  async erase(key: string, before: number): Promise<void> {
    // Whatever a crash left beside the place of `before` itself is old as well, since that entry is there.
    const old = (await this.#files(key)).filter((name) => sequenceOf(name) < before + (isEntry(name) ? 0 : 1));
    for (const name of old) await rm(join(this.#folder(key), name), { force: true });
    if (old.length > 0) await flush(this.#folder(key));
  }

  /** A name that any file system takes, also one that knows no case; readable as far as the key is. */
  #folder(key: string): string {
    const digest = createHash("sha256").update(key).digest("hex");
    const readable = key.replace(/[^0-9A-Za-z]+/g, "-").slice(0, 80);
    return join(this.#directory, `${readable}-${digest.slice(0, 16)}`);
  }

  async #files(key: string): Promise<string[]> {
    const names = (await unlessMissing(readdir(this.#folder(key)))) ?? [];
    return names.filter((name) => /^(\d+\.json|\.\d+-[0-9a-f]+\.tmp)$/.test(name));
  }
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isEntry(name: string): boolean {
  return name.endsWith(".json");
}

function sequenceOf(name: string): number {
  return Number.parseInt(name.replace(/^\./, ""), 10);
}

/** Makes a folder and those above it, each its owner's alone whatever the umask, and each lasting. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    if (!hasCode(error, "ENOENT") || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    try {
      await mkdir(folder, 0o700);
    } catch (error) {
      // Somebody else has just made it. If there is still nothing to make it in, the one above is a link to nowhere.
      if (hasCode(error, "EEXIST")) return;
      throw error;
    }
  }
  await chmod(folder, 0o700);
  await flush(dirname(folder));
}

/** Writes a log's key into its folder, as the folder's name is a digest; before the first entry, so that none is unknown. */
async function nameFolder(folder: string, key: string): Promise<void> {
  const file = join(folder, "key");
  if ((await unlessMissing(readFile(file, "utf8"))) === key) return;
  await writeFile(file, key, { mode: 0o600 });
  await chmod(file, 0o600); // Whatever the umask.
}

/** Makes a folder's list of names durable. Windows has no way to ask for it, and does it by itself. */
async function flush(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
