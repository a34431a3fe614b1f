import { rotateClientSecret } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, option, options, verifyAndConfirm } from "../attempt/options.ts";
import { UsageError } from "../terminal/command-error.ts";
import type { CommandDefinition } from "./definition.ts";

/** `recover`: creates a usable secret when nobody holds the new one. */
export const command: CommandDefinition<[clientId: string, options: GivenOptions]> = {
  options: [
    ...options("to", "overlap"),
    option("finish", "delete older secrets in the same run"),
    ...options("acceptDowntime", "yes", ...verifyAndConfirm),
  ],
  help: `Example:
  cf-oauth recover <client-id> --to file:/run/secrets/oauth --accept-downtime

For when the answer to a rotation was lost, or a journal: then a secret exists that nobody holds, and cannot be read.`,
  async run(session, clientId, options) {
    if (!options.acceptDowntime)
      throw new UsageError(
        "recover gives up a secret that nobody holds, and rotates. Where the API keeps two secrets at most, it deletes one first: then no deployed secret may work until every sink has the new one, usually for some seconds. Accept that by --accept-downtime.",
      );
    return onOneClient(session, { command: "recover", run: rotateClientSecret }, clientId, options);
  },
};
