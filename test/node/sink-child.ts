/** A process that delivers a secret to a sink, as its argument says, and prints to stderr what failed, in JSON. */
import { parseSink } from "../../src/node/index.ts";

export interface DeliveryTask {
  readonly spec: string;
  /** Or how many characters it has. */
  readonly secret: string | number;
  readonly umask?: number;
  /** Waits for the end of stdin first. */
  readonly waitForStdin?: boolean;
}

/** Empty if the delivery succeeded. */
export interface DeliveryReport {
  readonly code?: string;
  readonly message?: string;
}

const { spec, secret, umask, waitForStdin }: DeliveryTask = JSON.parse(process.argv[2] ?? "");
if (umask !== undefined) process.umask(umask);
if (waitForStdin) for await (const _ of process.stdin);

const value = typeof secret === "number" ? "x".repeat(secret) : secret;
const report: DeliveryReport = await parseSink(spec)
  .deliver(value, { signal: new AbortController().signal })
  .then(
    () => ({}),
    (error) => ({ code: error.code, message: error.message }),
  );
process.stderr.write(JSON.stringify(report));
