import type { Random } from "../../support/random.ts";
import { last } from "./last.ts";
import type { Change, Ledger, SecretLife } from "./ledger.ts";
import type { Read } from "./process.ts";
import { epoch } from "./scheduler.ts";

/** What the vendor's words leave open. */
export interface ServerManners {
  /** What a second rotation does. */
  readonly second: "keep" | "refuse with 409" | "refuse with 400" | "replace the oldest" | "replace the newest";
  readonly flag: "shown" | "absent";
  readonly updatedAt: "moves" | "still" | "absent";
  readonly hasDate: boolean;
  readonly method: "client_secret_basic" | "client_secret_post";
  /** How many replicas the issuer has. */
  readonly replicas: number;
  /** Whether `updated_at` has milliseconds. */
  readonly hasMilliseconds: boolean;
  /** Whether the client does not exist yet: it is to be created. */
  readonly isNew: boolean;
}

export const accountId: string = "023e105f4ecef8ad9ca31a8372d0c353";
export const clientId: string = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4";
/** What the client is called, until somebody changes it. */
export const clientName: string = "a client";

/** At most so many secrets are kept, as in Hydra. */
const mostSecrets = 5;

interface Snapshot {
  readonly at: number;
  readonly hasOld: boolean;
  readonly updatedAt: number;
  readonly method: string;
  readonly name: string;
}

/** The client at the vendor, and its issuer: the truth. */
export class Server {
  readonly manners: ServerManners;
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #random: Random;
  readonly #snapshots: Snapshot[] = [];
  #method: string;
  #name = clientName;
  #createdAt = epoch - 86_400_000;
  #updatedAt = epoch - 86_400_000;
  /** When each replica learns of a birth, or of a death: drawn when it happens. */
  readonly #learning = new Map<string, number[]>();
  /** How long the slowest replica takes to learn of what happens now, in ms. */
  learning: number = 0;

  constructor(manners: ServerManners, ledger: Ledger, now: () => number, random: Random) {
    this.manners = manners;
    this.#ledger = ledger;
    this.#now = now;
    this.#random = random;
    this.#method = manners.method;
    if (manners.isNew) return;
    this.#bear(undefined, epoch - 86_400_000);
    this.#snapshot();
  }

  /** Whether the client exists by now. */
  get exists(): boolean {
    return this.#snapshots.length > 0;
  }

  /** A creation. @returns The client with its secret; undefined for a second one, which the rules forbid. */
  create(change: Change): object | undefined {
    if (this.exists) return undefined;
    change.appliedAt = this.#now();
    const life = this.#bear(change, this.#now());
    change.secret = life;
    this.#createdAt = this.#updatedAt = this.#now();
    this.#snapshot();
    return { ...this.read(0)?.body, client_secret: life.value };
  }

  get method(): string {
    return this.#method;
  }

  /** What `updated_at` truly is; "none" if it is never shown. */
  get updatedAtShown(): string {
    return this.manners.updatedAt === "absent" ? "none" : this.#time(this.#updatedAt);
  }

  /** A rotation. @returns The status, and the secret if there is one. */
  rotate(change: Change): { status: number; secret?: string } {
    const { alive } = this.#ledger;
    const { second } = this.manners;
    if (alive.length > 1) {
      if (second === "refuse with 409") return { status: 409 };
      if (second === "refuse with 400") return { status: 400 };
      if (second === "replace the oldest") this.#kill(alive[0], change);
      if (second === "replace the newest") this.#kill(alive.at(-1), change);
      if (alive.length >= mostSecrets) this.#kill(alive[0], change);
    }
    change.appliedAt = this.#now();
    const life = this.#bear(change, this.#now());
    change.secret = life;
    if (this.manners.updatedAt === "moves") this.#updatedAt = this.#now();
    this.#snapshot();
    return { status: 200, secret: life.value };
  }

  /** Deletes every secret but the newest; without an old one nothing changes. */
  deleteOld(change: Change): void {
    const { alive } = this.#ledger;
    change.appliedAt = this.#now();
    if (alive.length < 2) return;
    for (const secret of alive.slice(0, -1)) this.#kill(secret, change);
    if (this.manners.updatedAt === "moves") this.#updatedAt = this.#now();
    this.#snapshot();
  }

  edit(change: Change, isMethod: boolean): void {
    change.appliedAt = this.#now();
    if (isMethod) this.#method = this.#method === "client_secret_basic" ? "client_secret_post" : "client_secret_basic";
    else this.#name += ".";
    // An edit moves it even where a rotation does not.
    this.#updatedAt = this.#now();
    this.#snapshot();
  }

  /** The client as a read shows it that is so many milliseconds behind; undefined if it does not show it yet. */
  read(lag: number): ({ body: object } & Pick<Read, "snapshotAt" | "hasOld" | "updatedAt">) | undefined {
    const asOf = this.#now() - lag;
    const shown = last(this.#snapshots, ({ at }) => at <= asOf);
    if (!shown) return undefined;
    const { flag, updatedAt } = this.manners;
    const updatedAtShown = updatedAt === "absent" ? undefined : this.#time(shown?.updatedAt ?? 0);
    const body = {
      client_id: clientId,
      client_name: shown?.name,
      visibility: "private",
      created_at: this.#time(this.#createdAt),
      token_endpoint_auth_method: shown?.method,
      ...(flag === "shown" && { has_rotated_secret: shown?.hasOld }),
      ...(updatedAtShown !== undefined && { updated_at: updatedAtShown }),
    };
    return {
      body,
      snapshotAt: asOf,
      hasOld: flag === "shown" ? shown?.hasOld : undefined,
      updatedAt: updatedAtShown ?? "none",
    };
  }

  /** Whether some replica accepts a secret. */
  accepts(value: string, method: string): boolean {
    const life = this.#ledger.lifeOf(value);
    if (!life || method !== this.#method) return false;
    const replica = this.#random.between(0, this.manners.replicas - 1);
    const knows = this.#learning.get(`${value} born`)?.[replica] ?? life.bornAt;
    const forgets = this.#learning.get(`${value} dead`)?.[replica] ?? life.diedAt ?? Number.POSITIVE_INFINITY;
    return knows <= this.#now() && this.#now() < forgets;
  }

  /** When the last replica has forgotten a secret that died. */
  forgottenAt(value: string): number {
    return Math.max(0, ...(this.#learning.get(`${value} dead`) ?? []));
  }

  /** From here on no replica is behind. */
  heal(): void {
    this.#learning.clear();
  }

  #bear(change: Change | undefined, bornAt: number): SecretLife {
    const number = this.#ledger.secrets.length;
    const mark = this.#random.next().toString(16).padStart(8, "0");
    const value = `${mark}-sim-secret-${number}-${this.#random.next().toString(16)}`;
    const life: SecretLife = { value, mark, number, bornAt, madeBy: change };
    this.#ledger.secrets.push(life);
    if (change) this.#learn(`${value} born`);
    return life;
  }

  #kill(secret: SecretLife | undefined, change: Change): void {
    if (!secret) return;
    secret.diedAt = this.#now();
    secret.killedBy = change;
    this.#learn(`${secret.value} dead`);
  }

  #learn(what: string): void {
    const { replicas } = this.manners;
    const delays = Array.from({ length: replicas }, () =>
      this.learning === 0 ? 0 : this.#random.between(0, this.learning),
    );
    this.#learning.set(
      what,
      delays.map((delay) => this.#now() + delay),
    );
  }

  #snapshot(): void {
    this.#snapshots.push({
      at: this.#now(),
      hasOld: this.#ledger.alive.length > 1,
      updatedAt: this.#updatedAt,
      method: this.#method,
      name: this.#name,
    });
    // The first one was there before.
    if (this.#snapshots.length === 1 && !this.manners.isNew)
      this.#snapshots[0] = { ...(this.#snapshots[0] as Snapshot), at: 0 };
  }

  #time(at: number): string {
    const text = new Date(at).toISOString();
    return this.manners.hasMilliseconds ? text : text.replace(/\.\d+/, "");
  }
}
