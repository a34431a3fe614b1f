import { creationLog } from "../../rotation/creation-log.ts";
import { createOAuthClient } from "../../rotation/index.ts";
import type { Settings } from "../../rotation/steps/create.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, settings, verifyAndConfirm } from "../attempt/option-table.ts";
import { option, options } from "../attempt/options.ts";
import { UsageError } from "../terminal/command-error.ts";
import type { CommandDefinition } from "./definition.ts";

/** What asks a running service: it does not know the client yet. */
const ofServices: readonly string[] = ["running", "replicas"];

/** What options mean here, where there is no old secret and no service that runs with it. */
const meanings: Readonly<Record<string, string>> = {
  check: "exit 0 if your service has the secret whose SHA-256 is in CF_OAUTH_SECRET_SHA256",
  checkTimeout: "how long to repeat a check that fails (default: 0)",
  noCheck: "do not keep the secret in the journal until it is confirmed",
};

/** `create`: creates a client and delivers its first secret, or continues that. */
export const command: CommandDefinition<[options: GivenOptions]> = {
  about:
    "Create an OAuth client, deliver its first secret to your sinks and verify it. Run it again if it was interrupted: it never creates a second client of that name.",
  usage: ["--name <name> --to <sink> [options]"],
  examples: `$ cf-oauth create --name Billing --redirect-uri https://billing.example.com/callback \\
    --scope account.read --to 'dotenv:/srv/app/.env#OAUTH_CLIENT_SECRET'`,
  options: [
    ...options(...settings, "to"),
    ...verifyAndConfirm.filter((name) => !ofServices.includes(name)).map((name) => option(name, meanings[name])),
  ],
  async run(session, options) {
    const given = settingsOf(options);
    return onOneClient(
      session,
      {
        command: "create",
        run: (client, { accountId }, rotation) =>
          createOAuthClient(client, { account_id: accountId, ...given }, rotation),
      },
      await creationLog(given.client_name),
      options,
    );
  },
};

/** @throws {UsageError} If an option is missing, or has an unknown value. */
function settingsOf({
  name,
  redirectUri,
  scope,
  grantType,
  authMethod = "client_secret_basic",
}: GivenOptions): Settings {
  const required = { "--name <name>": name, "--redirect-uri <uri>": redirectUri, "--scope <scope>": scope };
  const missing = Object.entries(required).flatMap(([flags, value]) => (value === undefined ? [flags] : []));
  if (name === undefined || missing.length > 0)
    throw new UsageError(`A new client needs ${missing.join(" and ")}. Nothing was sent.`);
  return {
    client_name: name,
    redirect_uris: [...(redirectUri ?? [])],
    scopes: [...(scope ?? [])],
    grant_types: (grantType ?? ["authorization_code"]).map((one) =>
      oneOf("--grant-type", one, ["authorization_code", "refresh_token"]),
    ),
    response_types: ["code"],
    token_endpoint_auth_method: oneOf("--auth-method", authMethod, ["client_secret_basic", "client_secret_post"]),
  };
}

function oneOf<T extends string>(flag: string, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`${flag} takes ${values.join(" or ")}; not "${text}".`);
  return found;
}
