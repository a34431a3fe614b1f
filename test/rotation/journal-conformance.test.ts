import { MemoryJournal, sealed } from "../../src/rotation/index.ts";
import { journalConformance } from "../support/journal-conformance.ts";

journalConformance("the memory journal", async () => {
  const journal = new MemoryJournal();
  return { journal, reopen: async () => journal, close: async () => {} };
});

const key = crypto.getRandomValues(new Uint8Array(32));

journalConformance("a sealed memory journal", async () => {
  const journal = new MemoryJournal();
  return { journal: sealed(journal, key), reopen: async () => sealed(journal, key), close: async () => {} };
});
