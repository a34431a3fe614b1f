import type { AlarmStorage, AlarmTransaction, JournalStorage } from "../../src/workers/index.ts";

/** Stands in for a Durable Object's storage; one transaction at a time. */
export class MemoryStorage implements AlarmStorage, JournalStorage {
  values = new Map<string, unknown>();
  /** When the alarm is due, in ms since the epoch. */
  alarm: number | undefined;
  /** Whether every transaction fails. */
  isBroken = false;
  #last: Promise<unknown> = Promise.resolve();

  async get(key: string): Promise<unknown> {
    return structuredClone(this.values.get(key));
  }

  async list(options: {
    prefix: string;
    end?: string;
    reverse?: boolean;
    limit: number;
  }): Promise<Map<string, unknown>> {
    const { prefix, end, reverse, limit } = options;
    const found = [...this.values].filter(([key]) => key.startsWith(prefix) && (end === undefined || key < end));
    found.sort(([a], [b]) => (a < b === (reverse ?? false) ? 1 : -1));
    return new Map(found.slice(0, limit));
  }

  async delete(keys: string[]): Promise<number> {
    return keys.filter((key) => this.values.delete(key)).length;
  }

  transaction<T>(closure: (transaction: AlarmTransaction) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#transact(closure));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #transact<T>(closure: (transaction: AlarmTransaction) => Promise<T>): Promise<T> {
    if (this.isBroken) throw new Error("The storage is broken.");
    return closure({
      get: (key) => this.get(key),
      put: async (key, value) => void this.values.set(key, structuredClone(value)),
      setAlarm: async (time) => {
        this.alarm = time;
      },
      deleteAlarm: async () => {
        this.alarm = undefined;
      },
    });
  }
}
