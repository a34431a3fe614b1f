/** The latest entry of a log. */
export interface LatestEntry {
  /** 1 or more. */
  readonly sequence: number;
  /** As it was appended: JSON, in one line. */
  readonly entry: string;
  /** Whether the log has older entries. Left out if the journal cannot tell; then `erase` is called to make sure. */
  readonly hasOlder?: boolean;
}

/**
 * An append-only log for each key. It has no lock, hence no stale lock; who appends a sequence first has won it.
 *
 * An entry holds the new client secret: a journal that leaves the machine must be sealed.
 */
export interface Journal {
  /**
   * The entry with the highest sequence.
   *
   * A store whose reads lag may return a lower sequence than one that was appended, for some seconds. It is read again then:
   * a lower sequence is never another run.
   *
   * @param key the log: account and client.
   * @returns The entry; undefined if the journal has no entry.
   * @throws An error if the journal cannot be read. Never return undefined for a failure.
   */
  latest(key: string): Promise<LatestEntry | undefined>;

  /**
   * Adds an entry, durably: once this resolves to true, a crash does not lose it.
   *
   * @param key the log: account and client.
   * @param sequence 1 or more.
   * @param entry JSON, in one line.
   * @returns False if the sequence exists already; the log is unchanged then.
   * @throws If it is not known to be durable.
   */
  append(key: string, sequence: number, entry: string): Promise<boolean>;

  /**
   * Removes the entries whose sequence is lower. If it is interrupted, it is called again later.
   *
   * @param key the log: account and client.
   * @param before the lowest sequence that stays.
   * @throws If some of them may be left.
   */
  erase(key: string, before: number): Promise<void>;
}

/** A journal that lasts as long as the object: for tests, and for platforms whose own storage is wrapped around it. */
export class MemoryJournal implements Journal {
  readonly #logs = new Map<string, Map<number, string>>();

  async latest(key: string): Promise<LatestEntry | undefined> {
    const log = this.#logs.get(key);
    if (!log?.size) return undefined;
    const sequence = Math.max(...log.keys());
    return { sequence, entry: log.get(sequence) ?? "", hasOlder: log.size > 1 };
  }

  async append(key: string, sequence: number, entry: string): Promise<boolean> {
    const log = this.#logs.get(key) ?? new Map<number, string>();
    if (log.has(sequence)) return false;
    this.#logs.set(key, log.set(sequence, entry));
    return true;
  }

  async erase(key: string, before: number): Promise<void> {
    const log = this.#logs.get(key) ?? new Map<number, string>();
    for (const sequence of log.keys()) if (sequence < before) log.delete(sequence);
  }
}
