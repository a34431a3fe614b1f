import { resumeRotation } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, options, verifyAndConfirm } from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";

/** `resume`: continues an interrupted rotation. */
export const command: CommandDefinition<[clientId: string, options: GivenOptions]> = {
  options: options("deliverAgain", "replaceSink", "acceptChange", ...verifyAndConfirm),
  help: `Examples:
  cf-oauth resume <client-id>
  cf-oauth resume <client-id> --deliver-again vault
  cf-oauth resume <client-id> --replace-sink 'vault=exec:vault kv patch secret/app key=-'
  cf-oauth resume <client-id> --read-back 'vault=vault kv get -field=key secret/app'`,
  run: (session, clientId, options) =>
    onOneClient(session, { command: "resume", run: resumeRotation }, clientId, options),
};
