import { afterAll, beforeAll } from "vitest";
import type { Store } from "../../../src/cli/commands/journal-recipes.ts";
import { execJournal } from "../../../src/node/index.ts";
import { type ConformanceLimits, journalConformance } from "../../support/journal-conformance.ts";
import { Recipe } from "../../support/journal-recipe.ts";
import type { PostgreSQL, Redis } from "../stores/servers.ts";
import { openServer } from "./open-server.ts";

const key = crypto.getRandomValues(new Uint8Array(32));

/** Each call is four processes, so that each key is told from the next alone; and the stores' names have a longest. */
const limits: ConformanceLimits = { longestKey: 962, neighbours: 1, writes: 15 };
/** Of Parameter Store and of Vault; sealed, an entry is a third longer. */
const longestEntries: Readonly<Record<string, number>> = { "parameter-store": 5600, vault: 700_000 };

let count = 0;

/** Registers the conformance tests of a recipe: on stand-ins, or on a real server where there is one. */
export function recipeConformance(store: Store): void {
  let server: PostgreSQL | Redis | undefined;
  beforeAll(async () => {
    server = await openServer[store]?.();
  });
  afterAll(() => server?.close());
  journalConformance(
    `the recipe for ${store}`,
    async () => {
      // On a server, each test has a part of its own.
      const own = store === "parameter-store" ? {} : { JOURNAL_PREFIX: `cf-oauth-${++count}` };
      const recipe = new Recipe(store, { ...server?.environment, ...own });
      const open = () => execJournal({ command: recipe.command(), key });
      return { journal: open(), reopen: async () => open(), close: async () => recipe.close() };
    },
    { ...limits, longestEntry: longestEntries[store] ?? 2 ** 20 },
  );
}
