import type { Rotation, RotationError, RotationOptions, RotationState, Verify } from "../../../src/rotation/index.ts";
import type { SimulatedJournal } from "./journals.ts";
import { apiURL, fetchFor } from "./network.ts";
import { type Command, Process } from "./process.ts";
import type { Clock } from "./scheduler.ts";
import { accountId, clientId, clientName } from "./server.ts";
import type { Place } from "./services.ts";
import type { World } from "./world.ts";

/** How a command ended: with a result, with an error, or because the process was killed. */
export interface Ending {
  readonly process: Process;
  readonly rotation?: RotationState & Partial<Rotation>;
  readonly error?: RotationError;
}

/** A person at a machine, with a journal and the sinks of a service. */
export class Operator {
  readonly name: string;
  readonly journal: SimulatedJournal;
  /** Shared by those who deploy to the same service, so that a sink that is moved is moved for all. */
  readonly places: Place[];
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
    places: Place[],
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
        if (interrupt !== undefined)
          scheduler.after(
            interrupt,
            () => {
              process.isInterrupted = true;
              controller.abort(new Error("SIGINT"));
            },
            process,
          );
        this.#perform(process, command, controller.signal).then(
          (rotation) => {
            if (!rotation) {
              ledger.note(`${name} ends: nothing to count`);
              return end({ process });
            }
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

  #perform(
    process: Process,
    command: Command,
    signal: AbortSignal,
  ): Promise<(RotationState & Partial<Rotation>) | undefined> {
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
    const { check, isVerifyDeclined, isVerifyOwn, finish, overlap, endOverlap, acceptChange, redeliver } = command;
    const { misuse, secret = "" } = command;
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
      ...(this.places.some(({ needsRestart }) => needsRestart) && { activate: () => this.#activate(process) }),
      ...(check === "given" && { check: (sha256: string) => this.#check(process, sha256) }),
      ...(check === "declined" && { check: false as const }),
      ...(isVerifyOwn && { verify: this.#verifyFor(process) }),
      ...(isVerifyDeclined && { verify: false }),
      ...(finish && { finish }),
      ...(overlap !== undefined && { overlap }),
      ...(endOverlap && { endOverlap }),
      ...(acceptChange !== undefined && { acceptChange }),
      ...(redeliver && { redeliver }),
      ...(command.name === "recover" && { acceptDowntime: true }),
      ...(misuse === "no sinks" && { sinks: [] }),
      ...(misuse === "negative overlap" && { overlap: -1 }),
      ...(misuse === "finish with an overlap" && { finish: true, overlap: 1000 }),
      ...(misuse === "unknown sink" && { redeliver: ["nowhere"] }),
    };
    const target = { accountId, clientId };
    if (command.name === "adopt") {
      const digest = this.#world.digestOf(command.sha256 === "wrong" ? "another secret" : secret);
      return rotation.adoptRotation(cloudflare, target, {
        ...options,
        secret,
        ...(command.sha256 && { sha256: digest.toUpperCase() }),
      });
    }
    if (command.name === "record") {
      const rotatedAt = new Date(Date.now() + (misuse === "a date to come" ? 60_000 : -60_000));
      return rotation.recordRotation(cloudflare, target, { journal: options.journal, signal, rotatedAt });
    }
    if (command.name === "count") return rotation.countFailure(target, { journal: options.journal });
    if (command.name === "create")
      return rotation.createOAuthClient(
        cloudflare,
        {
          account_id: accountId,
          client_name: clientName,
          redirect_uris: ["https://app.example.com/callback"],
          scopes: ["account.read"],
          grant_types: ["authorization_code"],
          response_types: ["code"],
          token_endpoint_auth_method: this.#world.server.method as "client_secret_basic",
        },
        options,
      );
    const perform = {
      rotate: rotation.rotateClientSecret,
      recover: rotation.rotateClientSecret,
      resume: rotation.resumeRotation,
      finish: rotation.finishRotation,
    }[command.name];
    return perform(cloudflare, target, options);
  }

  /** Asks the issuer itself, which may be in between two states; and may fail. */
  #verifyFor(process: Process): Verify {
    const { faults, server, scheduler } = this.#world;
    return (secret) => {
      const sentAt = scheduler.now;
      const fails = faults.draw("verify fails");
      const isUnsure = faults.draw("verify is not sure");
      return process.call(
        "verify",
        30,
        () => {
          if (fails) throw new Error(`no way to verify ${secret}`);
          if (isUnsure) return "inconclusive";
          const isAccepted = server.accepts(secret, server.method);
          process.probed(secret, isAccepted, sentAt);
          return isAccepted ? "accepted" : "refused";
        },
        30,
      );
    };
  }

  /** Restarts the services. */
  #activate(process: Process): Promise<void> {
    const { faults } = this.#world;
    const fails = faults.draw("activation fails");
    const failsAfter = faults.draw("activation fails after");
    return process.call(
      "activate",
      20,
      () => {
        if (fails) throw new Error("the restart failed");
        for (const place of this.places) place.restart(process);
        if (failsAfter) throw new Error("the restart does not say how it ended");
      },
      20,
    );
  }

  /** The service compares the digest with that of the secrets that it uses. */
  #check(process: Process, sha256: string): Promise<boolean> {
    return process.call(
      "check",
      20,
      () => {
        for (const place of this.places) place.confirm(process);
        return this.places.every(({ value }) => this.#world.digestOf(value) === sha256);
      },
      20,
    );
  }
}
