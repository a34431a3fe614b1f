import { randomBytes } from "node:crypto";
import type { CommandDefinition } from "./definition.ts";

/** `keygen`: a key for a journal that leaves the machine. */
export const command: CommandDefinition = {
  print(output) {
    const key = randomBytes(32).toString("base64");
    output.json({ command: "keygen", ok: true, exitCode: 0, key });
    output.exact(key);
    output.note(
      "Keep it where your other secrets are, and give it as CF_OAUTH_JOURNAL_KEY: without it no journal can be read.",
    );
  },
};
