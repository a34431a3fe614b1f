import type { Journal } from "../rotation/index.ts";

/** What the journal uses of a Durable Object's storage; `ctx.storage` is one. */
export interface JournalStorage {
  /**
   * Lists values by their keys.
   *
   * @param options keys that begin with `prefix`, up to but without `end`, from the last if `reverse`, `limit` at most.
   * @returns The values by key.
   * @throws The error of the storage.
   */
  list(options: {
    readonly prefix: string;
    readonly end?: string;
    readonly reverse?: boolean;
    readonly limit: number;
  }): Promise<Map<string, unknown>>;
  /**
   * Deletes values.
   *
   * @param keys of the values, 128 at most.
   * @returns How many there were.
   * @throws The error of the storage.
   */
  delete(keys: string[]): Promise<number>;
  /**
   * Does something as a whole or not at all.
   *
   * @param closure what to do; it reads by `get` and writes by `put`.
   * @returns What the closure returns.
   * @throws The error of the storage.
   */
  transaction<T>(
    closure: (transaction: {
      get(key: string): Promise<unknown>;
      put(key: string, value: unknown): Promise<void>;
    }) => Promise<T>,
  ): Promise<T>;
  /**
   * Waits until what was written is durable.
   *
   * @throws The error of the storage.
   */
  sync?(): Promise<void>;
}

/** As many keys as one `delete` takes. */
const batch = 128;

/**
 * A journal in a Durable Object's storage, under keys that begin with `rotation-journal/`. The platform lets one object of a
 * name live at a time, so that give each client an object of its own.
 *
 * What was deleted there can be restored for 30 days: seal it, by `sealed(durableObjectJournal(storage), key)`.
 *
 * @param storage of an object with the SQLite backend, where an entry may have 2 MB; the older one takes 128 KiB.
 * @returns A journal that rejects with the errors of the storage.
 * @see https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
 */
export function durableObjectJournal(storage: JournalStorage): Journal {
  return {
    async latest(key) {
      const prefix = prefixOf(key);
      // What is no text was not written here, and is found out as no entry.
      const found = await storage.list({ prefix, reverse: true, limit: 2 });
      for (const [name, entry] of found)
        return {
          sequence: Number(name.slice(prefix.length)),
          entry: typeof entry === "string" ? entry : "",
          hasOlder: found.size > 1,
        };
      return undefined;
    },

    async append(key, sequence, entry) {
      const name = nameOf(key, sequence);
      // Without it, two runs in the same object could both find the place free before either takes it.
      const isAppended = await storage.transaction(async (transaction) => {
        if ((await transaction.get(name)) !== undefined) return false;
        await transaction.put(name, entry);
        return true;
      });
      // A write is confirmed before it is durable. The platform holds back everything that the object sends until it is, and resets
      // the object if that fails. But the result of `append` is not sent anywhere, so wait for it here.
      await storage.sync?.();
      return isAppended;
    },

    async erase(key, before) {
      const prefix = prefixOf(key);
      for (;;) {
        const old = await storage.list({ prefix, end: nameOf(key, before), limit: batch });
        if (old.size === 0) break;
        await storage.delete([...old.keys()]);
      }
      await storage.sync?.();
    },
  };
}

/** Escaped, so that no log's prefix is that of another. */
function prefixOf(key: string): string {
  return `rotation-journal/${encodeURIComponent(key)}/`;
}

/** Of one length, so that names are in the order of their sequences. */
function nameOf(key: string, sequence: number): string {
  return prefixOf(key) + String(sequence).padStart(16, "0");
}
