import { readBackOption, recipes, toOption, without } from "./recipes.ts";

const lines = recipes.map((recipe) =>
  [
    recipe.store,
    `  ${toOption(recipe)}`,
    `  ${readBackOption(recipe) ?? "(cannot be read back: use --check)"}`,
    ...(recipe.note === undefined ? [] : [`  ${recipe.note}`]),
  ].join("\n"),
);

/** How known programs take a secret on stdin, for the help and for README. */
export const sinksHelp: string = `
Sinks: the command gets the secret on its stdin, exactly, with no line end. It can open /dev/stdin. The secret is never in
arguments or in the environment. Paste what follows as it is, and replace the words in capitals.

${lines.join("\n")}

No recipe:
${without.map(([store, why]) => `  ${store}: ${why}`).join("\n")}

Where nothing can be read back, --check runs your command, such as a request to an endpoint of your service that
returns the SHA-256 of the secret it uses.`;
