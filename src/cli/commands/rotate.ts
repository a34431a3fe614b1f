import { rotateClientSecret } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, verifyAndConfirm } from "../attempt/option-table.ts";
import { options, refuseBesidePlan, requireClient } from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";

/** `rotate`: begins a rotation, or continues the one that is under way. */
export const command: CommandDefinition<[clientId: string | undefined, options: GivenOptions]> = {
  about:
    "Create a new client secret, deliver it to your sinks and verify it. Both secrets work afterwards; `cf-oauth finish` deletes the old one.",
  usage: ["<client-id> --to <sink> [options]", "--plan <file> [options]"],
  examples: `# Write it to a dotenv file; keep the old secret for at least an hour
$ cf-oauth rotate $ID --to 'dotenv:/srv/app/.env#OAUTH_CLIENT_SECRET' --overlap 1h

# Store it in AWS, read it back, and delete the old secret in the same run
$ cf-oauth rotate $ID --finish --yes \\
    --to 'aws=exec:aws secretsmanager put-secret-value --secret-id app \\
      --secret-string file:///dev/stdin' \\
    --read-back 'aws=aws secretsmanager get-secret-value --secret-id app \\
      --query SecretString --output text'

# Store it as a Worker secret; ask the service which secret it runs with
$ cf-oauth rotate $ID --to 'exec:wrangler secret put OAUTH_SECRET --name app' \\
    --check 'curl -fsS https://app.internal/secret-digest |
      grep -qx "$CF_OAUTH_SECRET_SHA256"'

# Rotate every client of a plan that is due, while its window is open
$ cf-oauth rotate --plan rotation.yaml --yes`,
  help: "Recipes for AWS, Kubernetes, Vault and others: cf-oauth help sinks",
  options: options("to", "overlap", "finish", ...verifyAndConfirm, "plan", "dryRun", "yes"),
  async run(session, clientId, options) {
    if (options.plan === undefined)
      return onOneClient(session, { command: "rotate", run: rotateClientSecret }, requireClient(clientId), options);
    refuseBesidePlan(clientId, options);
    return (await import("../plan/rotate-plan.ts")).rotatePlan(session, options.plan, options);
  },
};
