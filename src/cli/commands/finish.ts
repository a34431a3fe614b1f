import { finishRotation } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, verifyAndConfirm } from "../attempt/option-table.ts";
import { option, options, refuseBesidePlan, requireClient } from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";

/** `finish`: deletes the old secret. */
export const command: CommandDefinition<[clientId: string | undefined, options: GivenOptions]> = {
  about:
    "Delete the old secret. First repeat every check: the issuer accepts the new secret, its deployment is confirmed in every sink, and nobody has changed the client. Delete nothing if one of them fails. After create, only confirm the first secret.",
  usage: ["<client-id> [options]", "--plan <file> [options]"],
  examples: `$ cf-oauth finish $ID
$ cf-oauth finish $ID --check './is-deployed.sh'
$ cf-oauth finish --plan rotation.yaml

# The old secret has leaked: do not wait for the end of the overlap
$ cf-oauth finish $ID --now`,
  options: [
    ...options("now", "acceptChange", ...verifyAndConfirm),
    option("plan", "finish the clients whose overlap is over"),
  ],
  async run(session, clientId, options) {
    if (options.plan === undefined)
      return onOneClient(session, { command: "finish", run: finishRotation }, requireClient(clientId), options);
    refuseBesidePlan(clientId, options);
    return (await import("../plan/finish-plan.ts")).finishPlan(session, options.plan);
  },
};
