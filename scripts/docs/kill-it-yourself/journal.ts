import type { Phase } from "../../../src/rotation/index.ts";
import { type Journal, type LatestEntry, MemoryJournal } from "../../../src/rotation/journal.ts";

/** An entry as the page shows it. */
export interface ShownEntry {
  readonly sequence: number;
  readonly phase: Phase;
  readonly secret: string | undefined;
  /** Why the rotation ended without a new secret. */
  readonly abandoned: string | undefined;
}

/** What an entry says, for a person. @param secret how the new secret is called. */
export function meaningOf({ phase, abandoned }: ShownEntry, secret: string): string {
  switch (phase) {
    case "requesting":
      return "a new secret will be requested";
    case "issued":
      return `${secret} is here`;
    case "delivered":
      return `${secret} is in the file`;
    case "verified":
      return `${secret} works, and is in the file`;
    case "finishing":
      return "the old secret will be deleted";
    case "recovering":
      return "an old secret will be deleted to make room";
    case "done":
      return abandoned === undefined ? "the old secret is deleted" : `no new secret: ${abandoned}`;
  }
}

/** A journal in memory, which the page can look into. */
export class ShownJournal implements Journal {
  readonly #journal = new MemoryJournal();
  /** Oldest first. */
  entries: readonly ShownEntry[] = [];

  latest(key: string): Promise<LatestEntry | undefined> {
    return this.#journal.latest(key);
  }

  async append(key: string, sequence: number, entry: string): Promise<boolean> {
    const isFirst = await this.#journal.append(key, sequence, entry);
    const { phase, secret, abandoned } = JSON.parse(entry);
    if (isFirst) this.entries = [...this.entries, { sequence, phase, secret, abandoned }];
    return isFirst;
  }

  async erase(key: string, before: number): Promise<void> {
    await this.#journal.erase(key, before);
    this.entries = this.entries.filter(({ sequence }) => sequence >= before);
  }
}
