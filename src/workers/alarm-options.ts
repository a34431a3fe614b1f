import type { Cloudflare } from "../client/cloudflare.ts";
import type { RotationOptions, RotationState, Target } from "../rotation/index.ts";
import type { Decisions, RotationFailure } from "./alarm-record.ts";

/** What the alarm uses of a Durable Object's storage; `ctx.storage` is one. */
export interface AlarmStorage {
  /**
   * Reads a value.
   *
   * @param key of the value.
   * @returns The value; undefined if the key has no value.
   * @throws The error of the storage.
   */
  get(key: string): Promise<unknown>;
  /**
   * Does something as a whole or not at all.
   *
   * @param closure what to do.
   * @returns What the closure returns.
   * @throws The error of the storage.
   */
  transaction<T>(closure: (transaction: AlarmTransaction) => Promise<T>): Promise<T>;
  /**
   * Waits until what was written is durable.
   *
   * @throws The error of the storage.
   */
  sync?(): Promise<void>;
}

/** What the alarm uses of a transaction. */
export interface AlarmTransaction {
  /**
   * Reads a value.
   *
   * @param key of the value.
   * @returns The value; undefined if the key has no value.
   * @throws The error of the storage.
   */
  get(key: string): Promise<unknown>;
  /**
   * Writes a value.
   *
   * @param key of the value.
   * @param value what structured cloning can copy.
   * @throws The error of the storage.
   */
  put(key: string, value: unknown): Promise<void>;
  /**
   * Sets the alarm of the object. It replaces an earlier one.
   *
   * @param time in ms since the epoch.
   * @throws The error of the storage.
   */
  setAlarm(time: number): Promise<void>;
  /**
   * Sets no alarm.
   *
   * @throws The error of the storage.
   */
  deleteAlarm(): Promise<void>;
}

/** What the runs of a rotation are made with. */
export interface RotationSetup extends Omit<RotationOptions, keyof Decisions> {
  /** Has the credentials, the time-out and the base URL. */
  readonly client: Cloudflare;
}

/** How an alarm goes about it. */
export interface RotationAlarmOptions {
  /** Milliseconds until a run that failed is tried again; doubled each time, and cut by up to a half at random. Default: 5000. */
  readonly firstDelay?: number | undefined;
  /** Milliseconds that are never exceeded. Default: 900000. */
  readonly longestDelay?: number | undefined;
  /**
   * Called with each failure before it is stored, and awaited; a `RotationError`, unless something else went wrong. If
   * neither journal nor sink has taken a new secret, its `revealSecret()` alone has it.
   */
  readonly onFailure?: ((error: unknown, target: Target) => unknown) | undefined;
}

/** What a rotation has come to; no secret. */
export interface RotationAlarmStatus {
  /** The client whose secret it rotates. */
  readonly target: Target;
  /** `waiting`: for its next try, or for the end of the overlap; `stopped`: until somebody asks again, or decides. */
  readonly standing: "running" | "waiting" | "stopped" | "done";
  /** As the journal has it; undefined if it knows of none, or cannot be read. */
  readonly rotation: RotationState | undefined;
  /** Runs that were begun since one has led on. */
  readonly tries: number;
  /** Why the last one failed, if it did. */
  readonly failure: RotationFailure | undefined;
  /** When the next run begins; undefined if none is to come by itself. */
  readonly nextTry: Date | undefined;
}
