import type { Sandbox } from "../../../src/sandbox/index.ts";
import { startProcess, startServer, type Time } from "./bundles.ts";

const [second, minute] = [1000, 60_000];
const day = 24 * 60 * minute;
const clientId = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
const noon = Date.UTC(2026, 0, 1, 12);

/** Milliseconds that a request takes on its way, in each direction. */
const latency = 50;
/** From a change of the file until the service has restarted. */
const rollOut = 10 * minute;

const never = () => new Promise<never>(() => {});

/** A world of its own for each program: an account at Cloudflare, a service, its file, and time, which only passes when told to. */
export class World {
  /** By Cloudflare's clock, in ms since the epoch. */
  now = noon;
  /** Milliseconds by which the clock of the machine is ahead of that. */
  ahead = 0;
  readonly sandbox: Sandbox = startServer(this.timeOf(() => 0, never)).createSandbox();
  readonly target = { accountId: this.sandbox.accountId, clientId };
  /** The secret in the file. */
  file: string;
  /** The secret that the service has read from the file. */
  used: string;
  /** Milliseconds during which the service was locked out. */
  downtime = 0;
  /** Since when it is. */
  downSince: number | undefined;
  /** Every secret so far, oldest first. */
  readonly #secrets: string[] = [];
  /** What the service has used. */
  readonly #served = new Set<string>();
  /** The secrets that another person has created. */
  readonly others = new Set<string>();
  #restartAt = Number.POSITIVE_INFINITY;

  constructor() {
    this.file = this.working()[0] ?? "";
    this.used = this.file;
    this.restart();
  }

  /** The secrets that work, oldest first: by the account itself. */
  working(): readonly string[] {
    const working = this.sandbox.secretsOf(clientId);
    for (const secret of working) if (!this.#secrets.includes(secret)) this.#secrets.push(secret);
    return working;
  }

  /** A letter: no secret is ever shown. */
  nameOf(secret: string): string {
    return String.fromCharCode(65 + this.#secrets.indexOf(secret));
  }

  get isUp(): boolean {
    return this.working().includes(this.used);
  }

  /** Whether the service has ever used a secret. */
  hasServed(secret: string): boolean {
    return this.#served.has(secret);
  }

  /** Lets time pass. @returns Whether the service has restarted. */
  advance(milliseconds: number): boolean {
    const until = this.now + milliseconds;
    const restarts = this.#restartAt <= until;
    if (restarts) {
      this.#pass(Math.max(0, this.#restartAt - this.now));
      this.restart();
    }
    this.#pass(until - this.now);
    return restarts;
  }

  #pass(milliseconds: number): void {
    if (this.isUp) this.downSince = undefined;
    else {
      this.downSince ??= this.now;
      this.downtime += milliseconds;
    }
    this.now += milliseconds;
  }

  restart(): void {
    this.used = this.file;
    this.#served.add(this.used);
    this.#restartAt = Number.POSITIVE_INFINITY;
  }

  writeFile(secret: string): void {
    this.file = secret;
    // Of a service that is down somebody notices.
    if (this.isUp) this.#restartAt = this.now + rollOut;
    else this.restart();
  }

  /** A roll-back deploys the first file, and restarts the service. */
  restoreFile(): void {
    this.advance(minute);
    this.file = this.#secrets[0] ?? "";
    this.restart();
  }

  jumpClock(): void {
    this.ahead += day;
  }

  async send(url: string, init: RequestInit): Promise<Response> {
    this.advance(latency);
    const response = await this.sandbox.fetch(url, init);
    this.working();
    this.advance(latency);
    return response;
  }

  /** Somebody rotates the same client. If the API refuses because of an old secret, they delete that first. */
  async rotateAsSomebodyElse(): Promise<void> {
    this.advance(10 * second);
    const create = () => this.#byHand().rotateSecret(clientId, { account_id: this.sandbox.accountId });
    const { client_secret } = await create().catch(async () => {
      await this.deleteByHand();
      return create();
    });
    this.others.add(client_secret);
    this.working();
  }

  /** Somebody deletes the old secret, as the API's message asks for. */
  async deleteByHand(): Promise<void> {
    await this.#byHand().deleteRotatedSecret(clientId, { account_id: this.sandbox.accountId });
  }

  #byHand() {
    const { apiToken, fetch } = this.sandbox;
    const { Cloudflare } = startProcess(this.timeOf(() => 0, never));
    return new Cloudflare({ apiToken, fetch }).iam.oauthClients;
  }

  /**
   * What a program sees of this world's time.
   *
   * @param ahead by how many milliseconds its `Date` is ahead.
   * @param hold resolves when a timer of so many milliseconds may fire; time passes then.
   */
  timeOf(ahead: () => number, hold: (milliseconds: number) => Promise<unknown>): Time {
    const read = () => this.now + ahead();
    class WorldDate extends Date {
      constructor(given: number | string | Date = read()) {
        super(given);
      }
      static override now(): number {
        return read();
      }
    }
    const timers = new Set<number>();
    let last = 0;
    return {
      Date: WorldDate as DateConstructor,
      performance: { now: () => this.now - noon },
      setTimeout: (act, milliseconds = 0) => {
        const timer = ++last;
        timers.add(timer);
        void hold(milliseconds).then(() => {
          if (!timers.delete(timer)) return;
          this.advance(milliseconds);
          act();
        });
        return timer;
      },
      clearTimeout: (timer = 0) => void timers.delete(timer),
    };
  }
}
