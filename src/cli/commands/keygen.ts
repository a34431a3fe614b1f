import { randomBytes } from "node:crypto";
import type { CommandDefinition } from "./definition.ts";

/** `keygen`: a key for a journal that leaves the machine. */
export const command: CommandDefinition = {
  about:
    "Print an encryption key for a journal that is kept in another store. Set CF_OAUTH_JOURNAL_KEY to it, and keep it with your other secrets.",
  examples: `$ cf-oauth keygen --quiet > journal.key`,
  print(output) {
    const key = randomBytes(32).toString("base64");
    output.json({ command: "keygen", ok: true, exitCode: 0, key });
    output.exact(key);
    output.note(
      "Store this key with your other secrets, and set CF_OAUTH_JOURNAL_KEY to it. Without the key the journal cannot be read.",
    );
  },
};
