import { ShownJournal } from "./journal.ts";
import { type Moment, moments, Process, type Wishes } from "./process.ts";
import { World } from "./world.ts";

const minute = 60_000;

/** Something that a person can do about a program that has stopped. */
export interface Remedy {
  readonly label: string;
  readonly act: () => void | Promise<void>;
}

/** One of the two programs, in its own world. */
export class Side {
  readonly world = new World();
  /** Undefined for the plain script. */
  readonly journal: ShownJournal | undefined;
  process: Process | undefined;
  /** What the visitor has just done to it. */
  news = "";

  constructor(program: "with-journal" | "plain-script") {
    if (program === "with-journal") this.journal = new ShownJournal();
  }

  get isRunning(): boolean {
    return this.process?.at !== undefined;
  }

  /** Whether the program has not come to its end, or the service is locked out. */
  get isBroken(): boolean {
    return this.process !== undefined && !this.isRunning && !(this.process.end?.code === "done" && this.world.isUp);
  }

  /** Whether a response is under way. */
  get canLose(): boolean {
    return this.process?.at?.isResponse ?? false;
  }

  /** Whether the program may take a step while the other one is where it is. */
  mayStep({ isRunning, process }: Side): boolean {
    if (!this.isRunning || this.journal || !isRunning) return this.isRunning;
    const place = (moment: Moment = "start") => moments.indexOf(moment);
    return place(process?.moment) >= place(this.process?.moment);
  }

  async start(wishes: Wishes = {}): Promise<void> {
    this.process = new Process(this.world, this.journal, wishes);
    await this.process.stopped;
  }

  step(isLost = false): Promise<void> {
    return this.process?.next(isLost) ?? Promise.resolve();
  }

  kill(): void {
    this.process?.kill();
  }

  /** Whether running the program again is what comes next. */
  get canResume(): boolean {
    if (!this.isBroken || this.#mustDelete) return false;
    const { isKilled, end } = this.process ?? {};
    return isKilled || !this.journal || end?.code === "done" || end?.nextStep !== undefined;
  }

  /** Runs the program again: a person needs a minute for it, or comes back when it may continue. */
  async resume(): Promise<void> {
    this.world.advance(this.process?.end?.code === "overlap-not-over" ? 60 * minute : minute);
    await this.start();
  }

  /** What else a person can do, where running it again is not enough. */
  get remedy(): Remedy | undefined {
    const { code } = this.process?.end ?? {};
    if (!this.isBroken || code === undefined) return undefined;
    if (this.#mustDelete) return { label: "Delete the old secret by hand", act: () => this.#deleteByHand() };
    if (!this.journal) return undefined;
    if (code === "check-failed" && this.world.file !== this.journal.entries.at(-1)?.secret)
      return { label: "Deliver again", act: () => this.#after({ redeliver: ["file"] }) };
    const needsSecret = code === "secret-missing" || (!this.world.isUp && !this.canResume);
    return needsSecret
      ? { label: "Recover, and accept downtime", act: () => this.#after({ acceptDowntime: true }) }
      : undefined;
  }

  /** Whether the API has told the script to delete the old secret first. */
  get #mustDelete(): boolean {
    return this.process?.end?.code === "409" && this.world.working().length > 1;
  }

  async #deleteByHand(): Promise<void> {
    this.world.advance(minute);
    await this.world.deleteByHand();
  }

  async #after(wishes: Wishes): Promise<void> {
    this.world.advance(minute);
    await this.start(wishes);
  }

  /** Secrets that work, and that nobody has; the one before that of the service is only old. */
  get lost(): readonly string[] {
    const working = this.world.working();
    const used = working.indexOf(this.world.used);
    return working.filter(
      (secret, index) => this.holdersOf(secret).length === 0 && !(this.world.hasServed(secret) && index < used),
    );
  }

  /** Who has a secret. */
  holdersOf(secret: string): string[] {
    const { world, process, journal } = this;
    return [
      secret === world.used && "service",
      secret === world.file && "file",
      journal?.entries.some((entry) => entry.secret === secret) && "journal",
      secret === process?.held && (process.at?.moment === "requested" ? "under way" : "memory"),
      world.others.has(secret) && "another person",
    ].filter((holder) => typeof holder === "string");
  }
}
