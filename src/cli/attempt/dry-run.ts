import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { OAuthClientGetResponse } from "../../client/iam.ts";
import { type Check, inspectIssuer, type RotationErrorCode, type RotationState } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { exitCodeOf, exitCodes } from "../terminal/exit-code.ts";
import { messageOf } from "../terminal/text.ts";
import { type Attempt, orEnding, ready, type Work } from "./attempt.ts";
import type { Prepared } from "./prepare.ts";
import { stepsAhead } from "./preview.ts";
import { rotationUnderWay } from "./standing.ts";

/** What a check found; with a code, it is in the way of a rotation. */
interface Finding {
  readonly check: string;
  readonly found: string;
  readonly exitCode: number;
  readonly code: RotationErrorCode | null;
  /** Whether a person should read it, although it is not in the way. */
  readonly isNote?: boolean;
}

function found(check: string, found: string, code: RotationErrorCode | null = null): Finding {
  return { check, found, exitCode: code === null ? 0 : exitCodes[code], code };
}

/** `rotate --dry-run`: every check that changes nothing. Its ending is that of the first thing that is in the way. */
export function dryRun(session: Session, work: Work): Promise<Attempt> {
  return orEnding(session, work, async () => {
    const { prepared, state } = await ready(session, work);
    const underWay = rotationUnderWay(state);
    const findings: Finding[] = [];
    // A journal that a command keeps needs no state directory.
    if (session.journalKeys) findings.push(await checkStateDirectory(session));
    if (prepared.sinks?.length === 0) findings.push(found("sinks", "none: give at least one --to", "usage"));
    findings.push(...(await checkSinks(session, prepared)), ...(await checkCommands(session, prepared)));
    const { method, findings: seen } = await checkClient(session, work, underWay);
    findings.push(...seen);
    if (method) findings.push(await checkIssuer(session, work, method, prepared));
    return show(session, work, findings, { prepared, underWay });
  });
}

function show(
  { output }: Session,
  { command, where }: Work,
  findings: readonly Finding[],
  { prepared, underWay }: { readonly prepared: Prepared; readonly underWay: RotationState | undefined },
): Attempt {
  const { exitCode = 0, code = null } = findings.find((finding) => finding.code !== null) ?? {};
  output.result(
    ...findings.map(({ code, check, found, isNote }) => {
      const mark = code ? "bad" : isNote ? "note" : "good";
      return { mark, text: `${check}: ${found}` } as const;
    }),
  );
  if (code === null) {
    const steps = stepsAhead(prepared, underWay).map((step, index) => `  ${index + 1}. ${step}`);
    output.result("", `${underWay ? "Continued, this rotation" : "A rotation"} would:`, ...steps);
  }
  output.result("", "Nothing was changed.");
  output.json({
    command,
    dryRun: true,
    ok: code === null,
    exitCode,
    code,
    ...where,
    findings: findings.map(({ isNote, ...finding }) => finding),
  });
  return { state: underWay, ending: { command, exitCode, code: code ?? undefined } };
}

/** The checks of a dry run that are worth their requests for each client of a plan. Never rejects. */
export function dryRunOfPlan(session: Session, work: Work): Promise<Attempt> {
  return orEnding(session, work, async () => {
    const { prepared, state } = await ready(session, work);
    const { findings } = await checkClient(session, work, rotationUnderWay(state));
    const onNote = (message: string) => work.onEvent({ type: "warning", message });
    findings.push(...(await checkSinks(session, prepared, onNote)), ...(await checkCommands(session, prepared)));
    const fault = findings.find(({ code }) => code !== null);
    if (!fault) return { state, ending: { command: work.command, exitCode: 0 } };
    const { check, exitCode, code } = fault;
    const message = `${check}: ${fault.found}`;
    return { state, ending: { command: work.command, exitCode, code: code ?? undefined, message } };
  });
}

async function checkStateDirectory({ directory }: Session): Promise<Finding> {
  const check = "state directory";
  // The nearest folder that is there; making the others can be left to the rotation.
  let existing = directory;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    const probe = await mkdtemp(join(existing, ".cf-oauth-dry-run-"));
    rmSync(probe, { recursive: true });
    return found(check, `${directory} can be written`);
  } catch (error) {
    return found(check, `${directory} cannot be written (${messageOf(error)})`, "journal-failed");
  }
}

/** @param onNote takes what a sink says although it can take a secret. */
async function checkSinks(
  { signal }: Session,
  { sinks = [] }: Prepared,
  onNote: (message: string) => void = () => undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, spec = "", preflight } of sinks) {
    const check = `sink ${name}`;
    try {
      const note = await preflight?.({ signal });
      if (note !== undefined) onNote(`The sink ${name}: ${note}.`);
      const tried = /^([\w.-]+=)?exec:/.test(spec)
        ? "its command can be run; whether that stores a secret shows only on delivery"
        : preflight
          ? "can be written"
          : "not tried: it cannot be tried without delivering";
      findings.push({ ...found(check, note ?? tried), isNote: note !== undefined });
    } catch (error) {
      signal.throwIfAborted();
      findings.push(found(check, messageOf(error), "delivery-failed"));
    }
  }
  return findings;
}

/** Whether the commands can be run that activate the secret, check the deployment and verify the secret. */
async function checkCommands({ signal }: Session, { activate, check, verify }: Prepared): Promise<Finding[]> {
  const findings: Finding[] = [];
  const tryOne = async (name: string, code: RotationErrorCode, preflight: Check["preflight"]) => {
    try {
      await preflight?.({ signal });
    } catch (error) {
      signal.throwIfAborted();
      findings.push(found(name, messageOf(error), code));
    }
  };
  if (activate) await tryOne("activation", "delivery-failed", activate.preflight);
  if (check) await tryOne("check", "check-failed", check.preflight);
  if (typeof verify === "function") await tryOne("verification", "verification-inconclusive", verify.preflight);
  return findings;
}

type Method = Exclude<NonNullable<OAuthClientGetResponse["token_endpoint_auth_method"]>, "none">;

/** What is found of the client; and how it authenticates, if it has a secret. */
async function checkClient(
  session: Session,
  { where, recognise, onEvent }: Work,
  underWay: RotationState | undefined,
): Promise<{ readonly findings: Finding[]; readonly method?: Method }> {
  const { signal } = session;
  const { clientId, accountId: account_id } = where;
  let client: OAuthClientGetResponse;
  try {
    onEvent({ type: "request", request: "read" });
    client = await session.client.iam.oauthClients.get(clientId, { account_id }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const code = exitCodeOf(error) === exitCodes["credentials-refused"] ? "credentials-refused" : "api-failed";
    return { findings: [found("credentials and client", messageOf(error), code)] };
  }
  recognise?.(client);
  const name = client.client_name ?? clientId;
  const findings = [
    found("credentials and client", `${name} can be read; whether it may be rotated shows only when it is`),
  ];
  const { token_endpoint_auth_method: method = "none" } = client;
  if (method === "none") {
    const none = "the client has none: its authentication method is none";
    return { findings: [...findings, found("client secret", none, "no-client-secret")] };
  }
  return { findings: [...findings, rotationFound(session, client, underWay)], method };
}

function rotationFound(
  { directory, journalKeys }: Session,
  client: OAuthClientGetResponse,
  underWay: RotationState | undefined,
): Finding {
  const check = "rotation";
  if (underWay)
    return found(check, `under way, in phase ${underWay.phase}, and rotate continues it: ${underWay.summary}`);
  if (!client.has_rotated_secret) return found(check, "none is under way");
  const journal = journalKeys ? `in ${directory}` : "that your command keeps";
  return found(
    check,
    `an old secret has not been deleted yet, and the journal ${journal} has no rotation that it belongs to. Finish that where it began. If its journal is lost and a sink has the new secret, adopt it. If nobody has the new secret, recover.`,
    "rotation-in-progress",
  );
}

async function checkIssuer(
  { issuer, fetch, signal }: Session,
  { where, onEvent }: Work,
  method: Method,
  { verify }: Prepared,
): Promise<Finding> {
  const check = "verification";
  if (verify === false) return found(check, "declined by --no-verify");
  if (typeof verify === "function") return found(check, "by your command");
  const { endpoint, reason } = await inspectIssuer({
    issuer,
    clientId: where.clientId,
    method,
    fetch,
    signal,
    onEvent,
  });
  return found(check, reason, endpoint ? null : "verification-inconclusive");
}
