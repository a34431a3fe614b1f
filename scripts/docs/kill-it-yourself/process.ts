import type { APIError } from "../../../src/client/index.ts";
import type { NextStep, Phase, RotationError, RotationEvent } from "../../../src/rotation/index.ts";
import { startProcess } from "./bundles.ts";
import { meaningOf, type ShownEntry, type ShownJournal } from "./journal.ts";
import type { Machine } from "./machine.ts";
import { type Request, requestOf } from "./request.ts";
import type { World } from "./world.ts";

/** Places in a rotation, in order: the plain script takes a step only when the other program has come as far. */
export const moments = [
  "start",
  "announced",
  "requested",
  "arrived",
  "storing",
  "stored",
  "waiting",
  "restarted",
  "deleting",
  "deleted",
] as const;
export type Moment = (typeof moments)[number];

/** Where a process stands still until the visitor lets it continue. */
export interface Stop {
  readonly moment: Moment;
  /** What is true now. */
  readonly text: string;
  /** Whether a response is under way, and can be lost. */
  readonly isResponse: boolean;
}

/** How a process ended by itself. */
export interface End {
  /** `done`, or that of the error: of one from the API, its status. */
  readonly code: string;
  readonly message: string;
  readonly nextStep: NextStep | undefined;
}

/** What a person asks of a run in addition. */
export type Wishes = Machine["wishes"];

/** After so many milliseconds without a response a request is abandoned: here never, since the visitor decides what is lost. */
const timeout = 30_000;
/** A wait that is longer is shown as a step, in ms. */
const shortWait = 5000;

const phases: Readonly<Partial<Record<Phase, Moment>>> = {
  requesting: "announced",
  issued: "arrived",
  delivered: "stored",
  finishing: "deleting",
};

/** A process that runs a program, and stands still after everything that it does. Once killed, it never continues. */
export class Process {
  at: Stop | undefined;
  end: End | undefined;
  isKilled = false;
  /** The new secret, from its creation on: under way to this process, or in its memory. */
  held: string | undefined;
  readonly #world: World;
  readonly #journal: ShownJournal | undefined;
  #moment: Moment = "start";
  #isSleeping = false;
  /** Why the rotation is about to wait for long. */
  #wait: string | undefined;
  /** What it repeats, until it does something else: only the first of these requests is a step. */
  #repeated: Request | undefined;
  #continue: ((isLost: boolean) => void) | undefined;
  #stopped!: Promise<void>;
  #standStill!: () => void;

  /** @param journal for the program that has one. */
  constructor(world: World, journal: ShownJournal | undefined, wishes: Wishes) {
    this.#world = world;
    this.#journal = journal;
    this.#run();
    const { apiToken } = world.sandbox;
    const code = startProcess(world.timeOf(() => world.ahead, this.#holdTimer));
    const machine: Machine = {
      ...world.target,
      account: { account_id: world.target.accountId },
      cloudflare: new code.Cloudflare({ apiToken, timeout, fetch: this.#fetch }),
      writeFile: this.#writeFile,
      readFile: async () => world.file,
      sleep: this.#sleep,
      wishes,
      options: {
        fetch: this.#fetch,
        onEvent: this.#onEvent,
        journal: {
          latest: async (key) => journal?.latest(key),
          append: this.#append,
          erase: async (key, before) => journal?.erase(key, before),
        },
      },
    };
    const run = journal ? code.withJournal : code.plainScript;
    void run(machine).then(
      () => this.#ended({ code: "done", message: "Done.", nextStep: undefined }),
      (error: unknown) => this.#ended(endOf(error)),
    );
  }

  get moment(): Moment {
    return this.#moment;
  }

  /** Resolves when it stands still, or has ended. */
  get stopped(): Promise<void> {
    return this.#stopped;
  }

  #run(): void {
    this.#stopped = new Promise((resolve) => {
      this.#standStill = resolve;
    });
  }

  /** Lets it continue until it stands still again. @param isLost whether the response that is under way gets lost. */
  next(isLost = false): Promise<void> {
    const pass = this.#continue;
    if (!pass) return Promise.resolve();
    this.at = undefined;
    this.#continue = undefined;
    this.#run();
    pass(isLost);
    return this.stopped;
  }

  kill(): void {
    this.isKilled = true;
    this.at = undefined;
    this.held = undefined;
    this.#continue = undefined;
  }

  async #stop(text: string, moment: Moment = this.#moment, isResponse = false): Promise<void> {
    this.#moment = moment;
    this.at = { moment, text, isResponse };
    const passed = new Promise<boolean>((resolve) => {
      this.#continue = resolve;
    });
    this.#standStill();
    if (!(await passed)) return;
    if (moment === "requested") this.held = undefined;
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
  }

  #ended(end: End): void {
    this.end = end;
    this.held = undefined;
    this.#standStill();
  }

  readonly #fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const request = requestOf(url, init);
    if (!this.#journal) await this.#beforeRequest(request);
    const response = await this.#world.send(url, init);
    const text = await this.#outcome(request, response.clone());
    if (request === this.#repeated) return response;
    this.#repeated = request === "try" ? request : undefined;
    await this.#stop(text, this.#momentOf(request, response), true);
    return response;
  };

  /** The plain script stands still before each of its lines: it has no journal to write to first. */
  async #beforeRequest(request: Request): Promise<void> {
    if (request === "rotate") await this.#stop("It is about to request a new secret.", "announced");
    if (request === "delete") await this.#stop("It is about to delete the old secret.", "deleting");
  }

  #momentOf(request: Request, { ok }: Response): Moment {
    if (!ok) return this.#moment;
    if (request === "rotate") return "requested";
    // A recovery deletes, too: before it requests.
    return request === "delete" && this.#moment === "deleting" ? "deleted" : this.#moment;
  }

  /** What a request has done, whatever becomes of the response. */
  async #outcome(request: Request, response: Response): Promise<string> {
    const { ok, status } = response;
    const { result, error } = Object(await response.json());
    switch (request) {
      case "read":
        return `Cloudflare says that there is ${result?.has_rotated_secret ? "an" : "no"} old secret.`;
      case "wrong":
        return "Cloudflare refuses to sign in with a deliberately wrong secret, as it must.";
      case "try":
        return `Cloudflare ${error === "invalid_grant" ? "accepts" : "refuses"} ${this.#newest}: it was tried.`;
      case "delete":
        return ok
          ? "Cloudflare has deleted the old secret. The response is under way."
          : `Cloudflare refuses: ${status}.`;
      case "rotate":
        if (!ok) return `Cloudflare refuses to create another secret: ${status}.`;
        this.held = this.#world.working().at(-1);
        return `Cloudflare has created ${this.#newest}. The response is under way, with its only copy.`;
    }
  }

  get #newest(): string {
    return this.held === undefined ? "the new secret" : this.#world.nameOf(this.held);
  }

  readonly #append = async (key: string, sequence: number, entry: string): Promise<boolean> => {
    this.#repeated = undefined;
    const isFirst = (await this.#journal?.append(key, sequence, entry)) ?? false;
    const written: ShownEntry = JSON.parse(entry);
    this.held = written.secret;
    await this.#stop(`It has written to the journal: ${meaningOf(written, this.#newest)}.`, phases[written.phase]);
    return isFirst;
  };

  readonly #writeFile = async (secret: string): Promise<void> => {
    const name = this.#world.nameOf(secret);
    await this.#stop(`It has ${name} in its memory, and is about to write it to the file.`, "storing");
    this.#world.writeFile(secret);
    if (this.#journal)
      await this.#stop(`It has written ${name} to the file. The journal does not say so yet.`, "stored");
  };

  readonly #sleep = async (milliseconds: number): Promise<void> => {
    if (!this.#isSleeping)
      await this.#stop("It waits for an hour. In that time the service restarts, and reads the file.", "waiting");
    this.#isSleeping = true;
    const hasRestarted = this.#world.advance(milliseconds);
    if (hasRestarted) await this.#stop("The service has restarted. The hour is not over yet.", "restarted");
  };

  readonly #onEvent = (event: RotationEvent): void => {
    if (event.type !== "wait" || this.#repeated === "read") return;
    const seconds = Math.round((event.until - this.#world.now - this.#world.ahead) / 1000);
    if (seconds * 1000 > shortWait) this.#wait = `It waits for up to ${seconds} s ${event.why}.`;
  };

  /** Lets a timer fire at once, but for a long wait: that is a step. */
  readonly #holdTimer = async (milliseconds: number): Promise<void> => {
    if (milliseconds === timeout) return new Promise(() => {});
    if (this.#wait === undefined) return;
    const text = this.#wait;
    this.#wait = undefined;
    this.#repeated = "read";
    await this.#stop(text);
  };
}

/** The classes of errors are of the process's own bundle, so these are told by their properties. */
function endOf(error: unknown): End {
  const { code, status, message, nextStep }: Partial<RotationError & APIError> = Object(error);
  return { code: String(code ?? status), message: String(message), nextStep };
}
