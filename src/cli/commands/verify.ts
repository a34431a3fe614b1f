import { buffer } from "node:stream/consumers";
import { Option } from "commander";
import { verifyClientSecret } from "../../rotation/index.ts";
import { type Session, target } from "../session/session.ts";
import { UsageError } from "../terminal/command-error.ts";
import { Progress } from "../terminal/progress.ts";
import { hintForMessage } from "../terminal/text.ts";
import type { CommandDefinition } from "./definition.ts";

/** `verify`: whether the client secret on stdin authenticates. */
export const command: CommandDefinition<[clientId: string, options: VerifyOptions]> = {
  about:
    "Check whether the issuer accepts the secret on stdin, three times in a row. A secret that is refused is tried twelve times in two minutes, because not every server may know it yet.",
  examples: `$ cf-oauth verify $ID < /run/secrets/oauth
$ vault kv get -field=key secret/app | cf-oauth verify $ID`,
  help: "Exit code 0: accepted. 7: refused, or it cannot be told.",
  options: [
    new Option("--auth-method <method>", "how the client authenticates (default: the API tells)").choices([
      "client_secret_basic",
      "client_secret_post",
    ]),
  ],
  run: verify,
};

interface VerifyOptions {
  readonly authMethod?: string;
}

async function verify(session: Session, clientId: string, options: VerifyOptions): Promise<number> {
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
