import { inspect } from "node:util";
import Cloudflare from "../../src/client/index.ts";
import {
  finishRotation,
  type Journal,
  type NextStep,
  type Rotation,
  RotationError,
  type RotationEvent,
  resumeRotation,
  rotateClientSecret,
  type Sink,
} from "../../src/rotation/index.ts";
import { type Doings, timeout } from "./model-ledger.ts";
import type { ModelWorld } from "./model-world.ts";
import { clientId } from "./world.ts";

/** What an operator enters. */
export interface Order {
  readonly command: NextStep;
  readonly finish?: boolean;
  readonly overlap?: number;
  /** Whether to accept the change that was shown to this directory's operators last. */
  readonly acceptChange?: boolean;
  /** How many steps the process takes before it ends for good. */
  readonly crashAfter?: number | undefined;
}

const documentedCodes = [
  ..."api-failed check-failed client-changed credentials-refused delivery-failed interrupted journal-failed".split(" "),
  ..."journal-mismatch locked no-client-secret no-rotation outcome-unknown overlap-not-over".split(" "),
  ..."rotation-in-progress secret-missing usage verification-failed verification-inconclusive".split(" "),
];

/** One life of an operator's process. */
export class OperatorProcess {
  readonly end: Promise<Rotation | RotationError | undefined>;
  readonly doings: Doings;
  readonly #world: ModelWorld;
  readonly #directory: ModelWorld["directories"][number];
  #stepsLeft: number;
  #die: () => void = () => {};

  constructor(world: ModelWorld, directory: ModelWorld["directories"][number], order: Order) {
    this.#world = world;
    this.#directory = directory;
    this.#stepsLeft = order.crashAfter ?? Number.POSITIVE_INFINITY;
    const shown = order.acceptChange ? directory.shown : undefined;
    this.doings = {
      directory,
      startedAt: Date.now(),
      isRecovery: order.command === "recover",
      changeShownAt: shown?.at,
      accepted: new Map(),
    };
    const dead = new Promise<undefined>((resolve) => {
      this.#die = () => resolve(undefined);
    });
    const run = this.#run(order, shown?.value);
    this.end = Promise.race([dead, run.catch((error: unknown) => this.#failed(error))]);
    this.end.then((end) => {
      this.#stepsLeft = 0;
      if (end) world.ends.push(end instanceof RotationError ? end.code : end.phase);
    });
  }

  /** Ends it for good, wherever it is. What it has sent goes on without it. */
  kill(): void {
    this.#stepsLeft = 0;
    this.#die();
  }

  async #run({ command, finish, overlap }: Order, acceptChange: string | undefined): Promise<Rotation> {
    const { accountId, apiToken } = this.#world.sandbox;
    const fetch = (url: string, init: RequestInit) => this.#request(url, init);
    const perform = {
      rotate: rotateClientSecret,
      recover: rotateClientSecret,
      resume: resumeRotation,
      finish: finishRotation,
    }[command];
    return perform(
      new Cloudflare({ apiToken, fetch, timeout, maxRetries: 0 }),
      { accountId, clientId },
      {
        journal: this.#journal,
        sinks: [this.#sink],
        fetch,
        finish,
        overlap: finish ? 0 : overlap,
        acceptChange,
        acceptDowntime: command === "recover",
        onEvent: (event) => this.#holdsNoSecret(event),
      },
    );
  }

  #failed(error: unknown): RotationError {
    const { violations } = this.#world.ledger;
    if (!(error instanceof RotationError)) throw error;
    const { code, nextStep, phase } = error;
    if (!documentedCodes.includes(code)) violations.push(`the code ${code} is not documented`);
    const leadsNowhere = code === "no-rotation" && phase === "done";
    if (!nextStep && !leadsNowhere) violations.push(`${code} in ${phase} does not say what comes next`);
    this.#holdsNoSecret(error);
    const [, value] = /accept the change (\S+) by name/.exec(error.message) ?? [];
    if (value) this.#directory.shown = { value, at: Date.now() };
    return error;
  }

  #holdsNoSecret(shown: RotationEvent | RotationError): void {
    if (/sandbox-secret|cf-oauth-secret/.test(inspect(shown, { depth: 10 })))
      this.#world.ledger.violations.push("a secret was shown");
  }

  /** A process that has ended takes no further step, ever. */
  async #step(): Promise<void> {
    if (this.#stepsLeft-- > 0) return;
    this.#die();
    await new Promise(() => {});
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    await this.#step();
    try {
      return await this.#world.request(this.doings, url, init);
    } finally {
      await this.#step();
    }
  }

  get #journal(): Journal {
    const { journal } = this.#directory;
    return {
      latest: (key) => journal.latest(key),
      append: async (key, sequence, entry) => {
        await this.#step();
        const won = await journal.append(key, sequence, entry);
        // A sequence that was taken and erased is free again, but no longer the latest.
        const latest = await journal.latest(key);
        if (latest?.sequence === sequence && latest.entry === entry) this.#world.ledger.appended(this.doings, entry);
        await this.#step();
        return won;
      },
      erase: async (key, before) => {
        await this.#step();
        await journal.erase(key, before);
        await this.#step();
      },
    };
  }

  get #sink(): Sink {
    const { service, name } = this.#directory;
    return {
      name,
      deliver: async (secret) => {
        await this.#step();
        this.#world.ledger.delivers(this.doings, secret);
        service.deployed = secret;
        service.by = this.#directory;
        await this.#step();
      },
      readBack: async () => {
        this.doings.readBack = service.deployed;
        return service.deployed;
      },
    };
  }
}
