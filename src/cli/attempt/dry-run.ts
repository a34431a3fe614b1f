import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inspectRotation, probeIssuer, type RotationOptions, type Sink, type Target } from "../../rotation/index.ts";
import { requireAccount, type Session } from "../session/session.ts";
import { exitCodeOf } from "../terminal/exit-code.ts";
import { messageOf } from "../terminal/message-of.ts";
import type { Progress } from "../terminal/progress.ts";
import { steps } from "./preview.ts";
import { rotationUnderWay } from "./rotation-under-way.ts";

/** What a check found; with an exit code, it is in the way of a rotation. */
interface Finding {
  readonly check: string;
  readonly found: string;
  readonly exitCode: number;
}

/**
 * `rotate --dry-run`: every check that changes nothing.
 *
 * @returns The exit code of the first thing that is in the way; 0 if nothing is.
 */
export async function dryRun(
  session: Session,
  where: Target,
  plan: Pick<RotationOptions, "sinks" | "check" | "verify" | "finish" | "overlap">,
  progress: Progress,
): Promise<number> {
  const { output } = session;
  const findings: Finding[] = [];
  const add = (check: string, found: string, exitCode = 0): void => void findings.push({ check, found, exitCode });

  await stateDirectoryCheck(session, add);
  const { sinks = [] } = plan;
  if (sinks.length === 0) add("sinks", "none: give at least one --to", 2);
  for (const sink of sinks) await sinkCheck(sink, session.signal, add);
  await clientCheck(session, where, plan.verify, progress, add);
  progress.stop();

  const exitCode = findings.find((finding) => finding.exitCode !== 0)?.exitCode ?? 0;
  const marks = (finding: Finding) => (finding.exitCode ? output.paint("red", "✗") : output.paint("green", "✓"));
  output.result(findings.map((finding) => `${marks(finding)} ${finding.check}: ${finding.found}`).join("\n"));
  if (exitCode === 0)
    output.result(
      `\nA rotation would:\n${steps(plan, false)
        .map((step, index) => `  ${index + 1}. ${step}`)
        .join("\n")}`,
    );
  output.result("\nNothing was changed.");
  output.json({ command: "rotate", dryRun: true, ok: exitCode === 0, exitCode, ...where, findings });
  return exitCode;
}

type Add = (check: string, found: string, exitCode?: number) => void;

async function stateDirectoryCheck({ directory }: Session, add: Add): Promise<void> {
  // The nearest folder that is there; making the others can be left to the rotation.
  let existing = directory;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    const probe = await mkdtemp(join(existing, ".cf-oauth-dry-run-"));
    rmSync(probe, { recursive: true });
    add("state directory", `${directory} can be written`);
  } catch (error) {
    add("state directory", `${directory} cannot be written (${messageOf(error)})`, 1);
  }
}

async function sinkCheck({ name, preflight }: Sink, signal: AbortSignal, add: Add): Promise<void> {
  if (!preflight) {
    add(`sink ${name}`, "not tried: it cannot be tried without delivering");
    return;
  }
  try {
    const note = await preflight({ signal });
    add(`sink ${name}`, note ?? "can be written");
  } catch (error) {
    signal.throwIfAborted();
    add(`sink ${name}`, messageOf(error), 6);
  }
}

async function clientCheck(
  session: Session,
  where: Target,
  verify: RotationOptions["verify"],
  progress: Progress,
  add: Add,
): Promise<void> {
  const { client, signal, journal, issuer, fetch } = session;
  const account_id = requireAccount(where.accountId);
  let found: Awaited<ReturnType<typeof client.iam.oauthClients.get>>;
  try {
    progress.onEvent({ type: "request", request: "read" });
    found = await client.iam.oauthClients.get(where.clientId, { account_id }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    return add("credentials and client", messageOf(error), exitCodeOf(error));
  }
  add(
    "credentials and client",
    `${found.client_name ?? where.clientId} can be read; whether it may be rotated shows only when it is`,
  );
  const method = found.token_endpoint_auth_method;
  if (method === "none" || method === undefined)
    return add("client secret", "the client has none: its authentication method is none", 4);

  const state = await inspectRotation(where, { journal });
  const underWay = rotationUnderWay(state);
  if (underWay) add("rotation", `under way, in phase ${underWay.phase}, and rotate continues it: ${underWay.summary}`);
  else if (found.has_rotated_secret)
    add(
      "rotation",
      `an old secret has not been deleted yet, and the journal ${session.journalKeys ? `in ${session.directory}` : "that your command keeps"} has no rotation that it belongs to. Finish that where it began. If its journal is lost and a sink has the new secret, adopt it. If nobody has the new secret, recover.`,
      4,
    );
  else add("rotation", "none is under way");

  if (verify === false) return add("proof", "declined by --no-verify");
  if (typeof verify === "function") return add("proof", "by your command");
  const options = { issuer, clientId: where.clientId, method, fetch, signal, onEvent: progress.onEvent };
  const { endpoint, reason } = await probeIssuer(options);
  add("proof", reason, endpoint ? 0 : 7);
}
