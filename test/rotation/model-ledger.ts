import { type Entry, type Phase, parseEntry } from "../../src/rotation/entry.ts";
import type { Sandbox, SandboxOptions, SandboxRequest } from "../../src/sandbox/index.ts";
import { clientId } from "./world.ts";

/** Where a deployed secret is: what the sinks write to. */
export interface Service {
  deployed: string;
  /** The directory that delivered it; none at first. */
  by?: Directory;
}

/** A state directory: a journal, and the service that it deploys to. */
export interface Directory {
  readonly name: string;
  readonly service: Service;
  /** The latest entry of its journal. */
  entry?: Entry;
}

/** What a process of an operator has done so far. */
export interface Doings {
  readonly directory: Directory;
  readonly startedAt: number;
  /** Whether its operator accepts a downtime. */
  readonly isRecovery: boolean;
  /** When the change that it accepts by name was shown. */
  readonly changeShownAt?: number | undefined;
  /** The last entry that it won, and whether the request that it announces was sent. */
  won?: { readonly entry: Entry; used: boolean };
  /** The last request that it sent. */
  lastSent?: string;
  /** What the sink read back the last time. */
  readBack?: string;
  /** How often the issuer accepted each secret. */
  readonly accepted: Map<string, number>;
}

/** A request that changes secrets. */
interface Change {
  /** None for somebody else. */
  readonly by: Doings | undefined;
  readonly method: "POST" | "DELETE";
  readonly sentAt: number;
  readonly entry: Entry | undefined;
  request?: SandboxRequest;
  appliedAt?: number;
  /** Whether its answer has come, and says what was done. */
  answered: boolean;
}

/** The client's time-out, and with the longest lag the time after which a request without an answer is known to be lost. */
export const timeout = 10_000;
const settling = timeout + 30_000;

/** What may follow each phase; `undefined`: the journal is empty. */
const follow: ReadonlyMap<Phase | undefined, readonly Phase[]> = new Map<Phase | undefined, readonly Phase[]>([
  [undefined, ["requesting"]],
  ["done", ["requesting"]],
  ["requesting", ["requesting", "issued", "recovering", "done"]],
  ["issued", ["issued", "delivered", "done"]],
  ["delivered", ["verified", "done"]],
  // Again where another run wants the old secret kept for longer, or not so long.
  ["verified", ["verified", "finishing", "done"]],
  ["finishing", ["finishing", "done"]],
  ["recovering", ["recovering", "requesting"]],
]);

/** Why a secret that was in use may die. */
export type Excuse = "somebody else" | "another directory" | "downtime accepted" | "change accepted" | "unseen change";

/** Holds everything that happens to what must never happen. */
export class Ledger {
  readonly violations: string[] = [];
  /** How often secrets in use died, and why they were allowed to. */
  readonly excused = new Map<Excuse, number>();
  readonly #changes: Change[] = [];
  /** When somebody else changed something but the secrets. */
  readonly #renamed: number[] = [];
  readonly #sandbox: Sandbox;
  readonly #options: SandboxOptions;
  readonly #directories: readonly Directory[];
  #live: readonly string[];
  /** When each secret that is no longer accepted died. */
  readonly #died = new Map<string, number>();

  constructor(sandbox: Sandbox, options: SandboxOptions, directories: readonly Directory[]) {
    this.#sandbox = sandbox;
    this.#options = options;
    this.#directories = directories;
    this.#live = sandbox.secretsOf(clientId);
  }

  #expect(holds: boolean, rule: string): void {
    if (!holds) this.violations.push(rule);
  }

  /** A process has won an entry. */
  appended(doings: Doings, text: string): void {
    const entry = parseEntry(text);
    if (!entry) throw new Error("An entry that is no entry was appended.");
    const { directory } = doings;
    const before = directory.entry;
    const step = `${before?.phase} → ${entry.phase}`;
    this.#expect(follow.get(before?.phase)?.includes(entry.phase) ?? false, `the state table has no ${step}`);
    const goesOn = before !== undefined && before.phase !== "done";
    this.#expect(goesOn === (before?.rotation === entry.rotation), `${step}: two rotations under way in one journal`);
    const isWish = entry.acceptDowntime && !(goesOn && before.acceptDowntime);
    this.#expect(!isWish || doings.isRecovery, `${step}: a downtime accepted by nobody`);
    const isGivenUp = before?.phase === "requesting" && entry.phase === "done";
    this.#expect(!isGivenUp || this.#hadTheirTime("POST", entry), `${step}: a request may still be applied`);
    directory.entry = entry;
    doings.won = { entry, used: false };
  }

  /** A request is about to be sent; somebody else's, if there are no doings. */
  sends(doings: Doings | undefined, method: "POST" | "DELETE"): Change {
    const entry = doings?.won?.entry;
    const change: Change = {
      by: doings,
      method,
      sentAt: Date.now(),
      entry,
      answered: false,
    };
    if (doings) {
      this.#expect(doings.won?.used === false, `${method} without an entry of its own`);
      if (method === "POST") this.#mayPost(entry);
      else this.#mayDelete(doings, entry);
      if (doings.won) doings.won.used = true;
    }
    this.#changes.push(change);
    return change;
  }

  #mayPost(entry: Entry | undefined): void {
    this.#expect(entry?.phase === "requesting", `POST from ${entry?.phase}`);
    this.#expect(
      entry?.acceptDowntime === true || this.#hadTheirTime("POST", entry),
      "POST again before the first has had its time",
    );
  }

  /** The requests of a rotation, of the same kind, whose answers have not come, or do not say what was done. */
  #open(method: "POST" | "DELETE", entry: Entry | undefined): Change[] {
    return this.#changes.filter(
      ({ method: sent, entry: then, answered }) =>
        sent === method &&
        then?.rotation === entry?.rotation &&
        !answered &&
        (sent === "POST" || then?.phase === entry?.phase),
    );
  }

  #hadTheirTime(method: "POST" | "DELETE", entry: Entry | undefined): boolean {
    return this.#open(method, entry).every(({ sentAt }) => Date.now() >= sentAt + settling);
  }

  #mayDelete({ directory, lastSent, accepted, readBack }: Doings, entry: Entry | undefined): void {
    if (entry?.phase === "recovering") {
      this.#expect(entry.acceptDowntime, "DELETE to make room though no downtime was accepted");
      this.#expect(this.#options.onSecondRotation === "refuse", "DELETE to make room where the server makes it");
      return;
    }
    this.#expect(entry?.phase === "finishing", `DELETE from ${entry?.phase}`);
    this.#expect(this.#hadTheirTime("DELETE", entry), "DELETE again before the first has had its time");
    const secret = entry?.secret ?? "";
    this.#expect(lastSent === "GET client", `DELETE right after ${lastSent}`);
    this.#expect(entry?.delivered.includes(directory.name) ?? false, "DELETE before the sink has the secret");
    this.#expect((accepted.get(secret) ?? 0) >= 3, "DELETE before the secret was accepted three times");
    this.#expect(readBack === secret, "DELETE though the sink read back another secret");
  }

  /** Somebody else has changed something but the secrets. */
  renamed(): void {
    this.#renamed.push(Date.now());
  }

  /** A secret goes where another one is. */
  delivers({ directory, startedAt }: Doings, secret: string): void {
    const diedAt = this.#died.get(secret);
    const isKnowable = diedAt !== undefined && diedAt < startedAt - (this.#options.readLag ?? 0);
    this.#expect(
      !isKnowable || this.#died.has(directory.service.deployed),
      `${directory.name} delivers a secret that was dead when it started in place of one that works`,
    );
  }

  /** Looks what the server has done since it was last looked at: at most one change. */
  observe(): void {
    const fresh = this.#changes.filter(({ request, appliedAt }) => request?.applied && appliedAt === undefined);
    const live = this.#sandbox.secretsOf(clientId);
    const died = this.#live.filter((secret) => !live.includes(secret));
    const [change] = fresh;
    if (fresh.length > 1 || (died.length > 0 && !change)) throw new Error("The model has lost track of the server.");
    this.#live = live;
    if (!change) return;
    change.appliedAt = Date.now();
    for (const secret of died) {
      this.#died.set(secret, Date.now());
      this.#judge(secret, change);
    }
  }

  #judge(secret: string, change: Change): void {
    const holders = this.#directories.filter(
      ({ entry, service }) => service.deployed === secret || (entry?.secret === secret && entry.phase !== "done"),
    );
    // Between its proof and its removal a secret leaves the service that it was made for, or it was never in one.
    if (holders.length === 0) return;
    const excuse = this.#excuse(secret, change, holders);
    if (excuse) this.excused.set(excuse, (this.excused.get(excuse) ?? 0) + 1);
    else
      this.violations.push(
        `${change.method} by ${change.by?.directory.name} from ${change.entry?.phase} killed a secret in use`,
      );
  }

  #excuse(secret: string, change: Change, holders: readonly Directory[]): Excuse | undefined {
    const { by, entry, method, sentAt } = change;
    if (!by) return "somebody else";
    if (entry?.acceptDowntime) return "downtime accepted";
    const others = this.#rotations((one) => one.by?.directory !== by.directory);
    // A read, just before the request was sent, cannot have shown it.
    const unseenFrom = sentAt - (this.#options.latency ?? 0) - (this.#options.readLag ?? 0);
    if (method === "POST") return others.some((at) => at >= unseenFrom - 2000) ? "unseen change" : undefined;

    if (!holders.includes(by.directory)) return "another directory";
    // Ours has survived, and what has died came into the service after it was proved.
    if (secret !== entry?.secret && by.directory.service.by !== by.directory) return "another directory";
    if (others.some((at) => at >= unseenFrom) || this.mayMistakeChange(by.directory)) return "unseen change";
    const { changeShownAt } = by;
    if (changeShownAt === undefined) return undefined;
    const cannotBeSeen = this.#options.updatedAt !== "moves";
    return cannotBeSeen || others.every((at) => at <= changeShownAt) ? "change accepted" : undefined;
  }

  /** When some of the rotations were applied. */
  #rotations(some: (change: Change) => boolean): number[] {
    return this.#changes
      .filter((change) => change.method === "POST" && some(change))
      .flatMap(({ appliedAt }) => appliedAt ?? []);
  }

  /** Whether a change by somebody else came so soon after a directory's latest rotation that it passes for a part of it. */
  mayMistakeChange(directory: Directory): boolean {
    const { rotation } = directory.entry ?? {};
    const others = this.#rotations(({ by }) => by?.directory !== directory);
    return this.#rotations(({ by, entry }) => by?.directory === directory && entry?.rotation === rotation).some(
      (ours) =>
        others.some((at) => at >= ours && at - ours <= 2000) ||
        // Where rotating does not move `updated_at`, this looks as if it did. `Date` has no fractions of a second.
        (this.#options.updatedAt === "still" && this.#renamed.some((at) => Math.abs(at - ours) <= 3000)),
    );
  }
}
