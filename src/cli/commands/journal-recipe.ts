import type { CommandDefinition } from "./definition.ts";
import { journalRecipes, type Store } from "./journal-recipes.ts";

/** `journal-recipe`: prints the script that keeps a journal in a store. */
export const command: CommandDefinition<[store: Store]> = {
  choices: Object.keys(journalRecipes),
  help: `Example, for a bucket of S3:
  cf-oauth journal-recipe s3 > journal.sh; chmod +x journal.sh
  export JOURNAL_BUCKET=my-bucket CF_OAUTH_JOURNAL='exec:./journal.sh' CF_OAUTH_JOURNAL_KEY=$(cf-oauth keygen -q)
  cf-oauth rotate <client-id> --to file:secret

Keep the key where your other secrets are: without it no journal can be read. The script's settings stand at its top, and
can be given in the environment: JOURNAL_BUCKET, JOURNAL_ENDPOINT, JOURNAL_MOUNT, JOURNAL_PREFIX. Where the store has no
recipe, write a script that does the same: README.md says what it must do.`,
  print(output, store) {
    const script = journalRecipes[store];
    output.json({ command: "journal-recipe", ok: true, exitCode: 0, store, script });
    output.exact(script.trimEnd());
  },
};
