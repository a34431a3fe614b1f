import { afterAll, beforeEach } from "vitest";
import { execJournal } from "../../../src/node/index.ts";
import { type ConformanceLimits, journalConformance } from "../../support/journal-conformance.ts";
import { Recipe, stores } from "../../support/journal-recipe.ts";

const key = crypto.getRandomValues(new Uint8Array(32));

/** Each call is four processes, so that each key is told from the next alone; and the stores' names have a longest. */
const limits: ConformanceLimits = { longestKey: 962, neighbours: 1, writes: 15 };
/** Of Parameter Store and of Vault; sealed, an entry is a third longer. */
const longestEntries: Readonly<Record<string, number>> = { "parameter-store": 5600, vault: 700_000 };

let count = 0;
beforeEach(() => {
  count++;
});
afterAll(() => console.log(`${count} tests of ${stores.length} recipes`));

for (const store of stores) {
  journalConformance(
    `the recipe for ${store}`,
    async () => {
      const recipe = new Recipe(store);
      const open = () => execJournal({ command: recipe.command(), key });
      return { journal: open(), reopen: async () => open(), close: async () => recipe.close() };
    },
    { ...limits, longestEntry: longestEntries[store] ?? 2 ** 20 },
  );
}
