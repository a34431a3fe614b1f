import { buffer } from "node:stream/consumers";
import { verifyClientSecret } from "../../rotation/index.ts";
import { hintForMessage } from "../attempt/decisions.ts";
import { type Session, target } from "../session/session.ts";
import { Progress } from "../terminal/progress.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** `verify`: whether the client secret on stdin authenticates. */
export async function verify(
  session: Session,
  clientId: string,
  options: { readonly authMethod?: string },
): Promise<number> {
  const { output, issuer, fetch, signal } = session;
  if (process.stdin.isTTY)
    throw new UsageError("verify reads the secret from stdin: `cf-oauth verify <client-id> < file`, or pipe it in.");
  // One line end is what echo or an editor adds.
  const clientSecret = (await buffer(process.stdin)).toString("utf8").replace(/\r?\n$/, "");
  if (clientSecret === "") throw new UsageError("stdin was empty: there is no secret to verify.");
  const method = options.authMethod ?? (await registeredMethod(session, clientId));
  if (method !== "client_secret_basic" && method !== "client_secret_post")
    throw new UsageError(`A client whose authentication method is ${method} has no secret to verify.`);
  const progress = new Progress(output);
  const { verdict, reason } = await verifyClientSecret({
    issuer,
    clientId,
    method,
    fetch,
    signal,
    clientSecret,
    onEvent: progress.onEvent,
  }).finally(() => progress.stop());
  const exitCode = verdict === "accepted" ? 0 : 7;
  const code =
    verdict === "accepted" ? null : verdict === "refused" ? "verification-failed" : "verification-inconclusive";
  output.json({ command: "verify", ok: exitCode === 0, exitCode, code, clientId, verdict, reason });
  output.result(`${verdict}: ${reason}${hintForMessage(reason)}`);
  return exitCode;
}

async function registeredMethod(session: Session, clientId: string): Promise<string> {
  const { accountId: account_id } = target(session, clientId);
  const { token_endpoint_auth_method = "none" } = await session.client.iam.oauthClients.get(
    clientId,
    { account_id },
    { signal: session.signal },
  );
  return token_endpoint_auth_method;
}
