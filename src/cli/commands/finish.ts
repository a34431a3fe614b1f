import { finishRotation } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import {
  type GivenOptions,
  option,
  options,
  refuseClient,
  requireClient,
  verifyAndConfirm,
} from "../attempt/options.ts";
import type { CommandDefinition } from "./definition.ts";

/** `finish`: deletes the old secret. */
export const command: CommandDefinition<[clientId: string | undefined, options: GivenOptions]> = {
  options: [
    ...options(...verifyAndConfirm),
    option("plan", "finish what has waited long enough of this plan, in place of one client"),
    option("now"),
    option("acceptChange", "delete although the client was changed then, as client-changed said"),
  ],
  help: `Examples:
  cf-oauth finish <client-id>
  cf-oauth finish <client-id> --now
  cf-oauth finish --plan rotation.yaml

It proves the new secret and its deployment once more, and deletes only if nobody has changed the client since.`,
  async run(session, clientId, options) {
    if (options.plan === undefined)
      return onOneClient(session, { command: "finish", run: finishRotation }, requireClient(clientId), options);
    refuseClient(clientId);
    return (await import("../plan/finish-plan.ts")).finishPlan(session, options.plan);
  },
};
