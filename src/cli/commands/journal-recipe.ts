import type { CommandDefinition } from "./definition.ts";
import { journalRecipes, type Store } from "./journal-recipes.ts";

/** `journal-recipe`: prints the script that keeps a journal in a store. */
export const command: CommandDefinition<[store: Store]> = {
  about:
    "Print a script that keeps the journal in your store. Change its settings at the top, or set them in the environment: JOURNAL_BUCKET, JOURNAL_ENDPOINT, JOURNAL_HOST, JOURNAL_PORT, JOURNAL_MOUNT, JOURNAL_PREFIX.",
  examples: `$ cf-oauth journal-recipe s3 > journal.sh && chmod +x journal.sh
$ cf-oauth keygen --quiet > journal.key
$ export JOURNAL_BUCKET=my-bucket CF_OAUTH_JOURNAL='exec:./journal.sh'
$ export CF_OAUTH_JOURNAL_KEY="$(cat journal.key)"
$ cf-oauth rotate $ID --to file:secret`,
  help: `Keep the key where your other secrets are: without it no journal can be read.
For another store, write a script of your own; the guide src/node/README.md
says what it must do.`,
  choices: Object.keys(journalRecipes),
  print(output, store) {
    const script = journalRecipes[store];
    output.json({ command: "journal-recipe", ok: true, exitCode: 0, store, script });
    output.exact(script.trimEnd());
  },
};
