import { expect, test } from "vitest";
import { readBackOption, recipes, toOption } from "../../../src/cli/commands/recipes.ts";

/** The words in capitals that the help tells a user to replace. */
function placeholders(command: string): string[] {
  // Words of SQL and HTTP, and the letters of a regular expression.
  const known =
    /\[\^A-Z|\b(?:INSERT INTO|VALUES|ON CONFLICT|DO UPDATE SET|SELECT|FROM|WHERE|UTF8|ON_ERROR_STOP|SET|GET|PUT|PATCH|POST)\b/g;
  return command.replaceAll(known, "").match(/(?<![-\w])[A-Z][A-Z_]*(?!\w)/g) ?? [];
}

test.each(recipes.map((recipe) => [recipe.sink, recipe] as const))(
  "what a user has to replace in the recipe of %s is in capitals, and a word that says what it is",
  (_, recipe) => {
    for (const option of [toOption(recipe), readBackOption(recipe)]) {
      if (option === undefined) continue;
      const found = placeholders(option);
      expect(found.length, option).toBeGreaterThan(0);
      expect(found.filter((word) => word.length < 3)).toEqual([]);
    }
  },
);
