import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Named values in a folder: what a stand-in keeps, as consistently as the service does. */
export class Store {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Stores a value if there is none of that name; of several who try at once, one does. */
  create(name: string, value: Buffer): boolean {
    const waiting = join(this.#folder, "waiting");
    const written = join(waiting, String(process.pid));
    for (const folder of [waiting, this.#level(dirname(name))]) mkdirSync(folder, { recursive: true });
    writeFileSync(written, value);
    try {
      linkSync(written, this.#file(name));
      return true;
    } catch (error) {
      if (isError(error, "EEXIST")) return false;
      throw error;
    } finally {
      rmSync(written);
    }
  }

  overwrite(name: string, value: Buffer): void {
    this.remove(name);
    this.create(name, value);
  }

  read(name: string): Buffer | undefined {
    try {
      return readFileSync(this.#file(name));
    } catch (error) {
      if (isError(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** The last parts of the names below one: one read of one directory, so that it shows all of it as it was at one moment. */
  list(above: string): string[] {
    try {
      return readdirSync(this.#level(above)).sort();
    } catch (error) {
      if (isError(error, "ENOENT")) return [];
      throw error;
    }
  }

  remove(name: string): void {
    rmSync(this.#file(name), { force: true });
  }

  // A hash, since a name may be longer than that of a file.
  #level(above: string): string {
    return join(this.#folder, createHash("sha256").update(above).digest("hex"));
  }

  #file(name: string): string {
    return join(this.#level(dirname(name)), basename(name));
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
