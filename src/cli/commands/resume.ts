import { resumeRotation } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, verifyAndConfirm } from "../attempt/option-table.ts";
import { options } from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";

/** `resume`: continues an interrupted rotation. */
export const command: CommandDefinition<[clientId: string, options: GivenOptions]> = {
  about:
    "Continue an interrupted rotation, with the sinks and checks that it was started with. It is safe to run this after any failure.",
  examples: `$ cf-oauth resume $ID

# The sink "vault" holds another secret by now: deliver again
$ cf-oauth resume $ID --deliver-again vault

# The sink "vault" was mistyped: deliver to the right one
$ cf-oauth resume $ID --replace-sink 'vault=exec:vault kv patch secret/app key=-'

# Its read-back was mistyped: correct it
$ cf-oauth resume $ID --read-back 'vault=vault kv get -field=key secret/app'`,
  options: options("deliverAgain", "replaceSink", "acceptChange", ...verifyAndConfirm),
  run: (session, clientId, options) =>
    onOneClient(session, { command: "resume", run: resumeRotation }, clientId, options),
};
