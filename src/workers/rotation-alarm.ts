import {
  finishRotation,
  inspectRotation,
  RotationError,
  type RotationState,
  resumeRotation,
  rotateClientSecret,
  type Target,
} from "../rotation/index.ts";
import type { AlarmStorage, RotationAlarmOptions, RotationAlarmStatus, RotationSetup } from "./alarm-options.ts";
import { type AlarmRecord, type Decisions, failureOf, mayMend, type RotationFailure } from "./alarm-record.ts";

const name = "rotation-alarm";

/**
 * Rotates one client's secret from a Durable Object, and finishes it after the overlap, by its alarm alone: whatever ends a
 * run, another one continues where the journal stands. What time may mend is tried again, ever more seldom. Where a person has
 * to decide, it stops, and {@link status} shows the message that says what to decide.
 *
 * The object has no other use for its alarm, and calls {@link alarm} from its own `alarm()`.
 *
 * @example
 * ```ts
 * class ClientRotation extends DurableObject<Env> {
 *   readonly #rotation = new RotationAlarm(this.ctx.storage, () => ({ client, journal, sinks, check }));
 *   rotate(target: Target) { return this.#rotation.rotate(target); }
 *   alarm() { return this.#rotation.alarm(); }
 * }
 * ```
 * @see https://developers.cloudflare.com/durable-objects/api/alarms/
 */
export class RotationAlarm {
  readonly #storage: AlarmStorage;
  readonly #setup: (target: Target) => RotationSetup | Promise<RotationSetup>;
  readonly #options: RotationAlarmOptions;
  #running: Promise<void> | undefined;

  /**
   * Makes what an object keeps; nothing is read or written yet.
   *
   * @param storage the object's own; keeps one value under the key `rotation-alarm`, in addition to the journal's.
   * @param setup makes what a run needs; called for each. A journal in `storage` must be sealed.
   * @param options how often to try again, and what to call on a failure.
   */
  constructor(
    storage: AlarmStorage,
    setup: (target: Target) => RotationSetup | Promise<RotationSetup>,
    options: RotationAlarmOptions = {},
  ) {
    this.#storage = storage;
    this.#setup = setup;
    this.#options = options;
  }

  /**
   * Asks for a rotation, which begins at once, by the alarm. While one is under way, this continues that one, also if it
   * has stopped: so a cron trigger may call it as often as it likes.
   *
   * @param target which client's secret; always the same one.
   * @param decisions what an earlier run has stopped for.
   * @throws {RotationError} `usage` if the object is another client's.
   */
  async rotate(target: Target, decisions: Decisions = {}): Promise<void> {
    const { accountId, clientId } = target;
    const state = decisions.acceptDowntime ? await this.#inspect(target) : undefined;
    await this.#storage.transaction(async (transaction) => {
      const old = recordOf(await transaction.get(name));
      if (old && (old.target.accountId !== accountId || old.target.clientId !== clientId))
        throw new RotationError("usage", `This object is for the client ${old.target.clientId}. Nothing was changed.`);
      const record: AlarmRecord = {
        target: { accountId, clientId },
        request: old?.request ?? crypto.randomUUID(),
        asked: (old?.asked ?? 0) + 1,
        decisions: { ...(old?.request !== undefined && old.decisions), ...decisions },
        givenUp: decisions.acceptDowntime ? state?.sha256 : old?.givenUp,
        tries: 0,
        nextTry: Date.now(),
      };
      await transaction.put(name, record);
      await transaction.setAlarm(Date.now());
    });
    await this.#storage.sync?.();
  }

  /**
   * Takes the rotation as far as it gets in one run, and sets the next alarm. Called by the object's `alarm()`.
   *
   * @throws Only what keeps the storage from arming the next alarm: then the platform's own retries are all that is left.
   */
  alarm(): Promise<void> {
    this.#running ??= this.#alarm().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * What the rotation has come to. For a route that shows it, say: no secret.
   *
   * @returns Its state; undefined if none was ever asked for.
   * @throws The error of the storage.
   */
  async status(): Promise<RotationAlarmStatus | undefined> {
    const record = recordOf(await this.#storage.get(name));
    if (!record) return undefined;
    const { target, request, tries, nextTry, failure } = record;
    const standing = request === undefined ? "done" : nextTry === undefined ? "stopped" : "waiting";
    let rotation: RotationState | undefined;
    let unread: RotationFailure | undefined;
    try {
      rotation = await this.#inspect(target);
    } catch (error) {
      unread = failureOf(error);
    }
    return {
      target,
      standing: this.#running ? "running" : standing,
      rotation,
      tries,
      failure: failure ?? unread,
      nextTry: nextTry === undefined ? undefined : new Date(nextTry),
    };
  }

  async #inspect(target: Target): Promise<RotationState | undefined> {
    return inspectRotation(target, await this.#setup(target));
  }

  async #alarm(): Promise<void> {
    const record = await this.#arm();
    if (!record) return;
    try {
      await this.#settle(record, await this.#run(record));
    } catch (error) {
      try {
        await this.#options.onFailure?.(error, record.target);
      } catch {
        // The rotation continues, even if that fails.
      }
      await this.#fail(record, error);
    }
  }

  /** Sets the alarm of the next try before this one is begun, so that a run that is killed has a successor. */
  async #arm(): Promise<AlarmRecord | undefined> {
    return this.#storage.transaction(async (transaction) => {
      const record = recordOf(await transaction.get(name));
      if (record?.request === undefined || record.nextTry === undefined) return undefined;
      const tries = record.tries + 1;
      const armed = { ...record, tries, nextTry: this.#nextTry(tries) };
      await transaction.put(name, armed);
      await transaction.setAlarm(armed.nextTry);
      return armed;
    });
  }

  async #run({ target, request = "", decisions, givenUp }: AlarmRecord): Promise<RotationState> {
    const { client, ...setup } = await this.#setup(target);
    const state = await inspectRotation(target, setup);
    const isUnderWay = state !== undefined && state.phase !== "done";
    if (state && isOurs(state, request)) return state;
    const { acceptChange, redeliver } = isUnderWay ? decisions : {};
    // Not for the secret that has come of it.
    const acceptDowntime = decisions.acceptDowntime && (state?.sha256 === undefined || state.sha256 === givenUp);
    if (state && isWaiting(state) && !redeliver && !acceptDowntime) return state;
    const options = { ...setup, acceptChange, redeliver, acceptDowntime, memo: { ...setup.memo, alarm: request } };
    if (!isUnderWay || acceptDowntime) return rotateClientSecret(client, target, options);
    if (redeliver || !["verified", "finishing"].includes(state.phase)) return resumeRotation(client, target, options);
    return finishRotation(client, target, options);
  }

  /** A run has come as far as it should. */
  async #settle(record: AlarmRecord, state: RotationState): Promise<void> {
    const { phase, finishFrom } = state;
    const isDone = isOurs(state, record.request);
    await this.#update(record, ({ decisions }) => ({
      ...(isDone && { request: undefined }),
      decisions: isDone ? {} : { ...decisions, acceptDowntime: undefined },
      tries: 0,
      phase,
      failure: undefined,
      nextTry: isDone ? undefined : Math.max(Date.now(), finishFrom?.getTime() ?? 0),
    }));
  }

  async #fail(record: AlarmRecord, error: unknown): Promise<void> {
    const phase = error instanceof RotationError ? error.phase : record.phase;
    const tries = phase === record.phase ? record.tries : 1;
    // There is nothing to recover: continue the rotation that is under way.
    const isNeedless =
      error instanceof RotationError && error.code === "rotation-in-progress" && (error.phase ?? "done") !== "done";
    await this.#update(record, ({ decisions }) => ({
      decisions: isNeedless ? { ...decisions, acceptDowntime: undefined } : decisions,
      tries,
      phase,
      failure: failureOf(error),
      nextTry: mayMend(error, tries) ? this.#nextTry(tries) : undefined,
    }));
  }

  /** Writes down what a run has come to; unless somebody has asked again meanwhile, which the next run then answers at once. */
  async #update(record: AlarmRecord, change: (now: AlarmRecord) => Partial<AlarmRecord>): Promise<void> {
    await this.#storage.transaction(async (transaction) => {
      const now = recordOf(await transaction.get(name)) ?? record;
      const isAskedAgain = now.asked !== record.asked;
      const changed = { ...now, ...change(now) };
      const { request, decisions } = changed;
      const nextTry = isAskedAgain && request !== undefined ? Date.now() : changed.nextTry;
      await transaction.put(name, {
        ...changed,
        // Once is enough.
        decisions: isAskedAgain ? decisions : { ...decisions, redeliver: undefined },
        nextTry,
      });
      await (nextTry === undefined ? transaction.deleteAlarm() : transaction.setAlarm(nextTry));
    });
  }

  #nextTry(tries: number): number {
    const { firstDelay = 5000, longestDelay = 900_000 } = this.#options;
    return Date.now() + Math.min(longestDelay, firstDelay * 2 ** (tries - 1)) * (1 - Math.random() / 2);
  }
}

/** Whether the requested rotation is done. An abandoned one, which changed nothing, is not. */
function isOurs(state: RotationState, request: string | undefined): boolean {
  return state.phase === "done" && state.abandoned === undefined && state.memo.alarm === request;
}

/** Whether the overlap is not over. */
function isWaiting({ phase, finishFrom }: RotationState): boolean {
  return phase === "verified" && finishFrom !== undefined && finishFrom.getTime() > Date.now();
}

function recordOf(value: unknown): AlarmRecord | undefined {
  return value as AlarmRecord | undefined;
}
