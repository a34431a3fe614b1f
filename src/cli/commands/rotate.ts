import { rotateClientSecret } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, options, refuseClient, requireClient, verifyAndConfirm } from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";
import { recipes } from "./sinks.ts";

/** `rotate`: begins a rotation, or continues the one that is under way. */
export const command: CommandDefinition<[clientId: string | undefined, options: GivenOptions]> = {
  options: options("to", "overlap", "finish", "plan", "dryRun", "yes", ...verifyAndConfirm),
  help: `Examples:
  cf-oauth rotate <client-id> --to dotenv:/srv/app/.env#OAUTH_CLIENT_SECRET --overlap 1h
  cf-oauth rotate <client-id> --to 'vault=exec:vault kv patch secret/app key=-' \\
    --read-back 'vault=vault kv get -field=key secret/app' --finish --yes
  cf-oauth rotate <client-id> --to exec:'wrangler secret put OAUTH_SECRET --name app' \\
    --check 'curl -fsS https://app.example.com/secret-digest | grep -qx "$CF_OAUTH_SECRET_SHA256"'
  cf-oauth rotate --plan rotation.yaml --yes

A plan has the clients, where the secret of each goes, and how often it is due; cf-oauth plan-schema prints its schema.
${recipes}`,
  async run(session, clientId, options) {
    if (options.plan === undefined)
      return onOneClient(session, { command: "rotate", run: rotateClientSecret }, requireClient(clientId), options);
    refuseClient(clientId);
    return (await import("../plan/rotate-plan.ts")).rotatePlan(session, options.plan, options);
  },
};
