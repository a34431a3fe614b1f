import type { Phase, RotationState } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { Declined } from "../terminal/command-error.ts";
import { formatDuration } from "../terminal/duration.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import type { Work } from "./attempt.ts";
import type { Prepared } from "./prepare.ts";

/**
 * Shows what a rotation will do and asks. With `--yes`, or if nobody can be asked, it continues.
 *
 * @throws {Declined} if the response is no.
 */
export async function askBefore(
  { client, signal, output }: Session,
  { command, where }: Work,
  prepared: Prepared,
  isAnswered: boolean,
): Promise<void> {
  if (isAnswered || !canAsk()) return;
  const { accountId: account_id, clientId } = where;
  const isRecovery = command === "recover";
  const { client_name = "", token_endpoint_auth_method = "none" } = await client.iam.oauthClients.get(
    clientId,
    { account_id },
    { signal },
  );
  const name = `${client_name ? `${client_name} ` : ""}(${clientId})`;
  output.note(`${isRecovery ? "Recover" : "Rotate"} the secret of ${name} (${token_endpoint_auth_method}):`);
  for (const [index, step] of stepsAhead(prepared, undefined, isRecovery).entries())
    output.note(`  ${index + 1}. ${step}`);
  for (const { name: sink, preflight } of prepared.sinks ?? []) {
    // The rotation itself reports what is in its way.
    const note = await preflight?.({ signal }).catch(() => undefined);
    if (note !== undefined) output.note(`  But: ${sink}: ${note}.`);
  }
  if (!(await confirm(isRecovery ? "Recover now?" : "Rotate now?", signal))) throw new Declined();
}

/** How many of the steps each phase has behind it. */
const stepsBehind: Readonly<Record<Phase, number>> = {
  requesting: 0,
  recovering: 0,
  issued: 1,
  delivered: 2,
  verified: 3,
  finishing: 3,
  done: 0,
};

/**
 * The steps of a rotation that are still to be taken, in a person's words.
 *
 * @param underWay the rotation; undefined before it begins.
 */
export function stepsAhead(
  { sinks = [], activate, check, verify, finish, overlap = 0 }: Prepared,
  underWay: RotationState | undefined,
  isRecovery: boolean = false,
): string[] {
  const readBack = sinks.filter((sink) => sink.readBack).map(({ name }) => name);
  const checks = [
    ...(verify === false
      ? []
      : [typeof verify === "function" ? "verify it with your command" : "verify it at the issuer"]),
    ...(activate ? ["run your command that activates it"] : []),
    ...(readBack.length ? [`read it back from ${readBack.join(", ")}`] : []),
    ...(check ? ["run your check"] : []),
  ];
  const waiting = sinks.map(({ name }) => name).filter((name) => !underWay?.delivered.includes(name));
  const request = underWay
    ? "find out whether the request for a new secret was applied, and send it again if it was not"
    : isRecovery
      ? "create a new secret; if the API refuses another one, delete an older one first, and then no deployed secret may work until step 2 is done"
      : "create a new secret; the old one keeps working";
  return [
    request,
    `deliver it to ${waiting.join(", ")}`,
    checks.length ? checks.join(", and ") : "check nothing, as you asked",
    finish || underWay?.phase === "finishing"
      ? "repeat these checks, and delete the old secret"
      : `keep the old secret${overlap ? ` for at least ${formatDuration(overlap)}` : ""}; \`cf-oauth finish\` deletes it`,
  ].slice(underWay ? stepsBehind[underWay.phase] : 0);
}
