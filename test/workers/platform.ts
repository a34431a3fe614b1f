import { vi } from "vitest";
import Cloudflare from "../../src/client/index.ts";
import { type RotationOptions, type Sink, sealed, type Target } from "../../src/rotation/index.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../src/sandbox/index.ts";
import { durableObjectJournal, RotationAlarm, type RotationAlarmOptions } from "../../src/workers/index.ts";
import { clientId, settle } from "../support/rotation-world.ts";
import { MemoryStorage } from "./memory-storage.ts";

/** When the held clock begins, in ms since the epoch. */
const start = Date.parse("2026-11-25T00:00:00Z");

/** A Durable Object's storage, what the object talks to, and the platform that wakes it. */
export class Platform {
  readonly storage = new MemoryStorage();
  readonly sandbox: Sandbox;
  readonly target: Target;
  /** What the vault holds. */
  stored: string | undefined;
  deliveries = 0;
  /** When each run began, in ms. */
  readonly runs: number[] = [];
  /** Deliveries that the vault refuses. */
  refusals = 0;

  constructor(options: SandboxOptions = {}) {
    this.sandbox = createSandbox(options);
    this.target = { accountId: this.sandbox.accountId, clientId };
  }

  /** The object, as it is made anew from its storage whenever it is needed. */
  object(
    setup: Partial<RotationOptions> & { client?: Cloudflare } = {},
    options: RotationAlarmOptions = {},
  ): RotationAlarm {
    const { fetch } = this.sandbox;
    const journal = this.journal(7);
    const sinks = [this.#vault];
    return new RotationAlarm(this.storage, () => ({ client: this.client(), journal, sinks, fetch, ...setup }), options);
  }

  client(apiToken: string = this.sandbox.apiToken, fetch: Sandbox["fetch"] = this.sandbox.fetch): Cloudflare {
    return new Cloudflare({ apiToken, baseURL: this.sandbox.baseURL, fetch, maxRetries: 0 });
  }

  /** @param byte all bytes of its key. */
  journal(byte: number): RotationOptions["journal"] {
    return sealed(durableObjectJournal(this.storage), new Uint8Array(32).fill(byte));
  }

  /** Wakes the object as often as it has an alarm, until it is at rest or for a time in ms from the beginning. */
  async live(alarmed: RotationAlarm, until = 86_400_000): Promise<void> {
    const { storage } = this;
    while (storage.alarm !== undefined && storage.alarm - start <= until) {
      await vi.advanceTimersByTimeAsync(Math.max(0, storage.alarm - Date.now()));
      this.runs.push(Date.now() - start);
      await this.wake(alarmed);
    }
  }

  /** One alarm. */
  async wake(alarmed: RotationAlarm): Promise<void> {
    this.storage.alarm = undefined;
    await settle(alarmed.alarm());
  }

  /** POSTs and DELETEs that were applied. */
  get changes(): [posts: number, deletes: number] {
    const applied = this.sandbox.requests.filter((request) => request.applied);
    const count = (name: string) => applied.filter(({ operation }) => operation === name).length;
    return [count("oauth-clients-rotate-secret"), count("oauth-clients-delete-rotated-secret")];
  }

  readonly #vault: Sink = {
    name: "vault",
    deliver: async (secret) => {
      if (this.refusals-- > 0) throw new Error("The vault is shut.");
      this.deliveries++;
      this.stored = secret;
    },
    readBack: async () => this.stored ?? "",
  };
}
