import { clearLine, cursorTo } from "node:readline";
import type { Phase, RotationEvent, Verdict, VerifyEvent } from "../../rotation/index.ts";
import type { Output } from "./output.ts";

/** What each phase means, as it is entered. */
const entered: Readonly<Record<Phase, string>> = {
  requesting: "recorded in the journal, before the request is sent",
  issued: "the new secret is saved in the journal",
  delivered: "every sink has the new secret",
  verified: "every check that you asked for has passed",
  finishing: "recorded in the journal, before the old secret is deleted",
  recovering: "recorded in the journal, before an older secret is deleted to make room",
  done: "the old secret is deleted",
};

/** The same, of an event. */
function enteredBy({ phase, abandoned, isOnly }: Extract<RotationEvent, { type: "phase" }>): string {
  if (abandoned !== undefined) return "this rotation ended without a new secret";
  return isOnly && phase === "done" ? "the journal no longer holds the secret" : entered[phase];
}

const requests = {
  read: "reading the client",
  list: "looking for a client of that name",
  create: "requesting a new client",
  rotate: "requesting a new secret",
  delete: "deleting a secret",
} as const;

const verdicts: Readonly<Record<Verdict, string>> = {
  accepted: "the new secret is accepted",
  refused: "the secret is refused",
  inconclusive: "no clear answer",
};

const controls: Readonly<Record<Verdict, string>> = {
  accepted: "accepts a deliberately wrong secret, so it cannot verify anything",
  refused: "refuses a deliberately wrong secret",
  inconclusive: "gives no clear answer to a deliberately wrong secret",
};

/** Waits of less than this are not told where every line stays, in ms. */
const shortWait = 5000;
/** How far the ends of two waits for the same thing may lie apart for them to be one wait, in ms. */
const sameEnd = 5000;

/**
 * Shows what a rotation does. On a terminal it is a line that changes, below the lines of the steps that are settled: it counts the seconds
 * of a wait down, and those of anything else up. Elsewhere it is a line for each thing.
 */
export class Progress {
  readonly #output: Output;
  readonly #isLive: boolean;
  #timer: NodeJS.Timeout | undefined;
  #current = "";
  /** Since when. */
  #since = 0;
  #until: number | undefined;
  #inARow = 0;
  #isWaiting = false;
  /** How the check last failed, which is repeated. */
  #checkFailure: string | undefined;
  /** The wait that was last told where every line stays. */
  #told: { readonly why: string; readonly until: number } | undefined;

  constructor(output: Output) {
    this.#output = output;
    this.#isLive = process.stderr.isTTY === true && process.env.TERM !== "dumb";
    output.settle = () => this.#erase();
  }

  /** Takes an event of a rotation or a verification. */
  readonly onEvent = (event: RotationEvent): void => {
    const isLook = event.type === "request" && (event.request === "read" || event.request === "list");
    if (event.type !== "wait" && !isLook) this.#isWaiting = false;
    switch (event.type) {
      case "warning":
        this.#output.warn(event.message);
        break;
      case "downtime":
        this.#downtime(event.from, event.until);
        break;
      case "phase":
        this.#settled(`${event.phase}: ${enteredBy(event)}`);
        break;
      case "request":
        // A wait reads the client at each of its turns.
        if (!isLook || !this.#isWaiting) this.#now(requests[event.request]);
        break;
      case "deliver":
        this.#now(`delivering to ${event.sink}`);
        break;
      case "confirm":
        this.#now(`reading the secret back from ${event.sink}`);
        break;
      case "activate":
        this.#now("running your activation command");
        break;
      case "check":
        this.#check(event);
        break;
      case "wait":
        this.#wait(event.why, event.until);
        break;
      case "verify":
        if (event.control) this.#now(`sending a deliberately wrong secret to the ${event.endpoint} endpoint`);
        // Its verdict follows at once, and is enough where every line stays.
        else if (this.#isLive) this.#now(`attempt ${event.attempt}: authenticating at the ${event.endpoint} endpoint`);
        break;
      case "verdict":
        this.#answered(event);
    }
  };

  /** On a terminal, shows a text until the work is done. */
  async during<T>(text: string, work: Promise<T>): Promise<T> {
    if (this.#isLive) this.#now(text);
    try {
      return await work;
    } finally {
      this.stop();
    }
  }

  /** Ends the live line. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    this.#current = "";
  }

  #answered({ control, attempt, endpoint, verdict = "inconclusive" }: VerifyEvent): void {
    if (control) {
      this.#inARow = 0;
      const mark = verdict === "refused" ? "good" : "unclear";
      this.#settled(`issuer check: the ${endpoint} endpoint ${controls[verdict]}`, mark);
      return;
    }
    if (attempt === 1) this.#inARow = 0;
    this.#inARow = verdict === "accepted" ? this.#inARow + 1 : 0;
    const inARow = verdict === "accepted" ? ` (${this.#inARow} of 3 in a row)` : "";
    this.#settled(`attempt ${attempt}: ${verdicts[verdict]}${inARow}`, verdict === "accepted" ? "good" : "unclear");
  }

  #check({ attempt, of, failure, until = 0 }: Extract<RotationEvent, { type: "check" }>): void {
    if (failure === undefined) {
      // It may be repeated each second until a rollout is over.
      if (this.#isLive || this.#checkFailure === undefined || attempt > 1)
        this.#now(`running your check: is the new secret deployed? (${attempt} of ${of})`);
    } else if (failure !== this.#checkFailure) {
      this.#checkFailure = failure;
      this.#settled(`your check: ${failure}. It is repeated until ${new Date(until).toISOString()}`, "unclear");
    }
  }

  #downtime(from: number, until: number | undefined): void {
    if (until === undefined) this.#output.warn("Downtime may start now. It ends when every sink has the new secret.");
    else
      this.#output.warn(
        `Every sink has the new secret. For up to ${((until - from) / 1000).toFixed(1)} s no deployed secret may have worked.`,
      );
  }

  #settled(text: string, how: "good" | "unclear" = "good"): void {
    this.#erase();
    this.#current = "";
    this.#until = undefined;
    this.#output.note({ mark: how, text });
  }

  /** Shows a wait. On a terminal it counts down; elsewhere it is one line. */
  #wait(why: string, until: number): void {
    this.#isWaiting = true;
    if (this.#isLive) {
      this.#now(`waiting ${why}`, until);
      return;
    }
    const isTold = this.#told?.why === why && Math.abs(this.#told.until - until) < sameEnd;
    if (isTold || until - Date.now() < shortWait) return;
    this.#told = { why, until };
    if (!this.#output.isQuiet) this.#output.note(`  waiting ${why}, at most until ${new Date(until).toISOString()}`);
  }

  #now(text: string, until?: number): void {
    if (this.#output.isQuiet) return;
    if (text !== this.#current) this.#since = performance.now();
    this.#current = text;
    this.#until = until;
    if (!this.#isLive) {
      this.#output.note(`  ${text}`);
      return;
    }
    this.#draw();
    // Keeps no process alive.
    this.#timer ??= setInterval(() => this.#draw(), 250).unref();
  }

  #draw(): void {
    if (!this.#current) return;
    const seconds =
      this.#until === undefined
        ? Math.floor((performance.now() - this.#since) / 1000)
        : Math.max(0, Math.ceil((this.#until - Date.now()) / 1000));
    const shown = this.#until === undefined && seconds === 0 ? "" : ` ${seconds} s`;
    this.#erase();
    this.#output.live(`  ${this.#current}${shown}`);
  }

  #erase(): void {
    if (!this.#isLive || !this.#current) return;
    clearLine(process.stderr, 0);
    cursorTo(process.stderr, 0);
  }
}
