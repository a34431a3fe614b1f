import type { Rotation, RotationError, RotationOptions } from "../../../src/rotation/index.ts";
import type { SimulatedJournal } from "./journals.ts";
import { apiURL, fetchFor } from "./network.ts";
import { type Command, Process } from "./process.ts";
import type { Clock } from "./scheduler.ts";
import { accountId, clientId } from "./server.ts";
import type { Place } from "./services.ts";
import type { World } from "./world.ts";

/** How a command ended: with a result, with an error, or because the process was killed. */
export interface Ending {
  readonly process: Process;
  readonly rotation?: Rotation;
  readonly error?: RotationError;
}

/** A person at a machine, with a journal and the sinks of a service. */
export class Operator {
  readonly name: string;
  readonly journal: SimulatedJournal;
  readonly places: readonly Place[];
  readonly clock: Clock;
  readonly timeout: number;
  readonly maxRetries: number;
  running: Process | undefined;
  readonly #world: World;
  #count = 0;

  constructor(
    world: World,
    name: string,
    journal: SimulatedJournal,
    places: readonly Place[],
    how: { readonly clock: Clock; readonly timeout: number; readonly maxRetries: number },
  ) {
    this.#world = world;
    this.name = name;
    this.journal = journal;
    this.places = places;
    this.clock = how.clock;
    this.timeout = how.timeout;
    this.maxRetries = how.maxRetries;
  }

  /** Enters a command; `onEnd` is called once, when it has ended or was killed. */
  enter(command: Command, onEnd: (ending: Ending) => void): void {
    const { scheduler, ledger, oracle, faults } = this.#world;
    const name = `${this.name}.${++this.#count}`;
    const process = new Process(name, this.journal.name, command, this.timeout, this.clock, this.#world);
    this.running = process;
    this.#world.begins(this, process);
    const { name: verb, secret, ...how } = command;
    ledger.note(`${name} runs ${verb} ${Object.keys(how).length ? JSON.stringify(how) : ""}`);
    ledger.count(`command ${verb}`);
    const end = (ending: Ending) => {
      this.running = undefined;
      process.hasEnded = true;
      process.isAlive = false;
      scheduler.after(0, () => onEnd(ending));
    };
    process.onCrash = () => end({ process });
    scheduler.after(
      0,
      () => {
        const interrupt = faults.draw("interrupt", 10, 20_000);
        const controller = new AbortController();
        if (interrupt !== undefined) scheduler.after(interrupt, () => controller.abort(new Error("SIGINT")), process);
        this.#perform(process, command, controller.signal).then(
          (rotation) => {
            ledger.note(`${name} ends: ${rotation.phase}${rotation.abandoned ? ` (${rotation.abandoned})` : ""}`);
            ledger.count(`ended ${rotation.abandoned === undefined ? rotation.phase : "abandoned"}`);
            oracle.returned(process, rotation);
            end({ process, rotation });
          },
          (error: unknown) => {
            if (!this.#world.isRotationError(error)) {
              ledger.break("bare-error", `${name} ends with ${error instanceof Error ? error.stack : String(error)}`);
              return end({ process });
            }
            ledger.note(`${name} ends: ${error.code}, next ${error.nextStep ?? "-"}: ${error.message}`);
            ledger.count(`error ${error.code}`);
            oracle.failed(process, error);
            end({ process, error });
          },
        );
      },
      process,
    );
  }

  #perform(process: Process, command: Command, signal: AbortSignal): Promise<Rotation> {
    const { source, oracle } = this.#world;
    const { rotation, client } = source;
    const fetch = fetchFor(process, this.#world);
    const cloudflare = new client.Cloudflare({
      apiToken: "simulated-token",
      baseURL: apiURL,
      fetch,
      timeout: this.timeout,
      maxRetries: this.maxRetries,
      logLevel: "off",
    });
    const { check, isVerifyDeclined, finish, overlap, acceptChange, secret = "" } = command;
    const options: RotationOptions = {
      journal: this.journal.for(process),
      sinks: this.places.map((place) =>
        place.for(process, this.#world, (at, before, value, calledAt) =>
          oracle.delivered(process, at, before, value, calledAt),
        ),
      ),
      fetch,
      signal,
      onEvent: (event) => oracle.said(process, event),
      ...(check === "given" && { check: (sha256: string) => this.#check(process, sha256) }),
      ...(check === "declined" && { check: false as const }),
      ...(isVerifyDeclined && { verify: false }),
      ...(finish && { finish }),
      ...(overlap !== undefined && { overlap }),
      ...(acceptChange !== undefined && { acceptChange }),
      ...(command.name === "recover" && { acceptDowntime: true }),
    };
    const target = { accountId, clientId };
    if (command.name === "adopt") return rotation.adoptRotation(cloudflare, target, { ...options, secret });
    const perform = {
      rotate: rotation.rotateClientSecret,
      recover: rotation.rotateClientSecret,
      resume: rotation.resumeRotation,
      finish: rotation.finishRotation,
    }[command.name];
    return perform(cloudflare, target, options);
  }

  /** The service compares the digest with that of the secrets that it uses. */
  #check(process: Process, sha256: string): Promise<boolean> {
    return process.call(
      "check",
      20,
      () => {
        for (const { name } of this.places) process.confirmed.set(name, this.#world.scheduler.now);
        return this.places.every(({ value }) => this.#world.digestOf(value) === sha256);
      },
      20,
    );
  }
}
