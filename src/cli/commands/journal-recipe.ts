import type { GlobalOptions } from "../session/session.ts";
import { Output } from "../terminal/output.ts";
import { journalRecipes, type Store } from "./journal-recipes.ts";

/** `journal-recipe`: prints the script that keeps a journal in a store. */
export function journalRecipe(store: Store, options: GlobalOptions): number {
  const output = new Output(options);
  const script = journalRecipes[store];
  output.json({ command: "journal-recipe", ok: true, exitCode: 0, store, script });
  output.result(script.trimEnd());
  return 0;
}
