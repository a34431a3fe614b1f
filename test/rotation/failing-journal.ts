import { type Entry, parseEntry } from "../../src/rotation/entry.ts";
import { MemoryJournal } from "../../src/rotation/index.ts";

/**
 * How a write fails. `after`: it rejects, but the entry is there. `unacknowledged`: it is there, and said not to be.
 * `unreadable`: it is there, but the journal cannot be read just then.
 */
export type WriteFailure = "before" | "after" | "unacknowledged" | "unreadable";

/** A journal whose writes fail where a test says so. */
export class FailingJournal extends MemoryJournal {
  /** Whether, and how, the write of an entry fails. */
  writing: (entry: Entry) => WriteFailure | undefined = () => undefined;
  /** What a rejection says. */
  message = "ENOSPC: no space left on device";
  #isUnreadable = false;

  /** Fails the first write of a phase. */
  failOnce(phase: Entry["phase"], how: WriteFailure): void {
    this.writing = (entry) => {
      if (entry.phase !== phase) return undefined;
      this.writing = () => undefined;
      return how;
    };
  }

  override async latest(key: string): Promise<{ sequence: number; entry: string } | undefined> {
    if (!this.#isUnreadable) return super.latest(key);
    this.#isUnreadable = false;
    throw new Error(this.message);
  }

  override async append(key: string, sequence: number, text: string): Promise<boolean> {
    const entry = parseEntry(text);
    const how = entry && this.writing(entry);
    if (how === "before") throw new Error(this.message);
    const won = await super.append(key, sequence, text);
    if (how === "after") throw new Error(this.message);
    this.#isUnreadable = how === "unreadable";
    return won && how !== "unacknowledged";
  }
}
