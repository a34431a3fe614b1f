import { rotateClientSecret } from "../../rotation/index.ts";
import { onOneClient } from "../attempt/one-client.ts";
import { type GivenOptions, verifyAndConfirm } from "../attempt/option-table.ts";
import { option, options } from "../attempt/options.ts";
import { UsageError } from "../terminal/command-error.ts";
import type { CommandDefinition } from "./definition.ts";

/** `recover`: creates a usable secret when nobody holds the new one. */
export const command: CommandDefinition<[clientId: string, options: GivenOptions]> = {
  about:
    "Create a usable secret when the new one is lost: its response never arrived, or the journal is gone and no sink holds it. Nobody can read that secret again.",
  usage: ["<client-id> --to <sink> --accept-downtime [options]"],
  examples: `$ cf-oauth recover $ID --to file:/run/secrets/oauth --accept-downtime`,
  help: `This may cause downtime. If Cloudflare refuses another secret, an older one is
deleted first. Then no deployed secret may work until every sink has the new
one, usually for some seconds.

Before you run this: if a sink still holds the new secret, use cf-oauth adopt.`,
  options: [
    ...options("acceptDowntime", "to", "overlap"),
    option("finish", "delete older secrets in the same run"),
    ...options(...verifyAndConfirm, "yes"),
  ],
  async run(session, clientId, options) {
    if (!options.acceptDowntime)
      throw new UsageError(
        "recover may cause downtime. Nothing was sent. If Cloudflare refuses another secret, an older one is deleted first, and then no deployed secret may work until every sink has the new one. If you accept that, add --accept-downtime.",
      );
    return onOneClient(session, { command: "recover", run: rotateClientSecret }, clientId, options);
  },
};
