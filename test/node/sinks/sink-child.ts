/** A process that delivers a secret to a sink, as its argument says, and prints to stderr what failed, in JSON. */
import { parseSink } from "../../../src/node/index.ts";

export interface DeliveryTask {
  readonly spec: string;
  /** Or how many characters it has. */
  readonly secret: string | number;
  readonly umask?: number;
  /** Waits for the end of stdin first. */
  readonly waitForStdin?: boolean;
  /** Only looks whether it could. */
  readonly isRehearsal?: boolean;
  readonly inPlace?: boolean;
  /** XDG_STATE_HOME. */
  readonly state?: string;
}

/** Empty if the delivery succeeded. */
export interface DeliveryReport {
  readonly code?: string;
  readonly message?: string;
}

const task: DeliveryTask = JSON.parse(process.argv[2] ?? "");
const { spec, secret, umask, waitForStdin, isRehearsal, inPlace, state } = task;
if (state !== undefined) process.env.XDG_STATE_HOME = state;
if (umask !== undefined) process.umask(umask);
if (waitForStdin) for await (const _ of process.stdin);

const value = typeof secret === "number" ? "x".repeat(secret) : secret;
const context = { signal: new AbortController().signal };
const sink = parseSink(spec, { inPlace });
const work = isRehearsal ? sink.preflight?.(context) : sink.deliver(value, context);
const report: DeliveryReport = await Promise.resolve(work).then(
  () => ({}),
  (error) => ({ code: error.code, message: error.message }),
);
process.stderr.write(JSON.stringify(report));
