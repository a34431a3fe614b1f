import { createHash, createHmac } from "node:crypto";
import { Random } from "../../support/random.ts";
import type { Event, Scheduler } from "./scheduler.ts";

/** The longest delay that a timer of Node takes. */
const longestDelay = 2_147_483_647;

/**
 * Gives the code of processes the simulator's time and chance. What runs outside a process (the test runner, say) keeps the
 * real ones.
 *
 * @returns What puts everything back.
 */
export function takeOver(scheduler: Scheduler, seed: string): () => void {
  const real = {
    Date: globalThis.Date,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    now: performance.now,
    random: Math.random,
    crypto: Object.getOwnPropertyDescriptor(globalThis, "crypto"),
    timeout: AbortSignal.timeout,
  };
  const random = new Random(`${seed} code`);
  // Nobody reads the stacks of some hundred errors a second.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;

  class VirtualDate extends real.Date {
    constructor(...parts: unknown[]) {
      // Type: the constructor of Date has overloads that take one to seven numbers, a text or a date.
      super(...((parts.length ? parts : [VirtualDate.now()]) as [number]));
    }
    static override now(): number {
      return scheduler.current ? scheduler.date(scheduler.current) : real.Date.now();
    }
  }

  const virtualTimeout = (run: (...values: unknown[]) => void, delay?: number, ...values: unknown[]) => {
    const host = scheduler.current;
    if (!host) return real.setTimeout(run, delay, ...values);
    const wait = delay !== undefined && delay >= 1 && delay <= longestDelay ? delay : 1;
    return Object.assign(
      scheduler.after(wait, () => run(...values), host, true),
      { unref: () => undefined, ref: () => undefined },
    );
  };
  const virtualClear = (timer: unknown) => {
    if (isEvent(timer)) scheduler.cancel(timer);
    else real.clearTimeout(timer as NodeJS.Timeout | undefined);
  };
  const set = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
  set("Date", VirtualDate);
  set("setTimeout", virtualTimeout);
  set("clearTimeout", virtualClear);
  set("crypto", virtualCrypto(random));
  performance.now = () => (scheduler.current ? scheduler.monotonic(scheduler.current) : real.now.call(performance));
  Math.random = () => (scheduler.current ? random.fraction() : real.random());
  AbortSignal.timeout = (delay) => {
    const controller = new AbortController();
    virtualTimeout(() => controller.abort(new DOMException("The operation timed out.", "TimeoutError")), delay);
    return controller.signal;
  };

  return () => {
    Error.stackTraceLimit = stackTraceLimit;
    set("Date", real.Date);
    set("setTimeout", real.setTimeout);
    set("clearTimeout", real.clearTimeout);
    if (real.crypto) Object.defineProperty(globalThis, "crypto", real.crypto);
    performance.now = real.now;
    Math.random = real.random;
    AbortSignal.timeout = real.timeout;
  };
}

function isEvent(timer: unknown): timer is Event {
  return typeof timer === "object" && timer !== null && "isCancelled" in timer;
}

/** The real one completes on a thread of its own, at a moment that no seed decides. */
function virtualCrypto(random: Random): object {
  const bytesOf = (data: ArrayBuffer | ArrayBufferView) =>
    data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const whole = (buffer: Buffer) => Uint8Array.from(buffer).buffer;
  const getRandomValues = <T extends ArrayBufferView>(array: T): T => {
    const bytes = bytesOf(array);
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.next() & 255;
    return array;
  };
  return {
    getRandomValues,
    randomUUID: () => {
      const hex = Buffer.from(getRandomValues(new Uint8Array(16))).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
    subtle: {
      digest: async (_: unknown, data: ArrayBufferView) => whole(createHash("sha256").update(bytesOf(data)).digest()),
      importKey: async (_: unknown, key: ArrayBufferView) => ({ key: Uint8Array.from(bytesOf(key)) }),
      sign: async (_: unknown, { key }: { key: Uint8Array }, data: ArrayBufferView) =>
        whole(createHmac("sha256", key).update(bytesOf(data)).digest()),
    },
  };
}
