import { wait } from "../client/wait.ts";
import { longestAnnouncement } from "./announcement.ts";
import { age, now } from "./clock.ts";
import { sha256 } from "./digest.ts";
import type { SinkConfirmation } from "./entry.ts";
import { freshness } from "./log.ts";
import type { RotationOptions } from "./options.ts";
import type { Run } from "./run.ts";
import { describe } from "./run-error.ts";
import { AnotherRuns } from "./running-check.ts";
import { requireAccepted } from "./secret-verification.ts";
import type { Check } from "./sink.ts";

/**
 * Verifies the secret and confirms every sink, in one pass; not again what this run did within two seconds. If the check took long,
 * as where it waits for a rollout, the rest is done once more: in the meantime a sink may have got the old secret back.
 *
 * @returns How each sink was confirmed; none for a sink that has neither read-back nor check.
 */
export async function verifyAndConfirm(run: Run): Promise<Record<string, SinkConfirmation>> {
  if (run.confirmed && age(run.confirmed) <= freshness) return { ...run.current.proofs };
  await requireAccepted(run);
  const started = now();
  const confirmations = await readBackAll(run);
  const { check } = run.options;
  // Also where every sink was read back: what is stored need not be what runs.
  if (check) {
    await checkDeployment(run, check, run.current.sha256 ?? "");
    if (age(started) >= longestAnnouncement) {
      await requireAccepted(run);
      Object.assign(confirmations, await readBackAll(run));
    }
    for (const { name } of run.current.sinks) {
      const readBack = confirmations[name];
      confirmations[name] = readBack ? { ...readBack, isChecked: true } : { by: "check", at: Date.now() };
    }
  }
  run.confirmed = now();
  return confirmations;
}

/** Shows of each sink that can be read back that it holds the new secret. */
async function readBackAll(run: Run): Promise<Record<string, SinkConfirmation>> {
  const { sinks, sha256: digest = "" } = run.current;
  const confirmations: Record<string, SinkConfirmation> = {};
  // At once, since each may take a process and a second; and all to their end, so that none is left running.
  const readBacks = await Promise.allSettled(sinks.map(({ name }) => readBack(run, name, digest)));
  for (const outcome of readBacks) {
    if (outcome.status === "rejected") throw outcome.reason;
    Object.assign(confirmations, outcome.value);
  }
  return confirmations;
}

/**
 * Calls the caller's check until it has succeeded several times in a row, since each call may ask another replica. A failure ends it
 * only when the time for a rollout is over.
 */
async function checkDeployment(run: Run, check: Check, digest: string): Promise<void> {
  const { checkRuns = 3, checkInterval = 1000, checkTimeout = 0 } = run.options;
  const started = now();
  for (let succeeded = 0; ; ) {
    run.emit({ type: "check", attempt: succeeded + 1, of: checkRuns });
    const failure = await callCheck(run, check, digest);
    if (!failure && ++succeeded >= checkRuns) return;
    if (failure) {
      if (age(started) + checkInterval >= checkTimeout) throw checkFailure(run, failure, succeeded);
      const until = Date.now() + checkTimeout - age(started);
      run.emit({ type: "check", attempt: succeeded + 1, of: checkRuns, failure: failure.what, until });
      succeeded = 0;
    }
    run.emit({ type: "wait", why: "until the next check", until: Date.now() + checkInterval });
    await wait(checkInterval, run.signal);
  }
}

/** Why a check confirms nothing. */
interface CheckFailure {
  readonly what: string;
  /** What it threw; undefined if it says that another secret is deployed. */
  readonly cause?: unknown;
}

async function callCheck(run: Run, check: Check, digest: string): Promise<CheckFailure | undefined> {
  try {
    return (await check(digest, { signal: run.signal })) ? undefined : { what: "the new secret is not deployed" };
  } catch (cause) {
    run.signal.throwIfAborted();
    return { what: run.describe(cause), cause };
  }
}

function checkFailure(run: Run, { what, cause }: CheckFailure, succeeded: number): Error {
  const before = succeeded === 0 ? "" : ` It had succeeded ${succeeded === 1 ? "once" : `${succeeded} times`}.`;
  if (cause !== undefined) return run.error("check-failed", `The check failed: ${what}.${before}`, { cause });
  return run.error("check-failed", `The check says that ${what}.${before}`, {
    todo: "If the rollout is still under way, try again after it. If a sink holds another secret by now, deliver the new one again.",
    next: null,
  });
}

/** Shows of a sink, by reading it back, that it holds the new secret; of one that cannot be read back, nothing. */
async function readBack(run: Run, name: string, digest: string): Promise<Record<string, SinkConfirmation>> {
  const sink = run.options.sinks.find((one) => one.name === name);
  if (!sink?.readBack) return {};
  run.emit({ type: "confirm", sink: name });
  const warn = (message: string) => run.emit({ type: "warning", message: `${name}: ${message}` });
  let around: string | undefined;
  try {
    around = await aroundSecret(await sink.readBack({ signal: run.signal, warn }), digest);
  } catch (cause) {
    run.signal.throwIfAborted();
    throw run.error("check-failed", `The sink ${name} could not be read back: ${run.describe(cause)}.`, { cause });
  }
  if (around === "") return { [name]: { by: "read-back", at: Date.now() } };
  if (around !== undefined)
    throw run.error(
      "check-failed",
      `The sink ${name} holds the new secret with ${around} around it. A service that sends it like that is refused.`,
      {
        todo: "Have the sink store exactly what it is given. If only the read-back adds the line end, let it print the secret alone.",
        next: null,
      },
    );
  throw run.error("check-failed", `The sink ${name} does not hold the new secret.`, {
    todo: "If a deployment restored the old one, deliver the new one again.",
    next: null,
  });
}

/** What is around the secret of a digest in a text, in words: nothing, if it is the secret alone; undefined if it is another one. */
async function aroundSecret(found: string, digest: string): Promise<string | undefined> {
  if ((await sha256(found)) === digest) return "";
  if ((await sha256(found.trim())) !== digest) return undefined;
  return /[\r\n]$/.test(found) ? "a line end" : "white space";
}

/** What is deployed, compared with the newest secret that the journal knows: `newest`, `another`, or `unknown` with the reason. */
export interface DeploymentFinding {
  /** A sink's name; or `check`, for the check. */
  readonly where: string;
  /** Whether it has the newest secret. */
  readonly has: "newest" | "another" | "unknown";
  /** Why that is not known, or what is wrong; undefined where nothing is. */
  readonly reason: string | undefined;
}

/**
 * Compares what is deployed with the SHA-256 of the newest secret, which a journal keeps after the rotation is done: by reading the sinks
 * back, and by the check, which is called once. Changes nothing, and asks neither the API nor the issuer.
 *
 * @param sha256 of the newest secret, in hex, as the state of the rotation has it.
 * @param options the sinks, of which those without a read-back are left out; the check; and `signal`, which ends it.
 * @returns What was found, one for each sink and one for the check.
 * @throws The reason of `signal`, when it is aborted.
 */
export async function inspectDeployment(
  sha256: string,
  { sinks = [], check, signal = new AbortController().signal }: Pick<RotationOptions, "sinks" | "check" | "signal">,
): Promise<DeploymentFinding[]> {
  const unlessUnknown = async (where: string, look: () => Promise<Omit<DeploymentFinding, "where">>) => {
    try {
      return { where, ...(await look()) };
    } catch (error) {
      signal.throwIfAborted();
      const has: DeploymentFinding["has"] = error instanceof AnotherRuns ? "another" : "unknown";
      return { where, has, reason: describe(error, undefined) };
    }
  };
  const found: Promise<DeploymentFinding>[] = [];
  for (const sink of sinks) {
    const readBack = sink.readBack?.bind(sink);
    if (readBack)
      found.push(
        unlessUnknown(sink.name, async () => {
          const around = await aroundSecret(await readBack({ signal }), sha256);
          if (around === "") return { has: "newest", reason: undefined };
          return { has: "another", reason: around && `the newest one, with ${around} around it` };
        }),
      );
  }
  if (check)
    found.push(
      unlessUnknown("check", async () => ({
        has: (await check(sha256, { signal })) ? "newest" : "another",
        reason: undefined,
      })),
    );
  return Promise.all(found);
}
