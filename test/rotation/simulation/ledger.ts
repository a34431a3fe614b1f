import type { Process } from "./process.ts";

/** The life of a secret. */
export interface SecretLife {
  readonly value: string;
  /** A part of it that no other secret has. */
  readonly mark: string;
  /** Older ones have lower numbers; the one before everything is 0. */
  readonly number: number;
  readonly bornAt: number;
  /** The request that made it; undefined for the first one. */
  readonly madeBy: Change | undefined;
  diedAt?: number;
  killedBy?: Change;
}

/** A request that changes the client, by a process or by somebody else. */
export interface Change {
  readonly kind: "POST" | "DELETE" | "PATCH";
  /** Undefined: somebody else's. */
  readonly by: Process | undefined;
  /** When `fetch` was called. */
  readonly calledAt: number;
  /** When it left the machine; later than `calledAt` if the process was frozen just then. */
  sentAt: number;
  appliedAt?: number;
  /** When a 2xx came back to a process that still waited for it. */
  confirmedAt?: number;
  /** When its response reached the machine, read or not. */
  arrivedAt?: number;
  /** Whether the process has given up waiting. */
  givenUpAt?: number;
  /** When the response will reach the machine; undefined if none ever does. */
  arrivesAt?: number;
  secret?: SecretLife;
  /** The journal entry that announced it. */
  readonly announcement: Append | undefined;
}

/** An entry as a journal took it. Of the entry, only what is documented of it is read. */
export interface Append {
  readonly sequence: number;
  readonly by: Process;
  readonly calledAt: number;
  readonly at: number;
  readonly entry: EntryFields;
  readonly text: string;
  uses: number;
}

/** The fields of an entry that the rules are about. */
export interface EntryFields {
  readonly phase: string;
  readonly rotation: string;
  readonly overlap?: number;
  readonly verifiedAt?: number;
  readonly secret?: string;
  readonly abandoned?: string;
  readonly downtimeFrom?: number;
  readonly baseline?: string;
  readonly sha256?: string;
  readonly acceptDowntime?: boolean;
  readonly sinks?: readonly { readonly name: string }[];
  readonly delivered?: readonly string[];
  readonly failed?: { readonly count: number };
  readonly declined?: { readonly verify?: boolean; readonly check?: boolean };
}

/** A secret that was delivered, as it took effect. */
export interface Delivery {
  readonly sink: string;
  readonly value: string;
  readonly by: Process;
  readonly calledAt: number;
  readonly at: number;
  /** Whether the sink said so. */
  readonly isTold: boolean;
}

/** A rule that was broken. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
  readonly at: number;
}

/** What truly happened, and what was made of it. */
export class Ledger {
  readonly secrets: SecretLife[] = [];
  readonly changes: Change[] = [];
  readonly deliveries: Delivery[] = [];
  readonly violations: Violation[] = [];
  /** How often each documented limit excused what would have been a violation. */
  readonly excuses: Record<string, number> = {};
  /** How often each phase, error code and ending occurred. */
  readonly seen: Record<string, number> = {};
  readonly trace: string[] = [];
  /** Whether some machine's clock was set. */
  hasClockJumped = false;
  /** How far some read has lagged, in ms. */
  longestLag = 0;
  /** Secrets that an issuer refused, and when; by their value. */
  readonly refusals = new Map<string, number[]>();
  /** Secrets that an issuer accepted from some process, and when it was last asked. */
  readonly acceptances = new Map<string, number>();
  /** When a place was last shown to hold a secret, by its name and the secret. */
  readonly confirmations = new Map<string, number>();
  /** Secrets that an operator adopted. */
  readonly adopted = new Set<string>();
  #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  note(line: string): void {
    const at = (this.#now() - this.#start) / 1000;
    this.trace.push(`${at.toFixed(3).padStart(11)} ${line}`);
  }

  get #start(): number {
    return 1_795_564_800_000;
  }

  count(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  break(rule: string, what: string): void {
    this.violations.push({ rule, what, at: this.#now() });
    this.note(`!! ${rule}: ${what}`);
  }

  /** Breaks the rule unless one of the documented limits excuses it. */
  judge(rule: string, what: string, excuses: Readonly<Record<string, () => boolean>>): void {
    for (const [name, holds] of Object.entries(excuses)) {
      if (!holds()) continue;
      const key = `${rule}: ${name}`;
      this.excuses[key] = (this.excuses[key] ?? 0) + 1;
      this.note(`(excused) ${what}: ${name}`);
      return;
    }
    this.break(rule, what);
  }

  /** Whether a text holds a secret, or what tells it from others. */
  isLeakedIn(text: string): boolean {
    return this.secrets.some(({ mark }) => text.includes(mark));
  }

  lifeOf(value: string): SecretLife | undefined {
    return this.secrets.find((secret) => secret.value === value);
  }

  /** Those that the server accepts now, oldest first. */
  get alive(): SecretLife[] {
    return this.secrets.filter(({ diedAt }) => diedAt === undefined);
  }

  /** Changes by anybody but the runs of one journal. */
  foreignTo(process: Process): Change[] {
    return this.changes.filter(({ by, appliedAt }) => by?.journal !== process.journal && appliedAt !== undefined);
  }

  /** Names a secret in a trace, without its value. */
  nameOf(value: string): string {
    const life = this.lifeOf(value);
    return life ? `S${life.number}` : value === "" ? "(empty)" : "(unknown secret)";
  }
}
