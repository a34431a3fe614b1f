import { resumeRotation } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, options, verifyAndConfirm } from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";

/** `resume`: continues an interrupted rotation. */
export const command: CommandDefinition<[clientId: string, options: GivenOptions]> = {
  options: options(...verifyAndConfirm, "replaceSink", "acceptChange"),
  help: `Examples:
  cf-oauth resume <client-id>
  cf-oauth resume <client-id> --replace-sink 'vault=exec:vault kv patch secret/app key=-'`,
  run: (session, clientId, options) =>
    onOneClient(session, { command: "resume", run: resumeRotation }, clientId, options),
};
