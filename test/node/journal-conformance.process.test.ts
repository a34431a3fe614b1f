import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileJournal } from "../../src/node/index.ts";
import { MemoryJournal, sealed } from "../../src/rotation/index.ts";
import { journalConformance } from "../rotation/journal-conformance.ts";

journalConformance("the memory journal", async () => {
  const journal = new MemoryJournal();
  return { journal, reopen: async () => journal, close: async () => {} };
});

journalConformance("the file journal", async () => {
  const directory = await mkdtemp(join(tmpdir(), "journal-"));
  return {
    journal: new FileJournal(directory),
    reopen: async () => new FileJournal(directory),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

const key = crypto.getRandomValues(new Uint8Array(32));

journalConformance("a sealed memory journal", async () => {
  const journal = new MemoryJournal();
  return { journal: sealed(journal, key), reopen: async () => sealed(journal, key), close: async () => {} };
});

journalConformance("a sealed file journal", async () => {
  const directory = await mkdtemp(join(tmpdir(), "journal-"));
  return {
    journal: sealed(new FileJournal(directory), key),
    reopen: async () => sealed(new FileJournal(directory), key),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});
