import type { RotationOptions, Target } from "../../rotation/index.ts";
import type { Session } from "../session/session.ts";
import { formatDuration } from "../terminal/duration.ts";
import { canAsk, confirm } from "../terminal/question.ts";
import { plain } from "../terminal/table.ts";

type Plan = Pick<RotationOptions, "sinks" | "check" | "verify" | "finish" | "overlap">;

/**
 * Shows what a rotation will do and asks; where nobody is there to be asked, or `--yes` has answered, it goes on.
 *
 * @returns Whether to go on.
 */
export async function confirmPlan(
  session: Session,
  command: string,
  where: Target,
  plan: Plan,
  isConfirmed: boolean,
): Promise<boolean> {
  // Without a sink there is nothing to confirm: the rotation refuses it.
  if (isConfirmed || !canAsk() || !plan.sinks?.length) return true;
  const { accountId: account_id, clientId } = where;
  const { client_name = "", token_endpoint_auth_method = "none" } = await session.client.iam.oauthClients.get(
    clientId,
    { account_id },
    { signal: session.signal },
  );
  const name = `${client_name ? `${plain(client_name)} ` : ""}(${clientId})`;
  session.output.note(
    `${command === "recover" ? "Recover" : "Rotate"} the client secret of ${name}, which authenticates by ${token_endpoint_auth_method}:`,
  );
  for (const [index, step] of steps(plan, command === "recover").entries())
    session.output.note(`  ${index + 1}. ${step}`);
  for (const { name: sink, preflight } of plan.sinks) {
    // What is in the way is told when it begins.
    const note = await preflight?.({ signal: session.signal }).catch(() => undefined);
    if (note !== undefined) session.output.note(`  But: ${sink}: ${note}.`);
  }
  return confirm("Go on?", session.signal);
}

/** What will happen, in a person's words. */
export function steps({ sinks = [], check, verify, finish, overlap = 0 }: Plan, isRecovery: boolean): string[] {
  const readBack = sinks.filter((sink) => sink.readBack).map(({ name }) => name);
  const proofs = [
    ...(verify === false
      ? []
      : [typeof verify === "function" ? "your command accepts it" : "it authenticates at the issuer"]),
    ...(readBack.length ? [`${readBack.join(", ")} holds it (read back)`] : []),
    ...(check ? ["your check vouches for the deployment"] : []),
  ];
  return [
    isRecovery
      ? "ask for a new secret; where the API refuses a third one, delete one first, and from then on perhaps none works until step 2 is done"
      : "ask for a second secret; the old one goes on working",
    `deliver it to ${sinks.map(({ name }) => name).join(", ")}`,
    proofs.length ? `prove that ${proofs.join(", and that ")}` : "prove nothing, as asked",
    finish
      ? "prove it once more, and delete the old secret at once"
      : `keep the old secret until \`cf-oauth finish\`${overlap ? `, at least ${formatDuration(overlap)}` : ""}`,
  ];
}
